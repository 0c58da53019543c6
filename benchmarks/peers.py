"""Peers of the matching, one a process, in an environment of their own; also a hash index written by hand.

python benchmarks/peers.py PEER N 1%|one   builds, prints a line of JSON; then measures once for each line of input
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from workload import Rule, events, rules

Match = Callable[[str, bytes], list[str]]
LONGEST = 30
"""Seconds of processor time that building may take."""


class SkippedError(Exception):
    """A peer does not do that."""


def paced(items: list[Rule], make: Callable[[Rule], Any]) -> list[tuple[str, Any]]:
    """Make a peer's rules one by one, and give up where it would take too long."""
    began, made = time.process_time(), []
    for number, rule in enumerate(items, 1):
        made.append((rule.id, make(rule)))
        if number == 200 and (longest := (time.process_time() - began) / 200 * len(items)) > LONGEST:
            raise SkippedError(f"compiling takes {longest:.0f} s")
    return made


def by_hand(found: list[Rule]) -> Match:
    """Look up type and region in dictionaries, then ask the two other conditions."""
    import orjson

    index: dict[tuple[str, str], list[tuple[str, int, frozenset[str]]]] = {}
    for r in found:
        index.setdefault((r.type, r.region), []).append((r.id, r.more_than, frozenset(r.channels)))

    def match(type_: str, raw: bytes) -> list[str]:
        order = orjson.loads(raw)["order"]
        total, channel = order["total"], order["channel"]
        return [id_ for id_, more_than, channels in index.get((type_, order["shipping"]["region"]), ()) if total > more_than and channel in channels]

    return match


def zen_table(found: list[Rule]) -> Match:
    """A decision table with all hits; compiled before, without which every evaluation compiles it again."""
    import orjson
    import zen

    fields = {"t": "type", "r": "order.shipping.region", "m": "order.total", "c": "order.channel"}
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": id_, "name": id_, "field": field} for id_, field in fields.items()],
        "outputs": [{"id": "o", "name": "o", "field": "id"}],
        "rules": [
            {"_id": r.id, "t": json.dumps(r.type), "r": json.dumps(r.region), "m": f"> {r.more_than}", "c": ", ".join(map(json.dumps, r.channels)), "o": json.dumps(r.id)}
            for r in found
        ],
    }
    ends = {"i": ("inputNode", {}), "t": ("decisionTableNode", table), "o": ("outputNode", {})}
    graph = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [{"id": id_, "type": type_, "name": id_, "position": {"x": 0, "y": 0}, "content": content} for id_, (type_, content) in ends.items()],
        "edges": [{"id": a + b, "sourceId": a, "targetId": b, "type": "edge"} for a, b in ("it", "to")],
    }
    decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(json.dumps(graph)))

    def match(_: str, raw: bytes) -> list[str]:
        data = orjson.loads(raw)
        order = data["order"]  # only what the table asks for: the whole event costs more
        asked = {"type": data["type"], "order": {"shipping": {"region": order["shipping"]["region"]}, "total": order["total"], "channel": order["channel"]}}
        return [each["id"] for each in decision.evaluate(asked)["result"] or ()]

    return match


def rule_engine(found: list[Rule]) -> Match:
    import orjson
    import rule_engine as engine

    context = engine.Context(resolver=engine.resolve_item)
    made = paced(found, lambda r: engine.Rule(f"type == '{r.type}' and order['shipping']['region'] == '{r.region}' and order['total'] > {r.more_than} and order['channel'] in {r.channels!r}", context=context))
    return one_by_one(made, orjson.loads, lambda rule, data: rule.matches(data))


def cel_rust(found: list[Rule]) -> Match:
    import cel
    import orjson

    made = paced(found, lambda r: cel.compile(cel_text(r)))
    return one_by_one(made, lambda raw: cel.Context({"event": orjson.loads(raw)}), lambda program, context: program.execute(context))


def cel_python(found: list[Rule]) -> Match:
    import celpy
    import orjson

    env = celpy.Environment()
    made = paced(found, lambda r: env.program(env.compile(cel_text(r))))
    return one_by_one(made, lambda raw: {"event": celpy.json_to_cel(orjson.loads(raw))}, lambda program, context: program.evaluate(context))


def cel_text(r: Rule) -> str:
    return f"event.type == '{r.type}' && event.order.shipping.region == '{r.region}' && event.order.total > {float(r.more_than)} && event.order.channel in {json.dumps(r.channels)}"


def one_by_one(made: list[tuple[str, Any]], read: Callable[[bytes], Any], ask: Callable[[Any, Any], Any]) -> Match:
    """Ask every rule, as engines without an index are used."""

    def match(_: str, raw: bytes) -> list[str]:
        data = read(raw)
        return [id_ for id_, rule in made if ask(rule, data)]

    return match


