"""The names that workflows may have: they become file names, keys and addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ecomflow.language.node import Node

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def check_workflow_name(node: Node, name: str) -> None:
    """Note where a workflow's name is none.

    Args:
        node: the workflow.
        name: its name.
    """
    place = node.get("name") or node
    if not _NAME.fullmatch(name) or ".." in name or name.endswith("."):
        place.fault("EF120", f"`{name[:60]}` is no name of a workflow", "small letters, digits, dots, dashes and underscores, a letter or digit first, at most 100")
    elif _RESERVED.fullmatch(name):
        place.fault("EF120", f"`{name}` is a name that some file systems reserve", "choose another")
