"""What a plugin's function takes and gives, read from its signature and its docstring."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

from ecomflow.model import MISSING, Page, copied
from ecomflow.parameters import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SECTION = re.compile(r"^(Args|Arguments|Parameters|Returns|Raises|Yields|Example|Examples|Note|Notes|Attributes):\s*$")
_ENTRY = re.compile(r"^\*{0,2}(\w+)(?:\s*\([^)]*\))?:\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Signature:
    """A function as its callers see it.

    Attributes:
        schema: JSON Schema of its parameters, an object.
        result: JSON Schema of what it returns; empty for anything.
        description: the docstring without its sections.
        given: names that the engine itself fills in (``call``, ``root``).
        free: whether it takes parameters of any other name.
        pages: whether what it returns is a page of a list.
    """

    schema: Mapping[str, Any]
    result: Mapping[str, Any]
    description: str
    given: tuple[str, ...]
    free: bool
    kinds: Mapping[str, tuple[str, Kind]]
    pages: bool = False

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call; what is changed in them changes none of the values.

        Raises:
            ValueError: a parameter is missing, unknown or of the wrong type; the message names it.
        """
        arguments, kinds, name = {}, self.kinds, ""
        try:
            for name, value in values.items():
                known = kinds.get(name)
                if known is not None:
                    arguments[known[0]] = known[1].convert(value if type(value) is str else copied(value))
                elif self.free:
                    arguments[name] = copied(value)
                else:
                    raise ValueError("is no parameter")  # noqa: TRY301 told like one that does not fit
        except (ValueError, OverflowError, ArithmeticError) as error:
            raise ValueError(f"{name}: {error}") from error
        for name in self.schema["required"]:
            if name not in values:
                raise ValueError(f"{name}: is required")
        return arguments


def read_signature(function: Callable[..., Any], given: tuple[str, ...] = (), *, result: bool = True) -> Signature:
    """Return what a function takes and gives.

    A default of ``MISSING`` is no value: the parameter is told apart from one that is null. One that ends in an underscore stands for the name without it, since ``from`` is a word of Python.

    Args:
        function: with annotations, and a docstring in Google's form.
        given: names of parameters that the engine fills in.
        result: whether what it returns is a value with a schema.

    Raises:
        TypeError: a parameter has no annotation, or one that no JSON value fits.
    """
    hints = _hints(function, {*given, *(() if result else ("return",))})
    description, texts = parse_docstring(inspect.getdoc(function) or "")
    parameters = inspect.signature(function).parameters.values()
    free = any(each.kind is each.VAR_KEYWORD for each in parameters)
    named = [each for each in parameters if each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY} and each.name not in given]
    kinds = {_outer(each.name): (each.name, _kind(function, each, hints)) for each in named}
    schema = {
        "type": "object",
        "properties": {_outer(each.name): _property(each, kinds, texts) for each in named},
        "required": [_outer(each.name) for each in named if each.default is each.empty],
        "additionalProperties": free,
    }
    returned = kind_of(hints["return"]).schema if "return" in hints else {}
    taken = tuple(each.name for each in parameters if each.name in given)
    return Signature(schema, returned, description, taken, free, kinds, get_origin(hints.get("return")) is Page)


def _hints(function: Callable[..., Any], without: set[str]) -> dict[str, Any]:
    # Annotations that nobody asks for stay texts: what they name may be there for the type checker only.
    plain = inspect.unwrap(function)

    def holder() -> None: ...

    holder.__annotations__ = {name: hint for name, hint in inspect.get_annotations(plain).items() if name not in without}
    return get_type_hints(holder, globalns=getattr(plain, "__globals__", {}), include_extras=True)


def _outer(name: str) -> str:
    return name.removesuffix("_")


def _kind(function: Callable[..., Any], parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Kind:
    where = f"parameter {parameter.name} of {function.__module__}.{function.__qualname__}"
    if parameter.name not in hints:
        raise TypeError(f"{where} has no annotation")
    try:
        return kind_of(hints[parameter.name])
    except TypeError as error:
        raise TypeError(f"{where}: {error}") from error


def _property(parameter: inspect.Parameter, kinds: Mapping[str, tuple[str, Kind]], texts: Mapping[str, str]) -> dict[str, Any]:
    schema = dict(kinds[_outer(parameter.name)][1].schema)
    if text := texts.get(parameter.name):
        schema["description"] = text
    if not any(parameter.default is each for each in (parameter.empty, None, MISSING)):
        schema["default"] = parameter.default
    return schema


def parse_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return the description and the texts of the arguments from a docstring in Google's form."""
    description: list[str] = []
    arguments: dict[str, str] = {}
    section = name = ""
    for line in text.splitlines():
        if heading := _SECTION.match(line):
            section = heading[1]
        elif not section:
            description.append(line)
        elif section in {"Args", "Arguments", "Parameters"}:
            name = _note(line, name, arguments)
    return "\n".join(description).strip(), arguments


def _note(line: str, name: str, arguments: dict[str, str]) -> str:
    """Add a line of the arguments' section; return the argument that it belongs to."""
    text = line.strip()
    depth = len(line) - len(line.lstrip())
    entry = _ENTRY.match(text)
    if entry and depth <= 4:  # deeper lines go on with the entry above
        arguments[entry[1]] = entry[2]
        return entry[1]
    if text and name:
        arguments[name] = f"{arguments[name]} {text}".strip()
    return name
