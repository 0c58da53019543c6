"""Who is sought: by the subject anywhere in data, and by whole texts."""

import pytest

from ecomflow.errors import RefusedError
from ecomflow.matching import Sought

ANA = Sought.of("customer:c17", ["ana@shopper.example", "+44 20 7946"])


@pytest.mark.parametrize(
    "data",
    [
        {"customer": {"id": "c17"}},
        {"order": {"customer": {"id": "c17"}}},
        {"orders": [{"customer_id": "c17"}]},
        {"with": {"customer": "c17"}},
        {"text": "Write to Ana@Shopper.Example, please."},
        {"ana@shopper.example": 1},
        ["customer.id\x1fc17"],
        "customer.id:c17/2026",
        "customer:c17",
        "call +44 20 7946",
    ],
)
def test_data_name_the_one_that_is_sought(data):
    assert ANA.names(data)


@pytest.mark.parametrize(
    "data",
    [
        {"customer": {"id": "c170"}},
        {"id": "c17"},
        {"order": {"id": "c17"}},
        {"text": "c17"},
        "joana@shopper.example",
        "bo.ana@shopper.example",
        "ana@shopper.example.org",
        "ana@shopper.examples",
        "loyal-customer.customer:c171",
        {"customer": None},
        {"n": [1, True, None]},
    ],
)
def test_data_of_others_do_not(data):
    assert not ANA.names(data)


def test_a_number_is_found_however_it_is_written():
    assert Sought.of("cart:17").names({"cart": {"id": 17}})
    assert Sought.of("cart:17").may_stand_in('{"cart": {"id": 1.7e1}}')
    assert not Sought.of("cart:17").names({"cart": {"id": True}})


def test_json_that_is_not_read_could_not_have_named_anybody():
    assert not ANA.may_stand_in('{"customer": {"id": "c99"}}')
    assert ANA.may_stand_in('{"customer": {"id": "c\\u0031\\u0037"}}')


def test_a_whole_path_is_a_kind_too():
    mail = Sought.of("order.customer.email:ana@shopper.example")
    assert mail.names({"order": {"customer": {"email": "ana@shopper.example"}}})
    assert not mail.names({"customer": {"email": "ana@shopper.example"}})
    assert mail.is_subject("order.customer.email", "ana@shopper.example")
    assert ANA.is_subject("customer.id", "c17")
    assert not ANA.is_subject("order.id", "c17")


@pytest.mark.parametrize("text", ["", "ana", ":c17", "customer:", "a b:c", "1:2"])
def test_what_is_no_subject_is_refused(text):
    with pytest.raises(RefusedError, match="KIND:VALUE"):
        Sought.of(text)


def test_a_text_that_would_be_found_in_everything_is_refused():
    with pytest.raises(RefusedError, match="at least 4"):
        Sought.of("customer:c17", [" an "])
