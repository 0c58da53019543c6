"""What people ask of an engine: each request is carried out by the engine, in a commit of its own, wherever it is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from ecomflow.matching import Sought
from ecomflow.model import Decision, Outcome
from ecomflow.runtime.erasures import follow
from ecomflow.runtime.moves import follow_moves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ecomflow.runtime.base import Erasure
    from ecomflow.runtime.host import Host
    from ecomflow.runtime.reading import Reader

_PORTION = 25
"""Runs that are retried in one commit."""


class Requests(ABC):
    """The requests of an engine or a client; ``by`` always names who asks, for the audit."""

    async def cancel(self, run_id: str, reason: str = "", by: str = "") -> None:
        """End a run as cancelled; ``by`` names who asked."""
        await self._ask("cancel", {"run": run_id, "reason": reason, "by": by})

    async def decide(self, run_id: str, *, approved: bool, by: str, comment: str = "") -> None:
        """Decide the approval that a run asks for."""
        await self._ask("decide", {"run": run_id, "approved": approved, "by": by, "comment": comment})

    async def retry(self, run_id: str, from_step: str | None = None, by: str = "") -> None:
        """Let a failed run go on, or repeat a call in doubt under its key."""
        await self._ask("retry", {"run": run_id, "from": from_step, "by": by})

    async def retry_all(self, run_ids: Iterable[str], from_step: str | None = None, by: str = "") -> dict[str, str]:
        """Retry many runs, some at a time, so that the engine goes on with everything else in between.

        Args:
            run_ids: whole ids, such as those that ``runs(status="failed")`` yields.
            from_step: as for ``retry``.
            by: who asks, for the audit.

        Returns:
            For each run why it was refused, or an empty text where it goes on.
        """
        told: dict[str, str] = {}
        for some in batched(dict.fromkeys(run_ids), _PORTION):
            told.update(await self._ask("retry_all", {"runs": some, "from": from_step, "by": by}))
        return told

    async def retry_event(self, event_id: str, by: str = "") -> list[Decision]:
        """Decide an event again, for the workflows that failed to decide it; return what became of it now."""
        told = await self._ask("retry_event", {"event": event_id, "by": by})
        return [Decision(Outcome(each["outcome"]), each["workflow"], each["run"], each["reason"]) for each in told["decisions"]]

    async def skip(self, run_id: str, result: Any = None, by: str = "") -> None:
        """Settle a call in doubt with a result."""
        await self._ask("skip", {"run": run_id, "result": result, "by": by})

    async def pause(self, workflow: str | None = None, by: str = "", *, connection: str | None = None) -> None:
        """Pause a workflow, or all; or, with ``connection``, the requests to that one."""
        await self._ask("pause", {"workflow": workflow, "by": by, "connection": connection})

    async def resume(
        self, workflow: str | None = None, by: str = "", *, connection: str | None = None, adopt: bool = False
    ) -> None:
        """Resume a workflow, or all; or, with ``connection``, the requests to that one.

        Args:
            workflow: its name; all by default.
            by: who asks, for the audit.
            connection: the name of one, instead of a workflow.
            adopt: make a store that was copied or restored the shop's own. It goes on as far as no person had paused it.

        Raises:
            NotFoundError: there is no workflow of that name, nor was one paused; or no such connection.
            RefusedError: the store is a copy that nobody has adopted; or it is to be adopted, and is none.
        """
        origin = self._origin() if adopt else None
        await self._ask("resume", {"workflow": workflow, "by": by, "connection": connection, "adopt": origin})

    async def accept_time(self, by: str = "") -> None:
        """Take what this machine's clock says for the right time after it has jumped; timers go on, as of now.

        Raises:
            RefusedError: the clock has not jumped.
        """
        await self._ask("accept_time", {"seen": self._wall(), "by": by})

    async def deploy(self, how: str = "keep", by: str = "", *, timeout: float = 60.0) -> list[str]:
        """Read the files again and make them current.

        Args:
            how: what becomes of runs on older versions: ``keep`` lets them finish there, ``migrate`` lets those that wait go
                on in the new version where they can, ``cancel`` ends them. ``older_runs`` tells which are left.
            by: who asks, for the audit.
            timeout: seconds to wait until all runs were looked at that may migrate; it goes on after them.

        Returns:
            The workflows whose version changed.

        Raises:
            RefusedError: it is none of these, or the project cannot be read.
            StoreError: the engine has stopped or been closed meanwhile; the next one goes on with it.
        """
        host = self._here()
        changed: list[str] = await self._ask("deploy", {"how": how, "by": by})
        if how == "migrate":
            await follow_moves(self.reader(), timeout, host)
        return changed

    async def prune(self, keep: timedelta | None = None, by: str = "") -> None:
        """Begin to drop what is over; the engine goes on with it in small steps, beside everything else.

        Args:
            keep: how long ended runs and events are kept, at least a day; as the project file says by default.
            by: who asks, for the audit.

        Raises:
            RefusedError: it is less than a day, or nothing says how long things are kept.
        """
        await self._ask("prune", {"keep": None if keep is None else keep // timedelta(microseconds=1), "by": by})

    async def erase(
        self, subject: str, *, also: Iterable[str] = (), by: str = "", dry_run: bool = False, timeout: float = 30.0
    ) -> Erasure:  # fmt: skip
        """Take a person, or whatever else a subject stands for, out of all that the shop keeps.

        Args:
            subject: ``KIND:VALUE``, such as ``customer:c17``.
            also: other texts that mean the same one, such as an e-mail address; each at least 4 characters.
            by: who asks, for the audit.
            dry_run: only look what would be erased.
            timeout: seconds to wait until it is done; it goes on after them.

        Returns:
            What was done, or how far it is.

        Raises:
            RefusedError: that is no subject, or a text is too short.
        """
        also = list(also)
        Sought.of(subject, also)
        if dry_run:
            return self._found(subject, also)
        number: int = await self._ask("erase", {"subject": subject, "also": also, "by": by})
        return await follow(self.reader(), number, timeout)

    @abstractmethod
    def reader(self) -> Reader:
        """Return what reads runs, decisions and events."""

    @abstractmethod
    def _here(self) -> Host | None:
        """Return what makes this process the engine, or None of a client."""

    @abstractmethod
    def _found(self, subject: str, also: list[str]) -> Erasure:
        """Return what an erasure would find."""

    @abstractmethod
    def _origin(self) -> str:
        """Return the place that the store was copied from; refuse one that is no copy."""

    @abstractmethod
    def _wall(self) -> int:
        """Return what the machine's clock says."""

    @abstractmethod
    async def _ask(self, kind: str, body: dict[str, Any]) -> Any:
        """Have a request carried out; return its answer."""


def batched(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield so many ids at a time."""
    left = iter(ids)
    while some := list(islice(left, size)):
        yield some
