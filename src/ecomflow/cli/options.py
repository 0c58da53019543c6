"""The options that all commands take."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecomflow.cli.logs import send_logs_to_stderr
from ecomflow.cli.output import Out, stdout_for_results

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., int | None]


def common(function: Command) -> Command:
    """Add --project, --json and --debug; the command is called with ``project``, a folder, and ``out``."""

    @click.option(
        "--project", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".", metavar="DIR",
        help="The project's folder; by default the one you are in.",
    )  # fmt: skip
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
    @click.option("--debug", is_flag=True, help="Show stack traces.")
    @wraps(function)
    def called(project: Path, *, as_json: bool, debug: bool, **values: Any) -> int | None:
        send_logs_to_stderr(debug=debug)
        with stdout_for_results():
            return function(project=project, out=Out(as_json=as_json), **values)

    return called


def person(*, required: bool = False) -> Callable[[Command], Command]:
    """Add --by, the name of who asks; by default the name of the login."""
    # Where it is required, no default may be given: click takes None for one.
    default: dict[str, Any] = {} if required else {"default": _login}
    return click.option("--by", **default, required=required, metavar="NAME", help="Who it is that decides or asks; it is kept.")


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
