"""``ecomflow demo``: the main use, from nothing, in a moment."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.demo.playing import play
from ecomflow.cli.demo.shoppers import SHOPPERS
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.places import Places
from ecomflow.cli.runrecords import record_of
from ecomflow.cli.standing import standing
from ecomflow.cli.story import Line, Story, say_lines, say_standing
from ecomflow.cli.words import when, zone_of

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.cli.demo.playing import Played
    from ecomflow.cli.demo.post import Mail
    from ecomflow.cli.demo.stage import Told
    from ecomflow.cli.output import Out
    from ecomflow.model import Run

_CLOCK = "Virtual clock: some weeks of a shop pass in a moment, beginning on Monday, 2 March 2026, at 09:00."
_SAFE = "Mail goes to a server on 127.0.0.1 that this command has started itself: nothing leaves this machine."
_LINES = 6


@click.command("demo")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help="Keep the sample project and its store here, to look at with the other commands.")
@common
def command(project: Path, out: Out, keep: Path | None) -> None:  # noqa: ARG001 every command takes a project
    """Show four shoppers who leave a checkout, their runs and their mail; then restocks, returns and tickets in short.

    A real store, real SMTP and the webhooks of a shop; only the clock is virtual, and nothing leaves this machine.
    """
    out.say(_CLOCK)
    out.say(_SAFE)
    with tempfile.TemporaryDirectory(prefix="ecomflow-demo-") as folder:
        played = play(keep or Path(folder))
    _show_runs(out, played)
    _show_mails(out, played)
    _show_scenes(out, played)
    out.say()
    out.say("Next: ", Ink("ecomflow init shop", bold=True), " makes a project of your own; docs/quickstart.md goes on from there.")
    if keep is not None:
        out.say()
        out.say("Kept: look at it with ", Ink(f"ecomflow runs --project {keep}", bold=True))


def _show_runs(out: Out, played: Played) -> None:
    zone = zone_of(played.project.timezone)
    for shopper, run in zip(SHOPPERS, played.runs, strict=False):
        out.record("run", **record_of(run))
        out.say()
        out.say(Ink(f"{shopper.name} {shopper.story}", bold=True))
        workflow = played.workflow(run)
        say_standing(out, run, zone, Places(workflow))
        say_lines(out, Story(run, workflow, zone, "checkout.updated", played.conditions[run.id]).lines(), zone)


def _show_mails(out: Out, played: Played) -> None:
    out.say()
    out.say(Ink(f"Mail that was caught: {len(played.mails)}", bold=True))
    for at, mail in played.mails:
        _show_mail(out, played, at, mail)


def _show_scenes(out: Out, played: Played) -> None:
    runs, mails = played.others
    for run in runs:
        out.record("run", **record_of(run))
    for at, mail in mails:
        out.record("mail", at=at, to=mail.to, subject=mail.subject, text=mail.text)
    out.say()
    out.say(Ink("And in the weeks after, in short", bold=True))
    for scene in played.scenes:
        _show_scene(out, played, scene, [run for run in runs if run.id in scene.runs])


def _show_scene(out: Out, played: Played, scene: Told, runs: list[Run]) -> None:
    zone = zone_of(played.project.timezone)
    out.record("scene", title=scene.title, lines=scene.lines, facts=scene.facts, runs=scene.runs)
    out.say()
    out.say(Ink(scene.title, bold=True))
    say_lines(out, [Line(at, text) for at, text in scene.lines], zone)
    for run in runs:
        out.say("  ", standing(run, zone, Places(played.workflow(run))))
    for fact in scene.facts:
        out.say("  = ", fact)


def _show_mail(out: Out, played: Played, at: datetime, mail: Mail) -> None:
    out.record("mail", at=at, to=mail.to, subject=mail.subject, text=mail.text)
    out.say()
    out.say("  ", when(at, zone_of(played.project.timezone)), "  to ", mail.to)
    out.say("  subject: ", Ink(mail.subject, bold=True))
    for line in [line for line in mail.text.splitlines() if line.strip()][:_LINES]:
        out.say("    | ", line)
