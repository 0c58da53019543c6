"""Who is sought in what a shop keeps: by the subject that events name, and by texts that mean nobody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import RefusedError
from ecomflow.expressions import subject_text
from ecomflow.matching.tables import look_up

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST: Final = 4
"""Characters of a text that is sought; a shorter one would be found in everything."""

_KIND: Final = re.compile(r"[^\W\d]\w*(\.\w+)*")


class Sought:
    """A person, or whatever else a subject stands for.

    Args:
        kind: the noun of the subject, such as ``customer``, or its path, such as ``customer.id``.
        value: which one.
        also: other texts that mean the same one, such as an e-mail address.

    Attributes:
        kinds: the kinds of subject that are meant (R:S1).
    """

    def __init__(self, kind: str, value: str, also: Iterable[str] = ()) -> None:
        self.kind, self.value, self.also = kind, value, tuple(also)
        self._paths = [kind.split(".")] if "." in kind else [[kind, "id"], [f"{kind}_id"], [kind]]
        if kind.endswith(".id"):
            self._paths.append([f"{kind.removesuffix('.id').rpartition('.')[2]}_id"])
        self.kinds = (kind, kind if "." in kind else f"{kind}.id")

    @classmethod
    def of(cls, subject: str, also: Iterable[str] = ()) -> Sought:
        """Read ``KIND:VALUE``.

        Raises:
            RefusedError: it is not of that form, or another text is too short to mean one person.
        """
        kind, _, value = subject.partition(":")
        if not _KIND.fullmatch(kind) or not value:
            raise RefusedError(f"{subject!r} is no subject: write KIND:VALUE, such as customer:c17")
        for text in (also := tuple(also)):
            if len(text.strip()) < _SHORTEST:
                raise RefusedError(f"{text!r} is too short: it would be found in everything; give at least {_SHORTEST} characters")
        return cls(kind, value, [text.strip() for text in also])

    @property
    def noun(self) -> str:
        """What records of it are called."""
        return self.kind.removesuffix(".id").rpartition(".")[2]

    @property
    def texts(self) -> list[str]:
        """The texts that are sought for, each a beginning of what ``in_text`` finds."""
        return [*(f"{kind}{sign}{self.value}" for kind in self.kinds for sign in ":\x1f"), *self.also]

    def is_subject(self, kind: str | None, value: str | None) -> bool:
        """Return whether a subject is the one that is sought."""
        return value == self.value and kind in self.kinds

    def names(self, value: Any) -> bool:
        """Return whether data name the one that is sought, at the subject's path anywhere in them or by a text."""
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, Mapping):
            return self._at_path(value) or any(self.names(each) for pair in value.items() for each in pair)
        return isinstance(value, (list, tuple)) and any(map(self.names, value))

    def _at_path(self, data: Mapping[str, Any]) -> bool:
        return any(subject_text(look_up(data, path)) == self.value for path in self._paths)

    def in_text(self, text: str | None) -> bool:
        """Return whether a text holds another of its texts, or the subject as a key has it: ``customer.id:c17``."""
        return text is not None and self._texts.search(text) is not None

    def may_stand_in(self, json: str) -> bool:
        """Return whether JSON may name the one that is sought: to ask that first is cheaper than to read it."""
        return self._by_number or "\\" in json or self.value in json or self.in_text(json)

    @cached_property
    def _by_number(self) -> bool:
        return self.value[:1].isdigit() or self.value[:1] == "-"  # 17 may be written 1.7e1

    @cached_property
    def _texts(self) -> re.Pattern[str]:
        own = f"(?<![\\w.])(?:{'|'.join(map(re.escape, self.kinds))})[:\x1f]{re.escape(self.value)}(?!\\w)"
        return re.compile("|".join([own, *map(_whole, self.also)]), re.IGNORECASE)


def _whole(text: str) -> str:
    """Return the pattern of a text that is no part of another: ``ana@shop.example`` is not in ``joana@shop.example``."""
    mail = "@" in text
    before = r"(?<!\w)" + (r"(?<!\w[.+-])" if mail else "")
    after = r"(?!\w)" + (r"(?![.-]\w)" if mail else "")
    return (before if re.match(r"\w", text) else "") + re.escape(text) + (after if re.search(r"\w\Z", text) else "")
