"""Loops between workflows: what one emits, or its end, starts another, and so on round to the first (R:E8)."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from ecomflow.model import type_fits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ecomflow.language.node import Node

CALLS, EMITS, HEARS = "calls", "emits", "hears"
_MOST: Final = 8
"""Parts of a way that are told."""

_HELP: Final = "let a condition end it, or emit another type; what goes on is capped after 16 events within a minute of each other"


class Lead(NamedTuple):
    """Where a file leads from one workflow to another.

    Attributes:
        how: a step ``calls`` a workflow or ``emits`` a type, or a trigger ``hears`` the end of a workflow's runs.
        names: those workflows or types.
        path: of the step or trigger.
        find: gives that step or trigger.
    """

    how: str
    names: tuple[str, ...]
    path: str
    find: Callable[[], Node]

    @classmethod
    def of(cls, how: str, names: tuple[str, ...], node: Node) -> Lead:
        """Return where a step or trigger leads."""
        return cls(how, names, node.path, lambda: node)

    @property
    def node(self) -> Node:
        """The step or trigger."""
        return self.find()

    @property
    def place(self) -> Node:
        """What names them, where the step or trigger does."""
        written = (self.node.get(key) for key in ("emit", "workflow"))
        return next((found for found in written if found is not None), self.node)


class _Topic(NamedTuple):
    """What stands between two workflows: an event type that is emitted, or the end of a workflow's runs."""

    how: str
    what: str


def note_loops(starts: Mapping[str, Collection[str]], leads: Mapping[str, Sequence[Lead]]) -> None:
    """Note each loop once, where its first event is emitted or its first end is heard.

    Args:
        starts: of each workflow that is enabled, the types of events that start it.
        leads: of each, where it leads to others, or is led to.
    """
    graph, places = _graph(starts, leads)
    _prune(graph)
    told: set[frozenset[_Point]] = set()
    passed: set[tuple[_Point, _Point]] = set()
    for name in sorted(node for node in graph if isinstance(node, str)):
        for topic in [node for node in graph[name] if isinstance(node, _Topic) and (name, node) not in passed]:
            way = _way_back(name, topic, graph)
            passed.update(pairwise(way))
            members = frozenset(node for node in way if isinstance(node, str))
            if way and members not in told:
                told.add(members)
                lead = places[name if topic.how == EMITS else str(way[2]), topic]
                lead.place.fault("EF136", _told(way), _HELP, severity="warning")


def _graph(starts: Mapping[str, Collection[str]], leads: Mapping[str, Sequence[Lead]]) -> tuple[_Graph, dict[tuple[str, _Topic], Lead]]:
    """Return what leads where, and who names each topic in the files that name it."""
    graph: _Graph = defaultdict(dict)
    places: dict[tuple[str, _Topic], Lead] = {}
    for name in starts:
        for lead in leads.get(name, ()):
            for what in lead.names:
                if lead.how == CALLS:
                    graph[name][what] = None
                elif lead.how == EMITS or what != name:
                    topic = _Topic(lead.how, what)
                    places.setdefault((name, topic), lead)
                    graph[name if lead.how == EMITS else what][topic] = None
                    graph[topic].update({} if lead.how == EMITS else {name: None})
    _listen(graph, starts)
    return graph, places


def _listen(graph: _Graph, starts: Mapping[str, Collection[str]]) -> None:
    """Let each type that is emitted lead to the workflows that it starts."""
    listening: dict[str, list[str]] = defaultdict(list)
    for name in sorted(starts):
        for type_ in starts[name]:
            listening[type_].append(name)
    patterns = [type_ for type_ in listening if type_.endswith("*")]
    for topic in [node for node in graph if isinstance(node, _Topic) and node.how == EMITS]:
        for type_ in (topic.what, *(pattern for pattern in patterns if type_fits(pattern, topic.what))):
            graph[topic].update(dict.fromkeys(listening.get(type_, ())))


def _prune(graph: _Graph) -> None:
    """Take away what no way leads to or from: most projects have no loop at all."""
    into: dict[_Point, set[_Point]] = defaultdict(set)
    for node, ends in graph.items():
        for end in ends:
            into[end].add(node)
    dead = deque(node for node in {*graph, *into} if not graph.get(node) or not into[node])
    while dead:
        node = dead.popleft()
        for end in graph.pop(node, {}):
            into[end].discard(node)
            if not into[end]:
                dead.append(end)
        for start in into.pop(node, ()):
            if start in graph and graph[start].pop(node, node) is None and not graph[start]:
                dead.append(start)


def _way_back(name: str, topic: _Topic, graph: _Graph) -> list[_Point]:
    """Return the shortest way from a workflow over a topic back to it, first and last the same; empty where there is none."""
    before: dict[_Point, _Point] = {topic: name}
    ahead: deque[_Point] = deque([topic])
    while ahead:
        node = ahead.popleft()
        ends = graph.get(node, {})
        if name in ends:
            way = [name, node]
            while way[-1] != name:
                way.append(before[way[-1]])
            return way[::-1]
        fresh = [end for end in ends if end not in before]
        before.update(dict.fromkeys(fresh, node))
        ahead.extend(fresh)
    return []


def _told(way: Sequence[_Point]) -> str:
    parts = []
    for node, end in pairwise(way):
        if isinstance(end, _Topic):
            parts.append(f"`{node}` emits `{end.what}`" if end.how == EMITS else f"`{node}` ends")
        elif isinstance(node, _Topic):
            parts[-1] += f", which starts `{end}`"
        else:
            parts.append(f"`{node}` calls `{end}`")
    if len(parts) > _MOST:
        parts[_MOST // 2 : -_MOST // 2] = ["…"]
    return "; ".join(parts)


_Point = str | _Topic
_Graph = dict[_Point, dict[_Point, None]]
