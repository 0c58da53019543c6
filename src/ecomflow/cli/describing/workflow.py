"""A whole workflow in plain words: when it starts, what limits it, what ends it, what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.describing.said import Said, Words
from ecomflow.cli.describing.steps import Steps, arrival
from ecomflow.cli.describing.triggers import Triggers
from ecomflow.expressions.wording import joined
from ecomflow.language import read_yaml, trigger_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ecomflow.model import Workflow
    from ecomflow.registry import Registry

_MODES: Final = {
    "single": "While a run about the same {} is open, a second start is refused.",
    "restart": "A newer event about the same {} ends the older run, and a new one starts if the conditions hold.",
    "queued": "While a run about the same {} is open, further ones wait for its end, in their order.",
}


@dataclass(frozen=True, slots=True)
class Described:
    """A workflow in words, in parts that may be empty."""

    name: str
    purpose: str
    starts: str
    conditions: tuple[str, ...]
    rules: tuple[str, ...]
    ends: tuple[str, ...]
    steps: tuple[Said, ...]
    gives: str = ""


def describe(workflow: Workflow, registry: Registry) -> Described:
    """Return a workflow in plain words.

    Args:
        workflow: without faults.
        registry: says what actions do.
    """
    written = read_yaml(workflow.bundle["source"], workflow.name).value
    words = Words(workflow.constants["inputs"])
    starts = joined(Triggers(words, trigger_kinds(registry.catalog)).all(written["trigger"]), "or")
    exits = written.get("exit_on") or []
    return Described(
        workflow.name,
        workflow.description,
        starts,
        tuple(words.conditions(written["conditions"])) if "conditions" in written else (),
        tuple(_rules(written, words)),
        tuple(f"{arrival(words, each)}{_lookback(each, words)}" for each in _list(exits)),
        Steps(words, registry).all(written["actions"]),
        words.value(written["output"]) if written.get("output") else "",
    )


def _lookback(entry: Mapping[str, Any], words: Words) -> str:
    return f" (up to {words.span(entry['lookback'])} before the start counts, too)" if "lookback" in entry else ""


def _rules(written: Mapping[str, Any], words: Words) -> Iterator[str]:
    """Yield what limits starts, in the order in which it is asked."""
    if written.get("enabled") is False:
        yield "It is switched off, and starts no runs."
    if written.get("on_unknown") == "fail":
        yield "Where a condition cannot be decided, a failed run is kept for people to see."
    for name, value in (written.get("vars") or {}).items():
        yield f"At the start it works out {name.replace('_', ' ')}: {words.phrase(value)}."
    yield from _subject(written, words)
    if "debounce" in written:
        yield _debounce(written["debounce"], words)
    yield from _tokens(written, words)
    yield from _group(written, words)


def _subject(written: Mapping[str, Any], words: Words) -> Iterator[str]:
    if "subject" in written:
        given = _list(written["subject"])
        yield f"A run is about {joined([words.phrase(each) for each in given], 'and')}."
    about = _about(written)
    mode = written.get("mode", "parallel")
    if mode in _MODES:
        most = f" At most {written['max_queued']} wait." if "max_queued" in written else ""
        yield _MODES[mode].format(about) + most
    if "max_runs" in written:
        yield f"At most {written['max_runs']} runs about the same {about} are open at a time."
    if written.get("own_events"):
        yield "Events that its own runs cause may start it again."


def _about(written: Mapping[str, Any]) -> str:
    """Return the noun of what a run is about, where the events tell one."""
    triggers = _list(written["trigger"])
    types = [each for trigger in triggers for each in _list(trigger.get("event", ""))]
    nouns = {str(type_).partition(".")[0].replace("_", " ") for type_ in types}
    return nouns.pop() if len(nouns) == 1 and "subject" not in written and "" not in nouns else "subject"


def _debounce(debounce: Any, words: Words) -> str:
    quiet, most = (debounce.get("quiet"), debounce.get("max")) if isinstance(debounce, dict) else (debounce, None)
    return f"It acts once nothing more has come for {words.span(quiet)}{f', at the latest after {words.span(most)}' if most else ''}."


def _tokens(written: Mapping[str, Any], words: Words) -> Iterator[str]:
    if "once" in written:
        once = written["once"]
        per = f"once in {words.span(once['per'])}" if "per" in once else "only once"
        yield f"It starts {per} for each value of {words.phrase(once['key'])}."
    if "throttle" in written:
        throttle = written["throttle"]
        key = f" for each value of {words.phrase(throttle['key'])}" if "key" in throttle else ""
        yield f"It starts at most {_times(throttle.get('limit', 1))} in {words.span(throttle['per'])}{key}; what is more is dropped."
    if "caps" in written:
        yield f"It counts against the limit {joined([str(each) for each in _list(written['caps'])], 'and')} of the project; beyond it, it does not start."


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _group(written: Mapping[str, Any], words: Words) -> Iterator[str]:
    priority = written.get("priority", 0)
    if "group" in written:
        group = written["group"]
        yield (
            f"Of all workflows of the group {group['name']} only one run is open for each value of {words.phrase(group['key'])}; "
            f"this one has priority {priority}, and a higher one ends it."
        )
    elif priority:
        yield f"It has priority {priority}: of several workflows for one event, the highest comes first."


def inputs_of(workflow: Workflow) -> dict[str, str]:
    """Return the settings of a workflow, each in words, with what it is for.

    Args:
        workflow: without faults.
    """
    written = read_yaml(workflow.bundle["source"], workflow.name).value.get("inputs") or {}
    words, found = Words({}), {}
    for name, value in workflow.constants["inputs"].items():
        about = written.get(name, {}).get("description") if isinstance(written.get(name), dict) else None
        found[name] = f"{words.value(value)}{f' ({about.rstrip(chr(46))})' if about else ''}"
    return found




def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
