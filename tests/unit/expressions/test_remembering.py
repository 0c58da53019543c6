"""What was compiled once is taken again where it would be the same, and only there."""

import gc
import weakref

import pytest

from ecomflow.errors import ExpressionError
from ecomflow.expressions import Env, compile_condition, compile_template

NO_FILTERS = {}
"""Those of one installation are one mapping."""

SCOPE = {"order": {"number": "7", "total": 5}}


class Names:
    """Names in scope, each with its type; one that is not there is an error, as with a schema."""

    def __init__(self, **types):
        self.types = types

    def __call__(self, path, offset, length):
        found = self.types.get(path[-1])
        if found is None:
            raise ExpressionError("EF112", f"unknown field {path[-1]}", offset=offset, length=length)
        return found


def test_same_text_for_the_same_names_is_compiled_once():
    first = compile_template("order {{ order.number }}", Env(filters=NO_FILTERS, resolve=Names(order="mapping", number="text")))
    second = compile_template("order {{ order.number }}", Env(filters=NO_FILTERS, resolve=Names(order="mapping", number="text", more="text")))

    assert second is first
    assert second.render(SCOPE) == "order 7"


def test_other_answers_other_zone_other_language_are_compiled_anew():
    text = "'vip' in order.tags"
    known = compile_condition(text, Env(filters=NO_FILTERS, resolve=Names(order="mapping", tags="list")))

    with pytest.raises(ExpressionError):  # of a text, `in` is no question
        compile_condition(text, Env(filters=NO_FILTERS, resolve=Names(order="mapping", tags="text")))
    assert compile_condition(text, Env(zone="Europe/Berlin", filters=NO_FILTERS, resolve=Names(order="mapping", tags="list"))) is not known
    assert compile_condition(text, Env(locale="de", filters=NO_FILTERS, resolve=Names(order="mapping", tags="list"))) is not known
    assert compile_condition(text, Env(filters=NO_FILTERS)) is not known
    assert compile_condition(text, Env(filters=NO_FILTERS, resolve=Names(order="mapping", tags="list"))) is known


def test_name_that_is_gone_is_found_missing_though_the_text_was_compiled_before():
    compile_template("{{ order.voucher }}", Env(filters=NO_FILTERS, resolve=Names(order="mapping", voucher="text")))

    with pytest.raises(ExpressionError, match="voucher"):
        compile_template("{{ order.voucher }}", Env(filters=NO_FILTERS, resolve=Names(order="mapping")))


def test_filters_of_another_installation_are_other_filters():
    shout, whisper = Env(filters={"say": str.upper}), Env(filters={"say": str.lower})

    assert compile_template("{{ order.name | say }}!", shout).render({"order": {"name": "Ana"}}) == "ANA!"
    assert compile_template("{{ order.name | say }}!", whisper).render({"order": {"name": "Ana"}}) == "ana!"


def test_what_is_kept_holds_no_names():
    names = Names(order="mapping", number="text")
    gone = weakref.ref(names)
    compile_template("kept: {{ order.number }}", Env(filters=NO_FILTERS, resolve=names))

    del names
    gc.collect()

    assert gone() is None
