"""Checks of the project's files: what is wrong with them, and whether they are what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.cli.diagnostics import errors, many
from ecomflow.cli.doctor.findings import fail, ok, some, warn
from ecomflow.cli.folders import PROJECT_FILE, project_of
from ecomflow.cli.sizes import counted
from ecomflow.errors import NotFoundError, ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.doctor.installation import Installation
    from ecomflow.language import Project
    from ecomflow.model import Diagnostic


def project(found: Installation) -> Iterator[Finding]:
    """Look at the files: every fault is counted, the first are named."""
    if found.project is None:
        yield from [] if found.hanging else [_refused(found)]
        return
    said = f"{found.project.shop} in {found.folder.resolve()}, {found.project.timezone}"
    near = project_of(found.folder)
    if near != found.folder.resolve():
        yield warn(f"{found.folder.resolve()} is a folder of workflows without {PROJECT_FILE}, inside the project in {near}", _there(near))
    wrong = errors(found.project.diagnostics)
    doubtful = [fault for fault in found.project.diagnostics if fault.severity == "warning"]
    if wrong:
        yield fail(f"{said}: {many(len(wrong), 'error')}", "`ecomflow check` shows each with its place and the fix", *_lines(wrong))
    if doubtful:
        yield warn(f"{said}: {many(len(doubtful), 'warning')}", "`ecomflow check` shows each with its place and the fix", *_lines(doubtful))
    yield from _workflows(said, found.project, silent=bool(wrong or doubtful))


def _refused(found: Installation) -> Finding:
    if isinstance(found.refusal, ProjectError):
        return fail("the project file cannot be read: shop and store are not known", "`ecomflow check` shows the place and the fix", *_lines(found.refusal.diagnostics))
    if not isinstance(found.refusal, NotFoundError):
        return fail(f"the project cannot be read: {found.refusal}", "run this as the user who runs the engine")
    near = project_of(found.folder)
    remedy = _there(near) if near != found.folder.resolve() else "go to the project's folder, say --project DIR, or make one: `ecomflow init`"
    return fail(f"{found.folder.resolve()} holds no {PROJECT_FILE} and no workflows", remedy)


def _there(folder: Path) -> str:
    return f"the project is in {folder}: go there, or say --project {folder}"


def _workflows(said: str, project: Project, *, silent: bool) -> Iterator[Finding]:
    active = [workflow for workflow in project.workflows.values() if workflow.enabled]
    off = len(project.workflows) - len(active)
    if not active:
        yield warn(f"{said}: no workflow can start", "write one (`ecomflow init DIR --template` has samples), or switch one on: `enabled: true`")
    elif not silent:
        yield ok(f"{said}: {counted(len(active), 'workflow')}{f', {off} switched off' if off else ''}")


def _lines(faults: tuple[Diagnostic, ...] | list[Diagnostic]) -> tuple[str, ...]:
    return some([f"{fault.file}:{fault.line}: {fault.code} {fault.message}" for fault in faults])


def deployed(found: Installation) -> Iterator[Finding]:
    """Look whether the files are what runs: they may have been edited since, or a file may have a fault now."""
    if found.store is None or found.project is None:
        return
    current = dict(found.store.rows("deployments", found.store.shop))
    files = found.project.workflows
    edited = sorted(name for name, workflow in files.items() if current.get(name) != workflow.version)
    gone = sorted(name for name in current if name not in files and name not in found.project.faulty)
    older = sorted(name for name in current if name in found.project.faulty)
    if older:
        yield warn(f"{', '.join(older)}: the file has errors, so the version from before runs on", "mend the file (`ecomflow check`), then `ecomflow deploy`")
    if (edited or gone) and (found.engine or found.project.deploy == "manual"):
        told = [f"{name} is {'edited' if name in current else 'new'}" for name in edited] + [f"the file of {name} is gone" for name in gone]
        yield warn("files are not what runs", "`ecomflow deploy` makes them current", *some(told))
    elif edited or gone:
        yield ok("files have changed since the engine ran: it makes them current when it starts", *some([*edited, *gone]))
    elif not older:
        yield ok("the files are what runs")
