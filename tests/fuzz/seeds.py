"""What the fuzzers begin with: whole inputs, and the words of which others are made."""

from __future__ import annotations

from pathlib import Path

_TEMPLATE = Path(__file__).parents[2] / "src" / "ecomflow" / "cli" / "project_template"
_ORDER = b'{"id": 1, "total_price": "19.90", "currency": "EUR", "customer": {"id": 2, "tags": "a, b"}, "line_items": [{"id": 3, "price": "1e2"}], "created_at": "2026-01-01T10:00:00+01:00", "token": "t"}'
_CLOUD = b'{"specversion": "1.0", "id": "1", "source": "s", "type": "order.created", "time": "2026-03-02T09:00:00Z", "subject": "o", "data": {"a": 1.5}}'
_FLOWS = [file.read_bytes() for file in sorted(_TEMPLATE.rglob("workflows/*.yaml")) if ".test." not in file.name]
_TESTS = [file.read_bytes() for file in sorted(_TEMPLATE.rglob("*.test.yaml"))]

SEEDS: dict[str, list[bytes]] = {
    "yaml": _FLOWS,
    "workflow": _FLOWS,
    "project_file": [
        (_TEMPLATE / "ecomflow.yaml").read_bytes(),
        b"shop: a\ncalendars: {h: {days: mon-fri, from: '09:00', to: '18:00', holidays: DE}}\ncaps: {m: {limit: 2, per: 7d, key: customer.id}}\ninputs: {w: {a: 1}}\ndedupe_for: 90d\nevent_types: {thing.happened: {schema: {type: object}, subject: thing.id}}\n",
    ],
    "case_file": _TESTS,
    "expression": [b"x.a > 3 and x.b in ['a', 'b'] or not x.d is present", b"x.c | selectattr('a', 'gt', 1) | map('upper') | list | first", b"now - event.time > '3d'", b"x.b is match('a+') or (x.a ** 2 / 3) | round(2) == 1.5"],
    "template": [b"hi {{ x.a | money('EUR') }} {% for i in x.c %}{{ loop.index }}{{ i }}{% endfor %}", b"{% set y = x.b %}{% macro m(a) %}{{ a ~ y }}{% endmacro %}{{ m(1) }}", b"{% if x.a %}{{ now | date('short') }}{% else %}{{ x.d | default('-') }}{% endif %}"],
    "duration": [b"1h30m", b"2 months", b"-3d", b"0.5h", b"P1D"],
    "cron": [b"0 9 * * mon", b"*/15 8-18 1,15 jan-mar fri#2", b"0 0 L * *", b"30 2 29 feb *"],
    "event": [_ORDER],
    "cloud": [_CLOUD],
    "shopify": [_ORDER],
}
"""For each target, inputs that it takes."""

WORDS = [
    b"{{", b"}}", b"{%", b"%}", b"[", b"]", b"{", b"}", b"(", b")", b"'", b'"', b":", b"- ", b"\n", b"\n  ", b"#", b"&a ", b"*a", b"!!str ", b"|", b"> ", b"?", b"~",
    b"null", b"true", b"1e999999", b"-0", b"99999999999999999999", b"NaN", b"9999-12-31T23:59:59-14:00", b"0001-01-01", b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"\\ud800", b"\\u0000", b"__class__", b" is ", b" in ", b" not ", b" and ", b" if ", b" else ", b"**", b"//", b"%", b"..", b"x", b"now", b"3d", b"L", b"#5", b"*/0", b"<<: ",
    b"actions:", b"wait:", b"until:", b"if:", b"for_each:", b"parallel:", b"match:", b"trigger:", b"event:", b"conditions:", b"id:", b"with:", b"mode:", b"vars:", b"inputs:", b"exit_on:", b"throttle:",
]  # fmt: skip
"""What is put into them."""
