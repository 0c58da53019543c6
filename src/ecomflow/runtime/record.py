"""A run as the engine holds it: its row, its machine, and what both need of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.encoding import decode, encode
from ecomflow.core.scope import RunInfo
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecomflow.core.machine import Machine
    from ecomflow.model import Event, Workflow


class StoredEvent(NamedTuple):
    """An event with what the store knows of it."""

    seq: int
    event: Event
    arrived: int
    hop: int = 0
    cause: int | None = None
    """The run that emitted it."""
    cause_event: int | None = None
    """The event that made that run emit it: the one it started with, or the last one that it took."""


@dataclass(slots=True)
class NewRun:
    """A run that the policies let start."""

    workflow: Workflow
    stored: StoredEvent
    trigger: dict[str, Any]
    kind: str | None
    subject: str | None
    mode_key: str | None
    group_key: str | None


@dataclass(slots=True)
class LiveRun:
    """One run in memory. ``seq`` is that of its last entry; ``status`` what its row says."""

    n: int
    suffix: str
    workflow: Workflow
    kind: str | None
    subject: str | None
    event: int | None
    trigger: dict[str, Any]
    started: int
    mode_key: str | None
    group_key: str | None
    priority: int
    status: RunStatus
    machine: Machine
    live: bool = False
    """Whether an action is in flight, as its row says."""
    seq: int = 0
    holds: bool = False
    """Whether it may have timers, subscriptions or approvals to drop."""
    held: set[str] | None = None
    """The addresses of calls that a connection holds; None for none."""
    cause: int | None = None
    """The last event that it took; None where that is the one it started with."""
    id: str = field(init=False)
    """The public id: the number of its row, and a part that nobody can guess."""

    def __post_init__(self) -> None:
        self.id = run_id(self.n, self.suffix)


def run_id(n: int, suffix: str) -> str:
    """Return the public id of a run; the number finds the row, the suffix proves that somebody was told."""
    return f"r{n}-{suffix}"


def number_of(id_: str) -> int:
    """Return the number in a public id that ``run_id`` has made."""
    return int(id_[1 : id_.index("-")])


def split_run_id(text: str) -> tuple[int, str] | None:
    """Return the number and the suffix of a public run id, or None where it is none."""
    number, _, suffix = text.partition("-")
    if number[:1] != "r" or not number[1:].isascii() or not number[1:].isdigit() or not suffix:
        return None
    return int(number[1:]), suffix


def started_with(event: Event, trigger: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a run's first entry; one that was called has its caller's inputs."""
    call = trigger.get("call")
    if call is None:
        return {"event": event, "trigger": trigger}
    return {"event": event, "trigger": {"id": trigger["id"], "kind": trigger["kind"]}, "inputs": call["inputs"]}


def run_info(
    n: int, suffix: str, shop: str, subject: str | None, started: datetime, tells: Callable[[Any], bool] | None
) -> RunInfo:
    """Return what a machine knows of its run."""
    return RunInfo(run_id(n, suffix), shop, subject, started, tells)


def subject_key(kind: str | None, subject: str | None) -> str | None:
    """Return kind and value of a subject as one text, or None where there is none (R:S1)."""
    return None if subject is None else f"{kind}\x1f{subject}"


@lru_cache(maxsize=1024)
def _trigger_text(id_: str | None, kind: str) -> str:
    return encode({"id": id_, "kind": kind}).decode()


def text_of_trigger(trigger: dict[str, Any]) -> str:
    """Return what a run keeps of its trigger as the JSON that the store keeps; nearly all say the same of nearly all runs."""
    return _trigger_text(trigger["id"], trigger["kind"]) if len(trigger) == 2 else encode(trigger).decode()


def to_text(value: Any) -> str | None:
    """Return a value as the JSON that the store keeps, or None for none."""
    return None if value is None else encode(value).decode()


def from_text(text: str | None) -> Any:
    """Return the value of the store's JSON."""
    return None if text is None else decode(text.encode())
