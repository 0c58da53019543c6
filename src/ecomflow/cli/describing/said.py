"""What was said of a workflow: sentences, with sentences inside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ExpressionError
from ecomflow.expressions import parse_duration, wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_BY_ITSELF: Final = frozenset({"appeared", "arrived", "become", "ended", "expired", "failed", "happened", "left", "lapsed", "occurred"})
"""Verbs that nobody does to anything."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence.

    Attributes:
        inside: what stands inside it: a heading such as ``Otherwise``, and its sentences.
    """

    text: str
    inside: tuple[tuple[str, tuple[Said, ...]], ...] = ()


class Words:
    """Says the values of one workflow.

    Args:
        inputs: its inputs with their values.
    """

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._inputs = inputs

    def value(self, value: Any) -> str:
        """Return a value of ``with`` or ``data``: a template, or what it says."""
        if isinstance(value, dict):
            return ", ".join(f"{key} ({self.value(each)})" if isinstance(each, dict) else f"{key}: {self.value(each)}" for key, each in value.items()) or "nothing"
        if isinstance(value, list):
            return wording.joined([self.value(each) for each in value], "and") or "nothing"
        if isinstance(value, bool) or value is None:
            return {True: "yes", False: "no", None: "nothing"}[value]
        return wording.template(value, self._inputs) if isinstance(value, str) else str(value)

    def quoted(self, value: Any) -> Any:
        """Return a value in which what is filled in stands between angle quotes; plain values stay as they are."""
        if isinstance(value, dict):
            return {key: self.quoted(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.quoted(each) for each in value]
        if not isinstance(value, str) or "{{" not in value:
            return value
        said = wording.template(value, self._inputs)
        return said if "«" in said or said == value else _bare(said) if said.startswith('"') else f"«{said}»"

    def phrase(self, text: Any) -> str:
        """Return an expression's value in words."""
        return wording.phrase(text, self._inputs)

    def span(self, text: Any) -> str:
        """Return a span of time in words."""
        said = _bare(self.value(text))
        try:
            return wording.span(parse_duration(said, signed=True))
        except ExpressionError:
            return said

    def condition(self, condition: Any) -> str:
        """Return a condition of any form in one clause."""
        if isinstance(condition, list):
            return wording.joined([self.condition(each) for each in condition], "and") or "always"
        if isinstance(condition, dict):
            return self._mapping(condition)
        return wording.clause(str(condition).lower() if isinstance(condition, bool) else condition, self._inputs)

    def conditions(self, condition: Any) -> list[str]:
        """Return the clauses that must hold altogether."""
        return [self.condition(each) for each in (condition if isinstance(condition, list) else [condition])]

    def _mapping(self, condition: Mapping[str, Any]) -> str:
        said = self._kind(condition)
        return f"{condition['label']} ({said})" if "label" in condition else said

    def _kind(self, condition: Mapping[str, Any]) -> str:
        if "all" in condition:
            return self.condition(condition["all"])
        if "any" in condition:
            return f"either {wording.joined([self.condition(each) for each in _list(condition['any'])], 'or')}"
        if "not" in condition:
            return f"it is not so that {self.condition(condition['not'])}"
        for kind, words in (("some", "for at least one"), ("every", "for each"), ("none", "for none")):
            if kind in condition:
                item = str(condition.get("as", "item")).replace("_", " ")
                return f"{words} of {self.phrase(condition[kind])} (the {item}), {self.condition(condition['if'])}"
        return self.condition(condition.get("if", True))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def event(types: Any) -> str:
    """Return what has happened when an event of a type arrives, in words: ``an order is created``."""
    return wording.joined([_happened(str(each)) for each in _list(types)], "or")


def _happened(type_: str) -> str:
    noun, _, verb = type_.rpartition(".")
    if not noun:
        return f"{type_} happens"
    named = noun.replace(".", " ").replace("_", " ")
    if verb == "*":
        return f"anything happens to {article(named)} (`{type_}`)"
    return f"{article(named)} {'has' if verb in _BY_ITSELF else 'is'} {verb.replace('_', ' ')} (`{type_}`)"


def article(noun: str) -> str:
    """Return a noun with its article."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def capital(text: str) -> str:
    """Return a sentence that begins with a capital letter."""
    return text[:1].upper() + text[1:]
