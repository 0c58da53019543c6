"""What people ask of an engine: each request is carried out by the engine, in a commit of its own, wherever it is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


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

    async def skip(self, run_id: str, result: Any = None, by: str = "") -> None:
        """Settle a call in doubt with a result."""
        await self._ask("skip", {"run": run_id, "result": result, "by": by})

    async def pause(self, workflow: str | None = None, by: str = "") -> None:
        """Pause a workflow, or all."""
        await self._ask("pause", {"workflow": workflow, "by": by})

    async def resume(self, workflow: str | None = None, by: str = "") -> None:
        """Resume a workflow, or all."""
        await self._ask("resume", {"workflow": workflow, "by": by})

    async def deploy(self, how: str = "keep", by: str = "") -> list[str]:
        """Read the files again and make them current; return the workflows whose version changed."""
        changed: list[str] = await self._ask("deploy", {"how": how, "by": by})
        return changed

    @abstractmethod
    async def _ask(self, kind: str, body: dict[str, Any]) -> Any:
        """Have a request carried out; return its answer."""
