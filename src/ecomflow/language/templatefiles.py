"""Template files that a step names: which of them is meant, and what it includes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from ecomflow.errors import ExpressionError
from ecomflow.expressions import Env, file_template, template_names
from ecomflow.language.draft import NO_TEMPLATE
from ecomflow.language.fitting import described, templated

if TYPE_CHECKING:
    from ecomflow.expressions import Template
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node

_MAX_FILES: Final = 100


def named_template(draft: Draft, node: Node, data: Node | None, names: Names, locale: str) -> Template:
    """Return the template that a file name means; it gives ``{html, text, subject}``.

    Args:
        draft: the workflow in the making.
        node: the file's name.
        data: the mapping that adds to the scope, if there is one.
        names: the names in scope.
        locale: a file made for it (``name.de.html``) is preferred.
    """
    if not isinstance(node.value, str) or templated(node.value):
        node.fault("EF124", f"expected the name of a file under templates/, got {described(node.value)}", "a template's name is constant: to choose between two, use `choose`")
        return NO_TEMPLATE
    main = next((name for name in candidates(node.value, locale) if _source(draft, name) is not None), None)
    if main is None:
        node.fault("EF124", f"there is no file templates/{node.value}")
        return NO_TEMPLATE
    sources = _collect(draft, main, node)
    draft.uses.templates.update(sources)
    rendered = None if data is None else draft.template(data, names)
    env = Env(draft.zone, locale, names.resolve, draft.around.catalog.filters)
    try:
        found = file_template(main, sources, env, rendered)
    except ExpressionError as error:
        node.fault("EF124", error.message, error.help)
        return NO_TEMPLATE
    draft.uses.note(found.paths, draft.around)
    draft.uses.hidden = True
    return found


def candidates(name: str, locale: str) -> list[str]:
    """Return the names of files that a template's name may mean, the preferred one first.

    Args:
        name: such as ``cart.html``.
        locale: such as ``de-AT``.
    """
    path, language = PurePosixPath(name), locale.replace("_", "-").split("-")[0]
    return list(dict.fromkeys([*(str(path.with_suffix(f".{each}{path.suffix}")) for each in (locale, language)), name]))


def _source(draft: Draft, name: str) -> str | None:
    return draft.around.template(name)


def _collect(draft: Draft, main: str, node: Node) -> dict[str, str]:
    """Return the texts of a template and of all that it includes; missing ones are left to the compiler to name."""
    found: dict[str, str] = {}
    waiting = [main]
    while waiting and len(found) < _MAX_FILES:
        name = waiting.pop()
        text = None if name in found else _source(draft, name)
        if text is not None:
            found[name] = text
            waiting += _named(text, name, node)
    return found


def _named(text: str, name: str, node: Node) -> list[str]:
    try:
        return sorted(template_names(text))
    except ExpressionError as error:
        node.fault("EF124", f"template `{name}`: {error.message}", error.help)
        return []


