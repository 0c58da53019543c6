"""message.send on the embedded desk."""

import pytest

from ecomflow import Permanent


def test_a_message_to_a_customer_is_kept(do, desk):
    sent = do("message.send", to="+49 1", text="Is this right?", channel="whatsapp", choices=["Yes", "No"])

    assert sent == {
        "id": sent["id"], "to": "+49 1", "text": "Is this right?", "channel": "whatsapp", "choices": ["Yes", "No"],
        "created_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip
    assert desk.find("customer_message") == [sent]
    assert desk.find("message") == []


@pytest.mark.parametrize(
    ("params", "message"), [({"to": " "}, "to: is empty"), ({"text": ""}, "text: is empty"), ({"channel": "letter"}, "channel")]
)
def test_a_message_that_is_none_is_refused(do, desk, params, message):
    with pytest.raises(Permanent, match=message):
        do("message.send", **{"to": "+49 1", "text": "Hello", **params})
    assert desk.find("customer_message") == []


def test_the_plan(plan):
    assert plan("message.send", to="+49 1", text="Hello") == "sms to +49 1: Hello"