def datalogic(found: list[Rule]) -> Match:
    """JSONLogic in Rust: all rules in one native call over a document that is parsed once."""
    import datalogic_py

    engine = datalogic_py.Engine()
    made = paced(found, lambda r: engine.compile({"and": [
        {"==": [{"var": "type"}, r.type]}, {"==": [{"var": "order.shipping.region"}, r.region]},
        {">": [{"var": "order.total"}, r.more_than]}, {"in": [{"var": "order.channel"}, r.channels]},
    ]}))  # fmt: skip
    session, ids, all_ = engine.session(), [id_ for id_, _ in made], [rule for _, rule in made]

    def match(_: str, raw: bytes) -> list[str]:
        found = session.evaluate_many(all_, datalogic_py.DataHandle(raw.decode()))
        return [id_ for id_, outcome in zip(ids, found, strict=True) if outcome == "true"]

    return match


def business_rules(found: list[Rule]) -> Match:
    import orjson
    from business_rules import actions, engine, fields, variables

    class Order(variables.BaseVariables):  # type: ignore[misc]
        def __init__(self, data: Any) -> None:
            self.data, self.order = data, data["order"]

        type = variables.string_rule_variable(lambda self: self.data["type"])
        region = variables.string_rule_variable(lambda self: self.order["shipping"]["region"])
        total = variables.numeric_rule_variable(lambda self: self.order["total"])
        channel = variables.select_multiple_rule_variable(options=[])(lambda self: [self.order["channel"]])

    class Hits(actions.BaseActions):  # type: ignore[misc]
        def __init__(self) -> None:
            self.ids: list[str] = []

        @actions.rule_action(params={"id": fields.FIELD_TEXT})
        def hit(self, id: str) -> None:
            self.ids.append(id)

    asked = [("type", "equal_to"), ("region", "equal_to"), ("total", "greater_than"), ("channel", "is_contained_by")]
    made = [
        {"conditions": {"all": [{"name": name, "operator": op, "value": value} for (name, op), value in zip(asked, r[1:], strict=True)]}, "actions": [{"name": "hit", "params": {"id": r.id}}]}
        for r in found
    ]

    def match(_: str, raw: bytes) -> list[str]:
        hits = Hits()
        engine.run_all(rule_list=made, defined_variables=Order(orjson.loads(raw)), defined_actions=hits, stop_on_first_trigger=False)
        return hits.ids

    return match


def durable_rules(found: list[Rule]) -> Match:
    """Rete in C; of a message it fires one rule only, and its messages are flat."""
    import orjson
    from durable.engine import MessageNotHandledException
    from durable.lang import m, post, ruleset, when_all

    if "one" not in sys.argv:
        raise SkippedError("fires one rule of those that match")
    hits: list[str] = []

    def hit(id_: str) -> Callable[[Any], None]:
        return lambda _: hits.append(id_)

    with ruleset("bench"):
        for r in found:
            some = m.channel == r.channels[0]
            for channel in r.channels[1:]:
                some |= m.channel == channel
            when_all((m.type == r.type) & (m.region == r.region) & (m.total > r.more_than) & some)(hit(r.id))

    def match(type_: str, raw: bytes) -> list[str]:
        hits.clear()
        order = orjson.loads(raw)["order"]
        with suppress(MessageNotHandledException):  # no rule matches
            post("bench", {"type": type_, "region": order["shipping"]["region"], "total": order["total"], "channel": order["channel"]})
        return [*hits]

    return match


PEERS: dict[str, tuple[Callable[[list[Rule]], Match], str]] = {
    "a hash index by hand": (by_hand, "orjson"), "zen-engine": (zen_table, "zen-engine"), "datalogic": (datalogic, "datalogic-py"),
    "common-expression-language": (cel_rust, "common-expression-language"), "rule-engine": (rule_engine, "rule-engine"),
    "cel-python": (cel_python, "cel-python"), "business-rules": (business_rules, "business-rules"), "durable_rules": (durable_rules, "durable_rules"),
}  # fmt: skip


def serve(build: Callable[[], Match], arriving: list[tuple[str, bytes]], about: str) -> None:
    """Build, tell what the first events match, and measure as often as asked."""
    began = time.process_time()
    try:
        match = build()
        first = [sorted(match(*arriving[n])) for n in range(3)]
    except Exception as error:  # noqa: BLE001 what a peer cannot do is a result
        print(json.dumps({"skipped": str(error), "about": about}), flush=True)
        return
    print(json.dumps({"built": time.process_time() - began, "ids": first, "about": about}), flush=True)
    at = 0
    for line in sys.stdin:
        seconds, count, began = float(line), 0, time.process_time()
        while (took := time.process_time() - began) < seconds:
            match(*arriving[at % len(arriving)])
            at, count = at + 1, count + 1
        print(json.dumps({"rate": count / took}), flush=True)


def main() -> None:
    peer, count, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    build, package = PEERS[peer]
    try:
        about = f"{package} {version(package)}"
    except PackageNotFoundError:
        about = package
    one = kind == "one"
    serve(lambda: build(rules(count, one=one)), events(count, one=one), about)


if __name__ == "__main__":
    main()
