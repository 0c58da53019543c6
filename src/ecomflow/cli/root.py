"""The command ``ecomflow``: a table of commands, each imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "Begin": {
        "init": "Make a project that already works offline.",
        "demo": "Show carts, restocks, returns and tickets, from nothing.",
        "check": "Show every fault of every file.",
        "test": "Run the *.test.yaml cases on virtual time.",
        "plan": "Tell what would happen for an event; do nothing.",
        "describe": "Tell a workflow in plain words.",
        "explain": "Tell more about a fault's code, such as EF112.",
        "plugin": "Make a plugin, or hold one against the contract.",
    },
    "Write": {
        "actions": "List the actions that are installed, or tell all of one.",
        "triggers": "List the kinds of triggers, or tell all of one.",
        "event-types": "List the types of events, or tell all of one.",
        "schema": "Print the JSON Schema that editors complete and check with.",
    },
    "Run": {
        "serve": "Be the engine: timers, actions, what others leave.",
        "run": "Start one run for real and follow it.",
        "emit": "Put an event in.",
        "deploy": "Make edited files current.",
    },
    "Look": {
        "events": "List the newest events with what became of each.",
        "runs": "List runs.",
        "show": "Tell a run's story.",
        "why": "Tell why an event did what it did.",
        "audit": "List who asked for what.",
        "local": "Look at and change records of the embedded desk.",
        "plugins": "List what is installed, and what is wrong with it.",
    },
    "Decide": {
        "approve": "Approve what a run asks for.",
        "reject": "Reject what a run asks for.",
        "cancel": "End runs.",
        "retry": "Let failed or blocked runs go on.",
        "skip": "Settle a call in doubt with a result.",
        "pause": "Hold new starts and actions; events are kept.",
        "resume": "Let what was paused go on.",
        "erase": "Take a person out of all that the shop keeps.",
    },
    "Care": {
        "doctor": "Look over an installation: what is wrong, and what to do.",
        "store": "Copy the store, put a copy back, check it, drop what is over.",
    },
}
COMMANDS: Final = {name: text for section in SECTIONS.values() for name, text in section.items()}


class Commands(click.Group):
    """A group whose commands are modules of their own, one a file."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"ecomflow.cli.commands.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; for a name that is none, say which is nearest."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1)
            ctx.fail(f"there is no command {name!r}" + (f"; did you mean {near[0]}?" if near else "; --help lists them"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table, without importing what it lists."""
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"ecomflow {version('ecomflow')}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with `ecomflow init shop`, or look first with `ecomflow demo`. `ecomflow COMMAND --help` tells more.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version and leave."
)
def root() -> None:
    """Workflows for online shops: files that anyone can read, waits that survive anything, an answer to why."""
