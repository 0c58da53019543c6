"""What clients leave in the inbox, turned into units; each is answered in the commit that carries it out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode, encode
from ecomflow.errors import EcomflowError, EventError, NotFoundError, RefusedError
from ecomflow.runtime.accept import make_event
from ecomflow.runtime.clock import DAY, to_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.language import Project
    from ecomflow.model import Decision
    from ecomflow.runtime.base import Receipt
    from ecomflow.runtime.kernel import Kernel
    from ecomflow.store import Letter

_log = logging.getLogger("ecomflow")

ERRORS: dict[str, type[EcomflowError]] = {e.__name__: e for e in (EcomflowError, EventError, NotFoundError, RefusedError)}

_KEYS = {
    "event": frozenset({"type", "data", "id", "source", "subject", "time"}),
    "start": frozenset({"workflow", "data", "force", "id", "subject", "by"}),
    "cancel": frozenset({"run", "reason", "by"}),
    "decide": frozenset({"run", "approved", "by", "comment"}),
    "retry": frozenset({"run", "from", "by"}),
    "retry_all": frozenset({"runs", "from", "by"}),
    "skip": frozenset({"run", "result", "by"}),
    "retry_event": frozenset({"event", "by"}),
    "pause": frozenset({"workflow", "by"}),
    "resume": frozenset({"workflow", "by"}),
    "accept_time": frozenset({"seen", "by"}),
    "deploy": frozenset({"how"}),
    "prune": frozenset({"keep", "by"}),
    "erase": frozenset({"subject", "also", "by"}),
}
"""What the body of each request holds."""

_HOW = ("keep", "migrate", "cancel")
"""What a deployment may do with runs on older versions: they keep them, go on in the new ones where they can, or are ended."""


class Letters:
    """Carries out letters.

    Args:
        kernel: who does it.
        load: reads the project's files again, for a deployment.
    """

    def __init__(self, kernel: Kernel, load: Callable[[], Project]) -> None:
        self._kernel, self._load = kernel, load
        self._ways: dict[str, Callable[[dict[str, Any]], Any]] = {
            "event": self._event, "start": self._start, "cancel": self._cancel, "decide": self._decide, "retry": self._retry,
            "skip": self._skip, "retry_all": self._retry_all, "retry_event": self._retry_event, "pause": self._pause, "resume": self._resume, "deploy": self._deploy,
            "prune": self._prune, "erase": self._erase, "accept_time": self._accept_time,
        }  # fmt: skip

    def unit(self, letter: Letter) -> None:
        """Carry out a letter and keep its answer; one that has an answer was carried out before a kill."""
        store = self._kernel.store
        if store.row("answer", store.shop, letter.request) is not None:
            return
        try:
            answer = {"value": self.carry_out(letter.kind, _body(letter))}
        except (EventError, NotFoundError, RefusedError) as error:
            _log.warning("a request of another process was refused (%s): %s", letter.kind, error)
            answer = {"error": str(error), "class": type(error).__name__}
        store.run("add_answer", store.shop, letter.request, self._kernel.turn_state.now, encode(answer).decode())

    def refuse(self, letter: Letter, error: BaseException) -> None:
        """Answer a letter whose unit failed, so that it is not carried out again and again."""
        answer = {"error": f"the request could not be carried out: {error}", "class": type(error).__name__}
        store = self._kernel.store
        store.run("add_answer", store.shop, letter.request, self._kernel.turn_state.now, encode(answer).decode())

    def carry_out(self, kind: str, body: dict[str, Any]) -> Any:
        """Carry out a request inside a unit.

        Raises:
            NotFoundError: nothing has the name it gives, or no request is called that.
            RefusedError: the state of the run does not allow it.
        """
        if kind not in self._ways:
            raise NotFoundError(f"this engine knows no request {kind!r}")
        return self._ways[kind](body)

    def _event(self, body: dict[str, Any]) -> dict[str, Any]:
        event, raw = make_event(
            body["type"], body["data"], id_=body["id"], source=body["source"], subject=body["subject"], time=body["time"],
            now=to_moment(self._kernel.turn_state.now),
        )  # fmt: skip
        return _told(self._kernel.ingest.take(event, raw))

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        return _told(
            self._kernel.ingest.start_by_hand(
                body["workflow"], body["data"], id_=body["id"], subject=body["subject"], force=body["force"], by=body["by"]
            )
        )

    def _cancel(self, body: dict[str, Any]) -> None:
        self._kernel.people.cancel(body["run"], body["reason"], body["by"])

    def _decide(self, body: dict[str, Any]) -> None:
        self._kernel.people.decide(body["run"], approved=body["approved"], by=body["by"], comment=body["comment"])

    def _retry(self, body: dict[str, Any]) -> None:
        self._kernel.people.retry(body["run"], body["from"], body["by"])

    def _skip(self, body: dict[str, Any]) -> None:
        self._kernel.people.skip(body["run"], body["result"], body["by"])

    def _retry_all(self, body: dict[str, Any]) -> dict[str, str]:
        return {run: self._refusal(run, body["from"], body["by"]) for run in body["runs"]}

    def _retry_event(self, body: dict[str, Any]) -> dict[str, Any]:
        return _told(self._kernel.ingest.decide_again(body["event"], body["by"]))

    def _refusal(self, run: str, step: str | None, by: str) -> str:
        try:
            self._kernel.people.retry(run, step, by)
        except (NotFoundError, RefusedError) as error:
            return str(error)
        return ""

    def _pause(self, body: dict[str, Any]) -> None:
        self._kernel.pause(body["workflow"], body["by"], connection=body.get("connection"))

    def _resume(self, body: dict[str, Any]) -> None:
        self._kernel.resume(body["workflow"], body["by"], connection=body.get("connection"), adopt=body.get("adopt"))

    def _accept_time(self, body: dict[str, Any]) -> None:
        self._kernel.accept_time(body["seen"], body["by"])

    def _prune(self, body: dict[str, Any]) -> None:
        keep, kernel = body["keep"], self._kernel
        if keep is not None and (type(keep) is not int or keep < DAY):
            raise RefusedError("what is over is kept for at least a day")
        told = "as the project file says" if keep is None else f"what is over for more than {keep / DAY:g} days"
        kernel.store.run("add_audit", kernel.store.shop, kernel.turn_state.now, body["by"], "prune", None, told)
        kernel.upkeep.prune(keep)

    def _erase(self, body: dict[str, Any]) -> int:
        return self._kernel.erasing.ask(body["subject"], body["also"], body["by"])

    def _deploy(self, body: dict[str, Any]) -> list[str]:
        if body["how"] not in _HOW:
            raise RefusedError(f"a deployment lets runs on older versions {', '.join(_HOW[:-1])} or {_HOW[-1]}, not {body['how']!r}")
        return self._kernel.deploy(self._load(), body["how"], body.get("by") or "")


def _body(letter: Letter) -> dict[str, Any]:
    try:
        body = decode(letter.body.encode())
    except ValueError as error:
        raise EventError(f"the request {letter.request} is no JSON: {error}") from error
    missing = _KEYS.get(letter.kind, frozenset()) - set(body if isinstance(body, dict) else ())
    if not isinstance(body, dict) or missing:
        raise EventError(f"the request {letter.request} lacks {', '.join(sorted(missing)) or 'a mapping'}")
    return {**body, "by": body["by"] or ""} if "by" in body else body


def _told(receipt: Receipt) -> dict[str, Any]:
    return {"duplicate": receipt.duplicate, "decisions": [_plain(decision) for decision in receipt.decisions]}


def _plain(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome, "workflow": decision.workflow, "run": decision.run_id, "reason": decision.reason,
    }  # fmt: skip
