"""Workflows that are asked together: one by one where they are few, by tables where they are many; none of it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ecomflow.matching.tables import Bounds, Equalities, bits, pick, places_of
from ecomflow.model import IndexKey, IndexRange

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from ecomflow.model import Conjunct, Trigger, Workflow

    Test = Callable[[Mapping[str, Any]], bool | None]

Asked = tuple[int, "Test"]
"""A question by the number under which its answer is noted."""
Answers = dict[int, "bool | None"]
"""What an event has answered, by the question's number."""
Member = tuple["Candidate", "Sequence[Conjunct]"]
"""A workflow, not known to match, and what its group still has to ask."""

FEW: Final = 6
"""Groups of more are asked by tables: below, a table costs more than its questions."""
_SHARED: Final = 8


class Candidate(NamedTuple):
    """A workflow that may match.

    Attributes:
        rank: its place in the order in which the workflows of an event start.
        name: the workflow's.
        workflow: the workflow.
        trigger: the first of its triggers that listens.
        known: whether its conditions are known to hold.
    """

    rank: int
    name: str
    workflow: Workflow
    trigger: Trigger
    known: bool = False


class Questions:
    """The distinct questions of an index."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, Asked] = {}

    def of(self, conjuncts: Iterable[Conjunct]) -> tuple[Asked, ...]:
        """Return the questions that conjuncts ask of the data, each once."""
        return tuple(dict.fromkeys(self._numbers.setdefault(c.key, (len(self._numbers), c.test)) for c in conjuncts if c.test is not None))


def ask(data: Mapping[str, Any], answers: Answers, questions: Iterable[Asked]) -> bool | None:
    """Return what comes of questions that must all be answered with yes: true, false, or None for unknown.

    Args:
        data: the event's.
        answers: those that were given before, by number: each question is asked once.
        questions: in their order.
    """
    result: bool | None = True
    for number, test in questions:
        if number in answers:
            answer = answers[number]
        else:
            try:
                answer = test(data)
            except Exception:  # noqa: BLE001 who is asked for good meets it again, and answers for it
                answer = None
            answers[number] = answer
        if answer is not True:
            if answer is False:
                return False
            result = None
    return result


class Few:
    """Some workflows, asked one by one.

    Args:
        members: in the order of their ranks.
        questions: those of the index.
    """

    def __init__(self, members: Iterable[Member], questions: Questions) -> None:
        self._members = [(each if open_(conjuncts) else known(each), each, questions.of(conjuncts)) for each, conjuncts in members]

    def find(self, data: Mapping[str, Any], answers: Answers) -> Sequence[Candidate]:
        """Return the workflows that may match, in the order of their ranks."""
        found = []
        for sure, each, questions in self._members:
            answer = ask(data, answers, questions)
            if answer is not False:
                found.append(sure if answer else each)
        return found


class Many:
    """Many workflows, asked by tables.

    Args:
        members: in the order of their ranks.
        questions: those of the index.
    """

    def __init__(self, members: Sequence[Member], questions: Questions) -> None:
        size = len(members)
        self._sure, self._open = [known(each) for each, _ in members], [each for each, _ in members]
        self._all = (1 << size) - 1
        self._not_known = bits([place for place, (_, conjuncts) in enumerate(members) if open_(conjuncts)])
        equal: dict[Any, dict[int, IndexKey]] = {}
        bounds: dict[Any, dict[int, IndexRange]] = {}
        self._own: dict[int, tuple[Asked, ...]] = {}
        users: dict[Asked, list[int]] = {}
        for place, (_, conjuncts) in enumerate(members):
            rest = [each for each in conjuncts if not _tabled(place, each, equal, bounds)]
            for asked in questions.of(rest):
                users.setdefault(asked, []).append(place)
        self._tables: list[Equalities | Bounds] = [
            *(Equalities(path, [*asked.items()], size) for path, asked in equal.items()),
            *(Bounds(path, [*asked.items()], lower=lower) for (path, lower), asked in bounds.items()),
        ]
        self._shared = [(asked, bits(places)) for asked, places in users.items() if len(places) >= _SHARED]
        for asked, places in users.items():
            for place in places if len(places) < _SHARED else ():
                self._own[place] = (*self._own.get(place, ()), asked)
        self._with_own = bits([*self._own])

    def find(self, data: Mapping[str, Any], answers: Answers) -> Sequence[Candidate]:
        """Return the workflows that may match, in the order of their ranks."""
        left, not_known = self._all, self._not_known
        for table in self._tables:
            false, unknown = table.ask(data)
            left &= ~false
            if not left:
                return ()
            not_known |= unknown
        for asked, users in self._shared:
            if left & users:
                answer = ask(data, answers, (asked,))
                if answer is False:
                    left &= ~users
                elif answer is None:
                    not_known |= users
        if left & self._with_own:
            left, not_known = self._ask_each(data, answers, left, not_known)
        not_known &= left
        sure = left ^ not_known
        found = self._sure if sure == self._all else pick(self._sure, sure)
        return sorted([*found, *pick(self._open, not_known)]) if not_known else found

    def _ask_each(self, data: Mapping[str, Any], answers: Answers, left: int, not_known: int) -> tuple[int, int]:
        false, unknown = [], []
        for place in places_of(left & self._with_own):
            answer = ask(data, answers, self._own[place])
            if answer is False:
                false.append(place)
            elif answer is None:
                unknown.append(place)
        return left ^ bits(false), not_known | bits(unknown)


def group_of(members: Sequence[Member], questions: Questions) -> Few | Many:
    """Return the group that asks these workflows at the least cost."""
    return (Few if len(members) <= FEW else Many)(members, questions)


def known(candidate: Candidate) -> Candidate:
    """Return a candidate as one that is known to match."""
    return Candidate(candidate.rank, candidate.name, candidate.workflow, candidate.trigger, known=True)


def open_(conjuncts: Iterable[Conjunct]) -> bool:
    """Return whether a conjunct cannot be asked of the data alone."""
    return any(each.test is None for each in conjuncts)


def _tabled(place: int, each: Conjunct, equal: dict[Any, dict[int, IndexKey]], bounds: dict[Any, dict[int, IndexRange]]) -> bool:
    """Put a conjunct into a table; a second one of a workflow in the same table is asked by itself."""
    form = each.form
    if isinstance(form, IndexKey) and place not in equal.setdefault(form.path, {}):
        equal[form.path][place] = form
        return True
    if isinstance(form, IndexRange) and place not in bounds.setdefault((form.path, form.op in ("gt", "gteq")), {}):
        bounds[form.path, form.op in ("gt", "gteq")][place] = form
        return True
    return False
