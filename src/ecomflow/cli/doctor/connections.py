"""Checks of what workflows reach outside through: connections, their settings, secrets and extras. Nothing is reached."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from ecomflow.cli.doctor.findings import fail, ok, warn
from ecomflow.cli.folders import PROJECT_FILE
from ecomflow.errors import NotFoundError
from ecomflow.extras import missing_in
from ecomflow.masking import MIN_LENGTH
from ecomflow.model import ActionStep
from ecomflow.runtime.outgoing import chosen
from ecomflow.runtime.secrets import read_secret, resolve, secret_file, secrets_of
from ecomflow.testing.steps import every_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecomflow.callables import Opener
    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.doctor.installation import Installation
    from ecomflow.language import ConnectionConfig, Project
    from ecomflow.registry import Registry


def connections(found: Installation) -> Iterator[Finding]:
    """Look at every connection that workflows use, and every one that is configured."""
    if found.project is None:
        return
    used, lacking = _used(found.project, found.registry)
    for (action, kinds), names in lacking.items():
        yield fail(
            f"{action} ({', '.join(names)}) needs a connection of kind {kinds}, and the project has none",
            f"define one under `connections` in {PROJECT_FILE}",
        )  # fmt: skip
    for name, config in found.project.connections.items():
        findings = list(_connection(config, found.project, found.registry, used.get(name, [])))
        yield from findings or [ok(_called(config, used.get(name, [])))]
    if not lacking and not found.project.connections:
        yield ok("none is configured, and none is needed")


def _used(project: Project, registry: Registry) -> tuple[dict[str, list[str]], dict[tuple[str, str], list[str]]]:
    """Return the workflows that use each connection, and for each action those that miss one."""
    used: dict[str, list[str]] = {}
    lacking: dict[tuple[str, str], list[str]] = {}
    for workflow in project.workflows.values():
        for step in every_step(workflow.actions) if workflow.enabled else ():
            spec = registry.action(step.action).spec if isinstance(step, ActionStep) else None
            if spec is None or not spec.connections:
                continue
            name = (step.connection if isinstance(step, ActionStep) else None) or chosen(spec, project.connections)
            place = lacking.setdefault((spec.name, " or ".join(spec.connections)), []) if name is None else used.setdefault(name, [])
            if workflow.name not in place:
                place.append(workflow.name)
    return used, {key: names for key, names in lacking.items() if names}


def _called(config: ConnectionConfig, users: Sequence[str]) -> str:
    by = f"used by {', '.join(users[:3])}{f' and {len(users) - 3} more' if len(users) > 3 else ''}" if users else "no workflow uses it"
    return f"{config.name} ({config.plugin}), {by}"


def _connection(config: ConnectionConfig, project: Project, registry: Registry, users: Sequence[str]) -> Iterator[Finding]:
    said, wrong = _called(config, users), fail if users else warn
    try:
        opener = registry.opener(config.plugin)
    except NotFoundError as error:
        yield wrong(f"{said}: {error}", "install what brings it, or name another kind (`ecomflow plugins`)")
        return
    for missing in missing_in(opener.function.__module__):
        yield wrong(f"{said}: {missing.package} is not installed", f"python -m pip install 'ecomflow[{missing.extra}]'")
    refused = False
    for name in secrets_of(config):
        try:
            secret = read_secret(name, project.root)
        except NotFoundError as error:
            refused = True
            yield wrong(f"{said}: {error}", f"set {name} in the environment of the engine (and of this command), or write it into {secret_file(name, project.root)}, mode 0600")
        else:
            yield from _secret(said, name, secret, project)
    if not refused:
        yield from _settings(said, config, project, opener)


def _secret(said: str, name: str, secret: str, project: Project) -> Iterator[Finding]:
    file = secret_file(name, project.root)
    if not secret:
        yield fail(f"{said}: the secret {name} is empty", f"set {name} in the environment of the engine, or write it into {file}")
    elif len(secret) < MIN_LENGTH:
        yield warn(f"{said}: the secret {name} has fewer than {MIN_LENGTH} characters: it is not kept out of logs and output", "use a longer one")
    if name not in os.environ and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield warn(f"{said}: others may read {file}", f"chmod 600 {file}")


def _settings(said: str, config: ConnectionConfig, project: Project, opener: Opener) -> Iterator[Finding]:
    try:
        opener.signature.bind(resolve(config.settings, project.root))
    except ValueError as error:
        yield fail(f"{said}: {error}", f"mend it under `connections` in {PROJECT_FILE}")
