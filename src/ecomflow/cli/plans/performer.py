"""Who answers the actions of a plan: what a person gave, where asked for what is really there, else an example."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Self

from ecomflow.model import Effect
from ecomflow.runtime.base import Answer
from ecomflow.runtime.hands import Hands
from ecomflow.testing.answers import Answers
from ecomflow.testing.simulation import planner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ecomflow.language import Project
    from ecomflow.registry import Registry
    from ecomflow.runtime.base import Call

GIVEN: Final = "given"
ASKED: Final = "asked"
ASSUMED: Final = "assumed"


class PlanPerformer:
    """Answers calls without carrying them out, but for those that read, where a person allows it.

    Args:
        project: whose connections are asked.
        registry: what is installed.
        given: answers by action, as ``answers:`` of a test file has them.
        ask: whether actions that read, and that nobody answered, are called for real.
    """

    def __init__(self, project: Project, registry: Registry, given: Mapping[str, Any], *, ask: bool) -> None:
        self._answers, self._given = Answers(registry.catalog, planner(registry), given), frozenset(given)
        self._hands = Hands(registry, project) if ask else None
        self._loop = asyncio.Runner()
        self.origins: dict[tuple[str, str], str] = {}
        """Where the newest answer of a step came from, by run and path."""
        self.assumed: dict[str, Any] = {}
        """The examples that stand for results that the workflow can use, by action."""

    def perform(self, call: Call) -> Answer:
        """Answer a call.

        Args:
            call: the attempt that the runtime asks for.
        """
        origin = self._origin(call)
        answer = self._really(call) if origin == ASKED else self._answers.perform(call)
        self.origins[call.run_id, call.path] = origin
        if origin == ASSUMED and call.step != call.path and answer.data.get("result") is not None:  # one without an id, nobody can use
            self.assumed[call.action] = answer.data["result"]
        return answer

    def _origin(self, call: Call) -> str:
        if call.action in self._given:
            return GIVEN
        return ASKED if self._hands is not None and call.effect is Effect.READS else ASSUMED

    def _really(self, call: Call) -> Answer:
        assert self._hands is not None
        data = self._loop.run(self._hands.call(call))
        # In virtual time the retries would follow each other at once, and nobody asks a service like that.
        return Answer(data if data["ok"] else {**data, "class": "permanent"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._hands is not None:
            self._loop.run(self._hands.close())
        self._loop.close()
