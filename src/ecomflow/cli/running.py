"""Runs the command line once: what was raised becomes a message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.output import note
from ecomflow.cli.root import root
from ecomflow.errors import CaseError, EcomflowError, NotFoundError, ProjectError

if TYPE_CHECKING:
    from collections.abc import Sequence

FINE: Final = 0
PROBLEMS: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
INTERRUPTED: Final = 130


def run(args: Sequence[str]) -> int:
    """Run a command.

    Args:
        args: the words after ``ecomflow``.

    Returns:
        The exit code: 0 fine, 1 problems found, 2 usage, 3 not found, 130 interrupted.
    """
    debug = "--debug" in args
    try:
        code = root.main(list(args), prog_name="ecomflow", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more (`| head`): what is left to print goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:  # noqa: BLE001 the last place that can tell people what went wrong
        if debug:
            note("".join(traceback.format_exception(error)))
        return _told(error, debug=debug)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else FINE


def _told(error: Exception, *, debug: bool) -> int:
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        return _misused(error)
    if isinstance(error, ProjectError):
        return _faults(error)
    if isinstance(error, (EcomflowError, CaseError)):
        note(f"error: {error}")
        return NOT_FOUND if isinstance(error, NotFoundError) else PROBLEMS
    note(f"error: {type(error).__name__}: {error}")
    if not debug:
        note("This should not happen. --debug shows where it did.")
    return PROBLEMS


def _misused(error: click.ClickException) -> int:
    # Click's own show() would print what was typed with its control characters.
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    usage = error.ctx.get_usage() if isinstance(error, click.UsageError) and error.ctx else ""
    note("\n".join(filter(None, [usage, f"error: {error.format_message()}" if usage else error.format_message()])))
    return error.exit_code


def _faults(error: ProjectError) -> int:
    from ecomflow.cli.diagnostics import show_faults
    from ecomflow.cli.output import Out

    show_faults(Out(as_json=False, to_stderr=True), error.diagnostics)
    return PROBLEMS
