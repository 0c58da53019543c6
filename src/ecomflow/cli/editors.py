"""The JSON Schemas for editors as text, and where a project keeps them."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from ecomflow.jsontext import to_json
from ecomflow.language import load_project, project_schema, workflow_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.language import Project
    from ecomflow.model import Catalog
    from ecomflow.registry import Registry

WORKFLOW: Final = "schemas/workflow.json"
"""Where `init` puts the schema that workflows name in their first line."""
PROJECT: Final = "schemas/project.json"


def workflow_schema_text(catalog: Catalog, project: Project) -> str:
    """Return the schema of a workflow's file.

    Args:
        catalog: what is installed.
        project: what else can be named.
    """
    return _text(workflow_schema(catalog, project))


def project_schema_text(catalog: Catalog) -> str:
    """Return the schema of the project file.

    Args:
        catalog: what is installed.
    """
    return _text(project_schema(catalog))


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(json.loads(to_json(schema)), indent=1) + "\n"


def prepare(folder: Path, written: Sequence[str], registry: Registry) -> list[str]:
    """Write a new project's schemas, and name them in the first line of its files.

    Args:
        folder: the project's.
        written: the files that were made, by their names in the folder.
        registry: what is installed.

    Returns:
        The names of the schemas.
    """
    for name in written:
        schema = _schema_of(name)
        if schema:
            path = folder / name
            path.write_text(f"# yaml-language-server: $schema={schema}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    texts = {WORKFLOW: workflow_schema_text(registry.catalog, load_project(folder, registry.catalog)), PROJECT: project_schema_text(registry.catalog)}
    for name, text in texts.items():
        write(folder / name, text)
    return list(texts)


def _schema_of(name: str) -> str:
    """Return the schema of a file, as the file's own folder names it; an empty text where it has none."""
    if name == "ecomflow.yaml":
        return PROJECT
    parts = PurePosixPath(name).parts
    fits = parts[0] == "workflows" and name.endswith((".yaml", ".yml")) and not name.endswith((".test.yaml", ".test.yml"))
    return "../" * (len(parts) - 1) + WORKFLOW if fits else ""


def write(path: Path, text: str) -> None:
    """Write a schema, with its folder.

    Args:
        path: its file.
        text: the schema.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
