"""Every public name stands in docs/python.md with its exact arguments, every value of an enumeration with its word."""

import inspect
import re
from enum import Enum

import pytest
from pages import page

import ecomflow
import ecomflow.testing
from ecomflow.runtime.thread import EngineThread

PYTHON = page("docs/python.md")
PUBLIC = [(module, name) for module in (ecomflow, ecomflow.testing) for name in module.__all__]
WITH_METHODS = {"Engine", "Simulation"}
"""Classes that are used by their methods; of the others the fields are the arguments."""


class _Some:
    def __repr__(self):
        return "…"


def _shown(default):
    return (
        default
        if default is inspect.Parameter.empty or isinstance(default, (str, int, float, tuple, type(None)))
        else _Some()
    )


def signature(name, of):
    """Return a function or class as it is called, without annotations."""
    found = inspect.signature(of)
    given = [each for each in found.parameters.values() if each.name != "self"]
    plain = [each.replace(annotation=each.empty, default=_shown(each.default)) for each in given]
    return f"{name}{found.replace(parameters=plain, return_annotation=found.empty)}"


def methods(name, of):
    public = [each for each in list(vars(of)) if not each.startswith("_") and each != "runtime"]
    return [
        f"{name}.{each}" if isinstance(vars(of)[each], property) else signature(f"{name}.{each}", getattr(of, each))
        for each in public
    ]


def expected(name, of):
    """Return what must stand in backticks for a public name."""
    plain = not (inspect.isclass(of) or inspect.isfunction(of)) or (inspect.isclass(of) and issubclass(of, Enum))
    if plain or (inspect.isclass(of) and issubclass(of, Exception) and of.__init__ is Exception.__init__):
        return [name]  # an annotation, a marker, an enumeration, an error with a message alone
    return methods(name, of) if name in WITH_METHODS else [signature(name, of)]


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=[f"{module.__name__}.{name}" for module, name in PUBLIC])
def test_public_name_is_documented_with_its_exact_arguments(module, name):
    written = {*PYTHON.named, *re.findall(r"`[^`]*?(FakedCall\([^`]*\))`", PYTHON.text)}

    assert [text for text in expected(name, getattr(module, name)) if text not in written] == []


@pytest.mark.parametrize("kind", [ecomflow.Outcome, ecomflow.RunStatus, ecomflow.Effect])
def test_every_value_of_an_enumeration_is_documented(kind):
    row = next(line for line in PYTHON.text.splitlines() if line.startswith(f"| `{kind.__name__}`"))

    assert f"`{' '.join(kind)}`" in row


def test_every_blocking_method_is_documented():
    section = PYTHON.section("From code that is not asynchronous")

    assert {name for name in vars(EngineThread) if not name.startswith("_")} <= set(re.split(r"[\s`(]+", section))
