"""Attacks 14 to 24: templates and expressions of people who want out, or want everything."""

from __future__ import annotations

import sys
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ecomflow.errors import ExpressionError
from ecomflow.expressions import (
    Env,
    compile_condition,
    compile_expression,
    compile_template,
    file_template,
    subject_text,
    template_names,
    to_text,
)
from ecomflow.model import MISSING

ENV = Env()
BIG = "x" * 200_000
SCOPE = {"x": {"n": 5, "big": BIG, "many": list(range(1_000)), "lists": [["a"] * 100] * 100}, "now": datetime(2026, 3, 2, tzinfo=UTC)}


class Object:
    """What must never be looked into."""

    secret = "s3cret"

    def method(self):
        return "called"


@pytest.fixture(autouse=True)
def _little_memory():
    """Every attack here stays below a few megabytes, whatever it asks for."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 48 << 20
    finally:
        tracemalloc.stop()


def refused(text, scope=SCOPE):
    """Assert that a template is refused, while compiling or rendering, and return the error."""
    with pytest.raises(ExpressionError) as caught:
        compile_template(text, ENV).render(scope)
    return caught.value


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ x.__class__.__init__.__globals__ }}",
        "{{ x | attr('__class__') }}",
        "{{ [x] | map('attr', '__class__') | list }}",
        "{{ [''] | map(attribute='__class__') | list }}",
        "{{ [''] | map(attribute='__class__.__mro__') | first }}",
        "{{ ['{0.__class__}'] | map('format', x) | first }}{{ '{0.__class__}' | format(x) }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ self }}",
        "{{ range(3) }}",
        "{{ x.items() }}",
        "{{ joiner() }}",
        "{{ ''.join(['a']) }}",
        "{% set n = namespace() %}",
        "{% set n.a = 1 %}",
        "{% for i in x.many %}{{ loop.__class__ }}{% endfor %}",
        "{% for i in x.many %}{{ loop.cycle('a') }}{% endfor %}",
        "{% for i in x.many %}{{ loop._iterable }}{% endfor %}",
        "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
        "{% macro m() %}{% endmacro %}{{ m.name }}",
        "{% macro m() %}{{ caller.__class__ }}{% endmacro %}{% call m() %}{% endcall %}",
        "{% call x.items() %}{% endcall %}",
        "{% filter attr('__class__') %}x{% endfilter %}",
        "{% if ''.__class__ %}{% endif %}",
        "{{ now.tzinfo }}",
        "{{ now.strftime }}",
    ],
)
def test_14_no_way_from_data_to_the_interpreter(text):
    assert refused(text).code in ("EF201", "EF202", "EF203", "EF205", "EF209", "EF210")


@pytest.mark.parametrize("text", ["o.secret", "o.method", "o['secret']", "[o] | map(attribute='secret') | first", "o.__class__"])
@pytest.mark.attack(14)
def test_14_an_object_that_got_into_a_scope_shows_nothing(text):
    assert compile_expression(text, ENV).value({"o": Object()}) is MISSING
    refused("{{ " + text + " }}", {"o": Object()})
    refused("{% if true %}{{ " + text + " }}{% endif %}", {"o": Object()})
    refused("{{ o }}", {"o": Object()})


@pytest.mark.attack(15)
@pytest.mark.parametrize("text", ["'a' * 10**9", "10**9 * 'a'", "['a'] * 10**9", "'%999999999d' | format(1)", "'a' * 3"])
def test_15_repetition_is_not_computed_at_load_nor_later(text):
    assert compile_expression(text, ENV).value({}) is MISSING or "format" in text
    compile_condition(f"({text}) == 'a'", ENV)
    for template in ("{{ " + text + " }}", "a {{ " + text + " }}", "{% if true %}{{ " + text + " }}{% endif %}", "{% set y = " + text + " %}{{ y }}"):
        refused(template)


@pytest.mark.attack(16)
@pytest.mark.parametrize("text", ["10**(10**8)", "(10**8)**(10**8)", "2**1000000", "9.9**999999999", "(10**99 * 10**99) * 10**99", "x.n**(10**30)", "0.1**(-(10**9))"])
def test_16_powers_are_not_computed(text):
    assert compile_expression(text, ENV).value(SCOPE) is MISSING
    refused("{{ " + text + " }}")
    refused("{% if true %}{{ " + text + " }}{% endif %}")


@pytest.mark.attack(17)
@pytest.mark.parametrize(
    "text",
    [
        "{% for a in x.many %}{% for b in x.many %}{% endfor %}{% endfor %}",
        "{% for a in x.many %}{% for b in x.many %}{% set c = b %}{% endfor %}{% endfor %}",
        "{% macro m(l) %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endmacro %}{{ m(x.many) }}",
        "{% for a in x.many %}{% if x.many | sort | length > 3 %}{% endif %}{% endfor %}",
        "{% for a in x.many %}{% if x.big | upper | length > 3 %}{% endif %}{% endfor %}",
        "{% for a in x.many %}{% if x.lists == x.lists %}{% endif %}{% endfor %}",
    ],
)
def test_17_loops_without_output_end(text):
    assert "steps" in refused(text).message


@pytest.mark.attack(18)
@pytest.mark.parametrize(
    "text",
    [
        "{% set a = x.big ~ x.big %}{{ a | length }}",
        "{% set a = x.big + x.big %}{{ a | length }}",
        "{% set a = [x.big, x.big] | join %}{{ a | length }}",
        "{% set a = ['', ''] | join(x.big + x.big) %}",
        "{% set l = ['a' , 'b'] %}" + "{% set l = [l, l] %}" * 40 + "{{ l == l }}",
        "{% set l = ['a' , 'b'] %}" + "{% set l = l + l %}" * 40 + "{{ l | length }}",
        "{% set l = {'a': 1} %}" + "{% set l = {'a': l, 'b': l} %}" * 40 + "{{ l | tojson | length }}",
        "{% set s = 'ab' %}" + "{% set s = s ~ s %}" * 40 + "{{ s | length }}",
        "{{ x.big }}{{ x.big }}",
        "{{ x.big }}{{ x.big }}{{ x.big }}",
        "{% for i in x.many %}{{ x.big }}{% endfor %}",
        "{% for i in x.many %}" + "y" * 1_000 + "{% endfor %}",
        "{% set a %}{% for i in x.many %}" + "y" * 1_000 + "{% endfor %}{% endset %}",
        "{% macro m() %}" + "y" * 10_000 + "{% endmacro %}{% set a %}" + "{{ m() }}" * 100 + "{% endset %}",
        "{{ x.many | map('string') | map('replace', '', x.big) | list | length }}",
        "{{ x.big | replace('x', 'yyyy') }}",
        "{{ x.big | regex_replace('x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') }}",
        "{{ x.big | list | tojson }}",
        "{{ x.lists | map('join') | map('center', 1000) | map('replace', ' ', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') | list | length }}",
    ],
)
def test_18_doubling_ends(text):
    assert refused(text).code in ("EF208", "EF209")


@pytest.mark.attack(19)
@pytest.mark.parametrize(
    "text",
    ["'a' | center(10**9)", "'a' | indent(10**9)", "'a' | wordwrap(10**9)", "'a' | truncate(10**9)", "'%1000000000s' | format('a')", "'%.1000000000f' | format(1)", "'a' | rjust(10**9)", "1.5 | round(10**9)", "1.5 | round(-(10**9))", "[1] | batch(10**9, 0)", "[1] | slice(10**9)"],
)
def test_19_widths_are_bounded(text):
    assert "1000000000" not in str(refused("{{ " + text + " | length }}{{ none.x }}").__cause__)


@pytest.mark.attack(20)
def test_20_deep_nesting_is_an_error_of_its_own():
    for text in ("(" * 5_000 + "1" + ")" * 5_000, "not " * 2_000 + "x", "-" * 5_000 + "1", "[" * 4_000, "x" + ".a" * 4_000, "1" + "+1" * 4_000, "x" + "|abs" * 2_000, "a" + " if a else a" * 600):
        with pytest.raises(ExpressionError):
            compile_expression(text, ENV)
    for text in ("{% if true %}" * 3_000 + "{% endif %}" * 3_000, "{% for i in x.many %}" * 60 + "{% endfor %}" * 60, "{{ " + "(" * 5_000 + " }}", "{% macro a() %}" * 500):
        refused(text)


@pytest.mark.attack(20)
def test_20_macros_and_includes_do_not_recurse_for_ever():
    refused("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")
    refused("{% macro a() %}{{ b() }}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}")
    with pytest.raises(ExpressionError):
        file_template("a.html", {"a.html": "{% include 'b.html' %}", "b.html": "{% include 'a.html' %}"}, ENV)
    assert sys.getrecursionlimit() < 10_000


@pytest.mark.attack(20)
def test_20_too_much_source_is_refused():
    with pytest.raises(ExpressionError):
        compile_expression("1 + " * 100_000 + "1", ENV)
    with pytest.raises(ExpressionError):
        compile_template("{{ x }}" * 100_000, ENV)
    with pytest.raises(ExpressionError):
        template_names("{% include 'a' %}" * 100_000)


@pytest.mark.parametrize("template", ["{{ x }}", "hi {{ x }}", "{% if true %}hi {{ x }}{% endif %}", "{% set y = x %}hi {{ y }}", "{% macro m(a) %}{{ a }}{% endmacro %}hi {{ m(x) }}"])
@pytest.mark.attack(21)
def test_21_text_of_events_is_never_a_template(template):
    evil = "{{ secrets.x }}{% for i in y %}{# #}"
    assert evil in compile_template(template, ENV).render({"x": evil, "secrets": {"x": "s3cret"}})
    assert evil in file_template("a.txt", {"a.txt": template}, ENV).render({"x": evil})["text"]


@pytest.mark.attack(22)
@pytest.mark.parametrize("text", ["None", "[1]", "1_000", "0x10", "1e400", "NaN", "true", "{'a': 1}", "2026-03-02", "0123", "Infinity"])
def test_22_a_name_keeps_its_type_whatever_it_looks_like(text):
    for template in ("{{ x }}", "{{ x }}{{ '' }}", "{% if true %}{{ x }}{% endif %}"):
        found = compile_template(template, ENV).render({"x": text})
        assert found == text
        assert type(found) is str


@pytest.mark.attack(22)
def test_22_a_number_beyond_all_bounds_is_no_text_and_no_subject():
    for text in ("1e400", "NaN", "sNaN", "Infinity", "1e999999", "1e-999999"):
        with pytest.raises(ExpressionError):
            to_text(Decimal(text))
        assert subject_text(Decimal(text)) is None
        for expression in ("x | int", "x | round", "x | round(2)", "x * x", "x | money", "x | number", "x | abs | int"):
            assert compile_expression(expression, ENV).value({"x": Decimal(text)}) is MISSING, expression
        refused("{{ x }}{{ x }}", {"x": Decimal(text)})
        expected = None if "NaN" in text else not text.startswith("1e-")
        assert compile_condition("x > 5", ENV).test({"x": Decimal(text)}) is expected
        assert compile_condition("x > y", ENV).test({"x": Decimal(text), "y": 5}) is expected
        assert compile_condition("x == 5", ENV).test({"x": Decimal(text)}) is (None if "NaN" in text else False)


@pytest.mark.attack(23)
def test_23_integers_of_many_digits_do_not_reach_text():
    huge = 10**100_000
    with pytest.raises(ExpressionError):
        compile_expression("1" * 5_000, ENV)
    with pytest.raises(ExpressionError):
        to_text(huge)
    assert subject_text(huge) is None
    for expression in ("x * x", "x + 1", "x ** 2", "x / 3", "x // 3", "x % 7", "-x", "x | round", "x | int", "x | abs | string", "x | number", "x | money", "('1' | replace('1', y)) | int", "[x, 1] | sum", "[x] | join", "[x] | tojson", "x ~ ''", "'%d' | format(x)"):
        assert compile_expression(expression, ENV).value({"x": huge, "y": "1" * 5_000}) is MISSING, expression
    assert compile_condition("x == 5", ENV).decisive({"x": huge}).outcome is False
    assert compile_condition("x < 5", ENV).decisive({"x": huge}).outcome is False


@pytest.mark.attack(24)
@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "file:///etc/passwd", "a.html\x00", "C:\\x"])
def test_24_includes_reach_only_what_was_handed_over(name):
    for statement in ("{% include '" + name + "' %}", "{% extends '" + name + "' %}", "{% import '" + name + "' as m %}", "{% from '" + name + "' import m %}", "{% include ['" + name + "', 'a.html'] ignore missing %}"):
        with pytest.raises(ExpressionError):
            file_template("a.html", {"a.html": statement}, ENV)
        refused(statement)


@pytest.mark.attack(24)
def test_24_the_name_of_an_include_is_never_data():
    for statement in ("{% include x.n %}", "{% extends x.n %}", "{% include 'a' ~ x.n %}", "{% import x.n as m %}"):
        with pytest.raises(ExpressionError):
            file_template("a.html", {"a.html": statement, "a": ""}, ENV)
        refused(statement)
