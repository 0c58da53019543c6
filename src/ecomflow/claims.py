"""Who claims which name: two distributions with one name, and names one letter away from a built-in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_OWN: Final = "ecomflow"


@dataclass(frozen=True, slots=True)
class Owner:
    """A distribution; without a name it is the caller's own code."""

    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip() or "this program"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a plugin. Severity is ``error`` or ``warning``."""

    distribution: str
    version: str
    message: str
    severity: str = "error"

    def __str__(self) -> str:
        return f"{self.distribution or 'this program'}: {self.message}"


class Claims:
    """Names by kind, with who claimed them.

    A name of ecomflow's own stays its own. One that several distributions claim is taken from all of them, since
    which of them a workflow meant cannot be known. The caller's own code goes before all, whoever comes first.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], tuple[Owner, Any]] = {}
        self._contested: dict[tuple[str, str], list[Owner]] = {}
        self._problems: list[Problem] = []

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was refused or is doubtful, in order."""
        return tuple(self._problems)

    def problem(self, owner: Owner, message: str, severity: str = "error") -> None:
        """Note what is wrong with a distribution."""
        self._problems.append(Problem(owner.distribution, owner.version, message, severity))

    def add(self, kind: str, name: str, thing: Any, owner: Owner) -> None:
        """Claim a name."""
        place = (kind, name)
        holder = self._held.get(place)
        if not owner.distribution or (holder is None and place not in self._contested):
            self._contested.pop(place, None)
            self._held[place] = (owner, thing)
            self._warn_of_likeness(kind, name, owner)
        elif holder is None or holder[0].distribution:
            self._refuse(place, owner, holder[0] if holder else None)

    def of(self, kind: str) -> dict[str, Any]:
        """Return what holds the names of a kind, by name."""
        return {name: thing for (each, name), (_, thing) in sorted(self._held.items(), key=lambda item: item[0]) if each == kind}

    def _refuse(self, place: tuple[str, str], owner: Owner, holder: Owner | None) -> None:
        kind, name = place
        if owner == holder:
            self.problem(owner, f"{kind} {name!r} is registered twice by {owner}; the first is used")
            return
        others = [holder] if holder else self._contested[place]
        self.problem(owner, f"{kind} {name!r} is claimed by {owner} and by {' and by '.join(map(str, others))}; uninstall all but one")
        if not holder or holder.distribution != _OWN:
            self._contested[place] = [*others, owner]
            self._held.pop(place, None)

    def _warn_of_likeness(self, kind: str, name: str, owner: Owner) -> None:
        if owner.distribution in {"", _OWN}:
            return
        for (each, other), (holder, _) in self._held.items():
            if each == kind and holder.distribution == _OWN and one_edit_apart(name, other):
                self.problem(owner, f"{kind} {name!r} of {owner} is one letter away from {other!r} of {holder}", "warning")


def one_edit_apart(left: str, right: str) -> bool:
    """Return whether one letter added, left out, changed or swapped with its neighbour makes one text the other."""
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) > 1 or left == right:
        return False
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start : start + 2] == long[start : start + 2][::-1] and short[start + 2 :] == long[start + 2 :]
    return swapped or short[start + 1 :] == long[start + 1 :]
