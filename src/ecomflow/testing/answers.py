"""The faked performer: nothing leaves the process; each call is written down and answered as the case says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.errors import ActionError, CaseError, RateLimited
from ecomflow.model import Effect, Page
from ecomflow.runtime.base import Answer
from ecomflow.runtime.consent import refused, too_many
from ecomflow.testing.examples import example
from ecomflow.testing.values import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ecomflow.model import Catalog
    from ecomflow.runtime.base import Call

_CLASSES = {"permanent": "permanent", "retryable": "retryable", "rate_limited": "rate_limited", "timeout": "in_doubt"}


class FakedCall(NamedTuple):
    """One attempt of one action, which was answered without being carried out."""

    at: datetime
    workflow: str
    run_id: str
    step: str
    action: str
    params: Mapping[str, Any]
    plan: str
    key: str = ""
    attempt: int = 1


class Pages(NamedTuple):
    """The pages of a search, each known by its number."""

    pages: list[list[Any]]
    takes: float = 0.0

    def at(self, mark: str | None) -> Answer:
        """Return the answer to who asks for a page; a mark that no page has given is an error of whoever asks."""
        number = int(mark or 1)
        following = str(number + 1) if number < len(self.pages) else None
        return succeeded(Page(self.pages[number - 1], following), self.takes)


class Answers:
    """Answers actions as a case says; an action without an answer gives an example of its result.

    Args:
        catalog: what is installed.
        plan: gives the sentence that says what an action would do.
        answers: per action a value, an error, or a list of them, call by call; the last repeats. For one that searches also
            ``{pages: [[…], […]]}``.

    Raises:
        CaseError: an answer is none.
    """

    def __init__(
        self, catalog: Catalog, plan: Callable[[str, Mapping[str, Any]], str], answers: Mapping[str, Any] | None = None
    ) -> None:
        self._catalog, self._plan = catalog, plan
        self._answers: dict[str, list[Answer | Pages]] = {action: self._parse_list(action, value) for action, value in (answers or {}).items()}
        self._counts: dict[str, int] = {}
        self._examples: dict[str, Any] = {}
        self.calls: list[FakedCall] = []
        self.unanswered: dict[str, Any] = {}
        """Reading actions that were called without an answer, each with an example of its result."""

    def _parse_list(self, action: str, value: Any) -> list[Answer | Pages]:
        several = value if isinstance(value, list) and value else [value]
        spec = self._catalog.actions.get(action)
        if spec is None or not spec.pages:
            return [parse_answer(item) for item in several]
        return [parse_pages(action, item) if isinstance(item, dict) and "pages" in item else parse_answer(item) for item in several]

    def on(self, action: str, answer: Answer | Pages) -> None:
        """Answer an action in this way from now on.

        Args:
            action: its name.
            answer: what it gives.
        """
        self._answers[action] = [answer]

    def perform(self, call: Call) -> Answer:
        """Write the call down and answer it; where it is marketing, and ``customer.get`` has an answer, only if that one agrees (R:P12).

        Args:
            call: the attempt that the runtime asks for.
        """
        if (end := too_many(call)) is not None:
            return Answer(end)
        for question in call.asks:
            asked = question.action in self._answers
            if asked and (end := refused(question, self._answered(question).data)) is not None:
                return Answer(end)
        plan = self._plan(call.action, call.params)
        self.calls.append(
            FakedCall(call.at, call.workflow, call.run_id, call.step, call.action, call.params, plan, call.key, call.attempt)
        )
        return self._answered(call) if call.action in self._answers else self._made_up(call)

    def _answered(self, call: Call) -> Answer:
        listed = self._answers[call.action]
        count = self._counts[call.action] = self._counts.get(call.action, 0) + 1
        answer = listed[min(count, len(listed)) - 1]
        return answer.at(call.page) if isinstance(answer, Pages) else answer

    def _made_up(self, call: Call) -> Answer:
        if call.action not in self._examples:
            spec = self._catalog.actions.get(call.action)
            self._examples[call.action] = example(spec.result if spec else {})
        result = self._examples[call.action]
        if call.effect is Effect.READS:
            self.unanswered[call.action] = result
        return succeeded(result)


def succeeded(result: Any, takes: float = 0.0) -> Answer:
    """Return the answer of an action that went well.

    Args:
        result: what it gives.
        takes: seconds until it is known.
    """
    more = {"next": result.next} if isinstance(result, Page) else {}
    return Answer({"ok": True, "result": result, **more}, takes)


def failed(error: ActionError | type[ActionError] | str, takes: float = 0.0) -> Answer:
    """Return the answer of an action that failed, or of which nobody knows.

    Args:
        error: what it raises, or one of the words ``permanent retryable rate_limited timeout in_doubt``.
        takes: seconds until it is known.
    """
    if isinstance(error, str):
        return Answer(parse_answer({"in_doubt": True} if error == "in_doubt" else {"error": error}).data, takes)
    raised = error if isinstance(error, ActionError) else error("faked")
    data: dict[str, Any] = {"ok": False, "class": raised.kind, "type": raised.type, "message": raised.message}
    if isinstance(raised, RateLimited) and raised.retry_after is not None:
        data["retry_after"] = raised.retry_after
    return Answer(data, takes)


def parse_answer(value: Any) -> Answer:
    """Return an answer as a case writes it: a value, ``{error: …}`` or ``{in_doubt: true}``, with ``takes`` beside.

    Args:
        value: one item of ``answers``.

    Raises:
        CaseError: the error is none that an action can have.
    """
    if not isinstance(value, dict):
        return succeeded(value)
    rest = dict(value)
    takes = seconds(rest.pop("takes")) if "takes" in rest else 0.0
    if "error" in rest:
        return Answer(_error(rest), takes)
    if rest.get("in_doubt") is True:
        return Answer(_failure("in_doubt", rest, "in_doubt"), takes)
    return succeeded(rest, takes)


def parse_pages(action: str, value: Mapping[str, Any]) -> Pages:
    """Return the pages of a search as a case writes them: ``{pages: [[…], […]]}``, with ``takes`` beside.

    Args:
        action: its name.
        value: one item of ``answers``.

    Raises:
        CaseError: they are no lists.
    """
    pages = value["pages"]
    if not (isinstance(pages, list) and pages and all(isinstance(each, list) for each in pages)):
        raise CaseError(f"the pages of {action} are a list of lists, one for each page, not {pages!r:.60}")
    if unknown := value.keys() - {"pages", "takes"}:
        raise CaseError(f"beside the pages of {action} stands {min(unknown)!r}; only `takes` may")
    return Pages(pages, seconds(value["takes"]) if "takes" in value else 0.0)


def _error(value: Mapping[str, Any]) -> dict[str, Any]:
    word = value["error"]
    if word not in _CLASSES:
        raise CaseError(f"an action's error is one of {', '.join(_CLASSES)}, not {word!r}")
    data = _failure(_CLASSES[word], value, word)
    if "retry_after" in value:
        data["retry_after"] = seconds(value["retry_after"])
    return data


def _failure(class_: str, value: Mapping[str, Any], word: str) -> dict[str, Any]:
    message = value.get("message", f"faked: {word.replace('_', ' ')}")
    return {"ok": False, "class": class_, "type": value.get("type", word), "message": message}
