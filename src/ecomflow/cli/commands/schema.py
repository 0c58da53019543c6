"""``ecomflow schema``: the JSON Schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.editors import project_schema_text, workflow_schema_text, write
from ecomflow.cli.options import common
from ecomflow.language import load_project
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from ecomflow.cli.output import Out


@click.command("schema")
@click.option("--of", type=click.Choice(["workflow", "project"]), default="workflow", help="Of a workflow's file, or of ecomflow.yaml.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it here instead of printing it.")
@common
def command(project: Path, out: Out, of: str, output: Path | None) -> None:
    r"""Print the JSON Schema that editors complete and check files with.

    It is that of this installation and project: installed actions with their parameters, triggers, types of events,
    connections, templates. `ecomflow init` writes it to schemas/workflow.json, and files name it in their first line, for
    editors with a YAML language server:

    \b
        # yaml-language-server: $schema=../schemas/workflow.json

    Write it again after a plugin or a connection has come or gone: ecomflow schema --output schemas/workflow.json
    """
    catalog = Registry.load().catalog
    text = project_schema_text(catalog) if of == "project" else workflow_schema_text(catalog, load_project(project, catalog))
    if output is None:
        out.record("schema", of=of, schema=json.loads(text))
        out.document(text)
        return
    write(output, text)
    out.record("file", path=str(output))
    out.say(f"Wrote {output} ({len(text) // 1024} KiB).")
