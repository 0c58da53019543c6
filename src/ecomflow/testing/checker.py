"""Holds what was seen against what was expected: one language for the contract and for ``*.test.yaml``."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ecomflow.model import Outcome
from ecomflow.testing.expectations import (
    ExpectedAttempts,
    ExpectedCall,
    ExpectedDecision,
    ExpectedFault,
    ExpectedRun,
    ExpectedRuns,
    Never,
    Only,
    of_kind,
)
from ecomflow.testing.ordering import assign
from ecomflow.testing.values import flow, matches, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecomflow.model import Diagnostic, Run
    from ecomflow.testing.answers import FakedCall
    from ecomflow.testing.expectations import Expectation
    from ecomflow.testing.observed import Observed, SeenDecision


def differences(expected: Sequence[Expectation], seen: Observed) -> list[str]:
    """Return a sentence for each thing that is not as expected; nothing when all is.

    Args:
        expected: what the case expects.
        seen: what was seen.
    """
    checks = (_faults, _calls, _decisions, _runs, _counts, _nevers)
    return [line for check in checks for line in check(expected, seen)]


def asks_why(expected: Sequence[Expectation]) -> bool:
    """Return whether an expectation is about what is only explained on demand: *not matched* (R:V2).

    Args:
        expected: what the case expects.
    """
    whats = [entry.what if isinstance(entry, Never) else entry for entry in expected]
    return any(isinstance(what, ExpectedDecision) and what.outcome == Outcome.NOT_MATCHED for what in whats)


# --- faults of files ------------------------------------------------------------------------------------------------


def _faults(expected: Sequence[Expectation], seen: Observed) -> Iterator[str]:
    wanted = of_kind(expected, ExpectedFault)
    errors = [fault for fault in seen.faults if fault.severity == "error"]
    for want in wanted:
        if not any(_is_fault(want, fault) for fault in errors):
            yield f"expected a fault in {want.workflow} whose message has {want.contains!r}"
    known = {want.workflow for want in wanted}
    for fault in errors:
        if _workflow(fault) not in known:
            yield f"{fault.file}:{fault.line} does not load: {fault.code} {fault.message}"


def _is_fault(want: ExpectedFault, fault: Diagnostic) -> bool:
    return _workflow(fault) == want.workflow and want.contains in f"{fault.message} {fault.help}"


def _workflow(fault: Diagnostic) -> str:
    """Return the workflow's name; a file too broken to name one is named after its file."""
    return fault.workflow or PurePath(fault.file).name.split(".")[0]


# --- calls --------------------------------------------------------------------------------------------------------------


def requested(calls: Sequence[FakedCall]) -> list[FakedCall]:
    """Return each call once: a further attempt under the same key is no other call.

    Args:
        calls: all attempts, in order.
    """
    first: dict[object, FakedCall] = {}
    for call in calls:
        first.setdefault(call.key or id(call), call)
    return list(first.values())


def _is_call(want: ExpectedCall, call: FakedCall, seen: Observed) -> bool:
    return (
        call.action == want.action
        and want.workflow in (None, call.workflow)
        and (want.at is None or abs(seen.since(call.at) - want.at) < 1e-6)
        and matches(want.params or {}, dict(call.params))
    )


def _calls(expected: Sequence[Expectation], seen: Observed) -> Iterator[str]:
    wanted, calls = of_kind(expected, ExpectedCall), requested(seen.calls)
    candidates = [[i for i, call in enumerate(calls) if _is_call(want, call, seen)] for want in wanted]
    found = assign(candidates, lambda earlier, later: _may_follow(calls, earlier, later))
    if len(found) < len(wanted):
        missing = len(found)
        why = ", though such a call stands before or counts for another" if candidates[missing] else _nearest(wanted[missing], calls, seen)
        yield f"expected action {missing + 1} of {len(wanted)}, {show_call(wanted[missing])}, was not called{why}"
    if of_kind(expected, Only):
        for i in sorted(set(range(len(calls))) - set(found)):
            yield f"`only` forbids {_show_seen(calls[i], seen)}"


def _may_follow(calls: Sequence[FakedCall], earlier: int, later: int) -> bool:
    one, other = calls[earlier], calls[later]
    if one.at == other.at and one.run_id != other.run_id:
        return True
    return earlier < later


def _nearest(want: ExpectedCall, calls: Sequence[FakedCall], seen: Observed) -> str:
    near = [call for call in calls if call.action == want.action]
    return f"; nearest: {_show_seen(near[0], seen)}" if near else ""


