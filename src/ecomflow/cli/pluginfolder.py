"""The folder of a plugin: the one that ``plugin new`` writes, and the one that ``plugin check`` is pointed at."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecomflow.errors import NotFoundError, RefusedError
from ecomflow.hookspecs import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST: Final = 60
_SUFFIX: Final = ".txt"
"""Of the files of the template, which are no code of this package."""


def write_plugin(name: str, folder: Path) -> list[str]:
    """Write a plugin that installs, with an action and tests that pass.

    Args:
        name: small letters, digits and hyphens; ``ecomflow-`` before it is left out.
        folder: made where it is missing.

    Returns:
        The names of the files, in order.

    Raises:
        RefusedError: the name is none, or the folder holds something; nothing has been written.
    """
    short = name.removeprefix("ecomflow-")
    if not _NAME.fullmatch(short) or len(short) > _LONGEST:
        raise RefusedError(f"{name!r} is no name of a plugin: write small letters, digits and single hyphens, such as giftcard")
    if folder.exists() and any(folder.iterdir()):
        raise RefusedError(f"{folder} is not empty; nothing was written. Choose another with --dir")
    words = {"NAME": short, "NOUN": short.replace("-", "_")}
    found = {_filled(path, words): _filled(text, words) for path, text in sorted(_template(files("ecomflow.cli") / "plugin_template", ""))}
    for path, text in found.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return list(found)


def _template(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _template(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name.removesuffix(_SUFFIX), entry.read_text("utf-8")


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"__{word}__", value)
    return text


def distribution_of(name: str) -> str:
    """Return the distribution that a name or the path of a folder means.

    Args:
        name: of an installed distribution, or the path of a folder with its ``pyproject.toml``.

    Raises:
        NotFoundError: neither is there, or it is not installed.
        RefusedError: the folder holds no plugin.
    """
    folder = Path(name)
    wanted = _project_name(folder) if folder.is_dir() else name
    for each in (wanted, f"ecomflow-{wanted}"):
        try:
            return str(metadata.distribution(each).name)
        except (metadata.PackageNotFoundError, ValueError):
            continue
    how = f"python -m pip install -e {folder}" if folder.is_dir() else f"python -m pip install {wanted}"
    raise NotFoundError(f"{wanted} is not installed in this environment: {how}")


def _project_name(folder: Path) -> str:
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    except FileNotFoundError:
        raise RefusedError(f"{folder} holds no pyproject.toml, so it is no plugin; `ecomflow plugin new NAME` makes one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise RefusedError(f"{folder / 'pyproject.toml'}: it has no readable table [project]: {error}") from None
    name = project.get("name") if isinstance(project, dict) else None
    if not isinstance(name, str) or GROUP not in project.get("entry-points", {}):
        raise RefusedError(f'{folder / "pyproject.toml"}: write a name and [project.entry-points.{GROUP}] with a line such as labels = "acme_labels"')
    return name
