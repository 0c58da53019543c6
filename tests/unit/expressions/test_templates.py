"""Templates: types kept, missing told, statements, files (R:X4)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ecomflow.errors import ExpressionError
from ecomflow.expressions import (
    Env,
    compile_template,
    constant,
    file_template,
    html_to_text,
    mapping,
    sequence,
    template_names,
)

ENV = Env()
SCOPE = {"thing": {"n": 5, "code": "0123", "name": None, "odd": "{{ 7 * 7 }}", "box": {"a": 1}, "total": Decimal("1E+2"), "ok": True, "tags": ["a", "b"]}, "now": datetime(2026, 3, 2, 9, 0, tzinfo=UTC)}


def render(text, scope=SCOPE):
    return compile_template(text, ENV).render(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{ thing.n }}", 5),
        (" {{ thing.n }}\n", 5),
        ("{{ thing.code }}", "0123"),
        ("{{ thing.name }}", None),
        ("{{ thing.tags }}", ["a", "b"]),
        ("{{ thing.n > 3 }}", True),
        ("[{{ thing.n }}, {{ thing.n }}]", "[5, 5]"),
        ("hi {{ thing.name }}!", "hi !"),
        ("hi {{ thing.none | default('you') }}", "hi you"),
        ("hi {{ thing.odd }}", "hi {{ 7 * 7 }}"),
        ("{{ thing.ok }} {{ thing.total }}", "true 100"),
        ("100 % {{ thing.n }}%s", "100 % 5%s"),
        ("{# nothing #}x", "x"),
        ("at {{ now }}", "at 2026-03-02T09:00:00+00:00"),
        ("{% if thing.ok %}yes{% else %}no{% endif %}", "yes"),
        ("{% for t in thing.tags %}{{ loop.index }}{{ t }}{% if not loop.last %},{% endif %}{% endfor %}", "1a,2b"),
        ("{% for t in thing.tags if t == 'b' %}{{ t }}{% else %}none{% endfor %}", "b"),
        ("{% set x = thing.n * 2 %}{{ x }}", "10"),
        ("{% set x %}[{{ thing.n }}]{% endset %}{{ x }}", "[5]"),
        ("{% with y = 2 %}{{ y + thing.n }}{% endwith %}", "7"),
        ("{% macro m(a, b=2) %}<{{ a }}{{ b }}>{% endmacro %}{{ m(thing.n) }}{{ m(1, b=3) }}", "<52><13>"),
        ("{% macro box() %}[{{ caller() }}]{% endmacro %}{% call box() %}{{ thing.n }}{% endcall %}", "[5]"),
        ("{% for k in thing.box %}{{ k }}{% endfor %}", "a"),
        ("<b>{{ 'a & b' | e }}</b>, {{ '<i>' | escape }}{{ '<' ~ thing.code }}", "<b>a &amp; b</b>, &lt;i&gt;<0123"),
        ("{{ thing.n | e }}", "5"),
        ("{{ '<' | e | forceescape }}{{ '<' | safe }}", "&amp;lt;<"),
        ("{% for k, v in thing.box | items %}{{ k }}={{ v }}{% endfor %}", "a=1"),
    ],
)
def test_a_template_renders(text, expected):
    found = render(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "contains"),
    [
        ("{{ thing.gone }}", "thing.gone"),
        ("hi {{ thing.gone }}", "thing.gone"),
        ("hi {{ thing.gone | upper }}", "thing.gone"),
        ("{% if thing.gone %}x{% endif %}", "thing.gone"),
        ("{% for t in gone.tags %}x{% endfor %}", "gone.tags"),
        ("{% set x = thing.gone %}", "thing.gone"),
        ("have {{ thing.box }}", "mapping"),
        ("have {{ thing.tags }}", "list"),
        ("{% if thing.n %}x{% endif %}", "no yes or no"),
        ("{% for t in thing.n %}x{% endfor %}", "list"),
        ("{{ thing.n + thing.code }}", "no value"),
    ],
)
def test_what_is_missing_or_no_text_is_an_error_of_the_step(text, contains):
    with pytest.raises(ExpressionError) as caught:
        render(text)
    assert contains in caught.value.message


def test_the_error_offers_the_nearest_field():
    with pytest.raises(ExpressionError) as caught:
        render("{{ thing.cod }}")
    assert caught.value.help == "did you mean `code`?"


def test_mappings_and_lists_leave_out_omit():
    template = mapping({"a": compile_template("{{ thing.none | default(omit) }}", ENV), "b": sequence([constant(1), compile_template("{{ omit }}", ENV), compile_template("{{ thing.n }}", ENV)])})
    assert template.render(SCOPE) == {"b": [1, 5]}
    assert template.paths == (("thing", "none"), ("thing", "n"))
    with pytest.raises(ExpressionError):
        render("x {{ omit }}")


def test_the_same_input_renders_the_same():
    text = "{% for k in thing.tags %}{{ k | bucket(7) }}{{ thing.box | tojson }}{% endfor %}"
    assert len({compile_template(text, ENV).render(SCOPE) for _ in range(5)}) == 1


FILES = {
    "mail.html": "---\nsubject: 'Order {{ thing.n }}'\n---\n{% extends 'base.html' %}{% import 'macros.html' as ui %}{% block body %}{{ super() }}<p>{{ thing.odd }} {{ who }}</p>{{ ui.button('https://shop.example/x', 'Go & see') }}{% include 'foot.html' %}{% endblock %}",
    "base.html": "<html><head><title>t</title><style>p {}</style></head><body>{% block body %}<h1>Hi</h1>{% endblock %}</body></html>",
    "macros.html": '{% macro button(url, label) %}<a href="{{ url }}">{{ label }}</a>{% endmacro %}',
    "foot.html": "<ul>{% for t in thing.tags %}<li>{{ t }}</li>{% endfor %}</ul>",
    "note.txt": "Hi <{{ thing.code }}>\n",
}


def test_a_file_inherits_includes_escapes_and_gets_a_text_part():
    template = file_template("mail.html", FILES, ENV, mapping({"who": constant("<b>Ana</b>")}))

    found = template.render(SCOPE)

    assert found["subject"] == "Order 5"
    assert "<h1>Hi</h1><p>{{ 7 * 7 }} &lt;b&gt;Ana&lt;/b&gt;</p>" in found["html"]
    assert '<a href="https://shop.example/x">Go &amp; see</a>' in found["html"]
    assert found["text"] == "Hi\n\n{{ 7 * 7 }} <b>Ana</b>\n\nGo & see (https://shop.example/x)\n\n- a\n- b\n"
    assert ("thing", "tags") in template.paths


def test_a_text_file_gives_text_only():
    assert file_template("note.txt", FILES, ENV).render(SCOPE) == {"html": None, "text": "Hi <0123>\n", "subject": None}


def test_the_names_of_a_template_are_constant():
    assert template_names(FILES["mail.html"]) == {"base.html", "macros.html", "foot.html"}
    with pytest.raises(ExpressionError):
        template_names("{% include thing.name %}")


@pytest.mark.parametrize(
    ("sources", "contains"),
    [
        ({"a.html": "{% include 'b.htm' %}", "b.html": ""}, "b.htm"),
        ({"a.html": "{% include 'a.html' %}"}, "itself"),
        ({"a.html": "{% extends 'b.html' %}", "b.html": "{% extends 'a.html' %}"}, "itself"),
        ({"a.html": "x\n\n{{ thing.n | uper }}"}, "template `a.html`, line 3"),
        ({"a.html": "---\nsubject: x\n"}, "front matter"),
        ({"a.html": "---\ntitle: x\n---\n"}, "front matter"),
        ({}, "a.html"),
    ],
)
def test_a_wrong_file_is_refused_and_named(sources, contains):
    with pytest.raises(ExpressionError) as caught:
        file_template("a.html", sources, ENV)
    assert contains in caught.value.message


def test_files_are_checked_against_the_schema_but_for_what_data_adds():
    def resolve(path, offset, length):
        if path[0] != "thing":
            raise ExpressionError("EF112", f"unknown name `{path[0]}`", offset=offset, length=length)
        return

    env = Env(resolve=resolve)
    assert file_template("mail.html", FILES, env, mapping({"who": constant("x")})).paths
    with pytest.raises(ExpressionError, match=r"template `mail.html`, line 4: unknown name `who`"):
        file_template("mail.html", FILES, env)


def test_html_becomes_readable_text():
    html = "<table><tr><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr></table><p>x<br>y</p><script>z</script><img alt='logo'><a href='mailto:a@b.c'>a@b.c</a>"
    assert html_to_text(html) == "A 1\n\nB 2\n\nx\ny\n\nlogoa@b.c\n"