def show_call(want: ExpectedCall) -> str:
    """Return an expected call as the case writes it.

    Args:
        want: what is expected.
    """
    entry: dict[str, Any] = {} if want.at is None else {"at": span(want.at)}
    entry["action"] = want.action
    if want.params:
        entry["with"] = want.params
    return flow(entry | ({"workflow": want.workflow} if want.workflow else {}))


def _show_seen(call: FakedCall, seen: Observed) -> str:
    return show_call(ExpectedCall(call.action, seen.since(call.at), dict(call.params), call.workflow))


# --- decisions ------------------------------------------------------------------------------------------------------------


def _is_decision(want: ExpectedDecision, decision: SeenDecision) -> bool:
    return (
        decision.outcome == want.outcome
        and want.workflow in (None, decision.workflow)
        and want.reason_contains in decision.reason
    )


def _decisions(expected: Sequence[Expectation], seen: Observed) -> Iterator[str]:
    wanted, decisions = of_kind(expected, ExpectedDecision), seen.decisions
    candidates = [[i for i, decision in enumerate(decisions) if _is_decision(want, decision)] for want in wanted]
    found = assign(candidates, lambda earlier, later: _decided_before(decisions, earlier, later))
    if len(found) < len(wanted):
        want = wanted[len(found)]
        why = ", though such a decision stands before or counts for another" if candidates[len(found)] else ""
        yield f"expected decision {len(found) + 1} of {len(wanted)}, {_show_decision(want)}, was not made{why}"


def _decided_before(decisions: Sequence[SeenDecision], earlier: int, later: int) -> bool:
    one, other = decisions[earlier], decisions[later]
    return one.event <= other.event if one.asked or other.asked else earlier < later


def _show_decision(want: ExpectedDecision) -> str:
    entry = {"workflow": want.workflow, "outcome": want.outcome, "reason_contains": want.reason_contains}
    return flow({key: value for key, value in entry.items() if value})


# --- runs, attempts, and what is nowhere ---------------------------------------------------------------------------------


def _is_run(want: ExpectedRun, run: Run) -> bool:
    return (
        want.workflow in (None, run.workflow)
        and want.status in (None, run.status.value)
        and (want.subject is None or _is_subject(str(want.subject), run.subject or ""))
    )


def _is_subject(value: str, subject: str) -> bool:
    """Whether a subject has this value: without its kind, ``cart:17`` is 17."""
    return subject in (value, f"{subject.partition(':')[0]}:{value}")


def _runs(expected: Sequence[Expectation], seen: Observed) -> Iterator[str]:
    wanted = of_kind(expected, ExpectedRun)
    candidates = [[i for i, run in enumerate(seen.runs) if _is_run(want, run)] for want in wanted]
    found = assign(candidates, lambda _earlier, _later: True)
    if len(found) < len(wanted):
        yield f"no run is {_show_run(wanted[len(found)])} at the end" + (", or not so many" if candidates[len(found)] else "")
    for want in of_kind(expected, ExpectedRuns):
        if len(seen.runs) != want.count:
            yield f"expected {want.count} runs, there are {len(seen.runs)}"


def _show_run(want: ExpectedRun) -> str:
    entry = {"workflow": want.workflow, "subject": want.subject, "status": want.status}
    return flow({key: value for key, value in entry.items() if value is not None})


def _counts(expected: Sequence[Expectation], seen: Observed) -> Iterator[str]:
    for want in of_kind(expected, ExpectedAttempts):
        keys = [call.key for call in seen.calls if call.action == want.action]
        if len(keys) != want.count:
            yield f"expected {want.count} attempts of {want.action}, there were {len(keys)}"
        if want.same_key is not None and keys and len(set(keys)) != (1 if want.same_key else len(keys)):
            yield f"the attempts of {want.action} were to have {'one key' if want.same_key else 'different keys'}: {', '.join(keys)}"


def _nevers(expected: Sequence[Expectation], seen: Observed) -> Iterator[str]:
    for never in of_kind(expected, Never):
        want = never.what
        if isinstance(want, ExpectedCall):
            yield from (f"not expected: {_show_seen(call, seen)}" for call in seen.calls if _is_call(want, call, seen))
        elif isinstance(want, ExpectedDecision):
            yield from (f"not expected: {_show_decision(want)}" for decision in seen.decisions if _is_decision(want, decision))
        else:
            yield from (f"not expected: a run that is {_show_run(want)}" for run in seen.runs if _is_run(want, run))
