"""The part of the editors' schema that speaks of actions: which are installed, what each takes, which connections fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.language.editorvalues import TEMPLATE, Schema, first_line, opened

if TYPE_CHECKING:
    from ecomflow.language.project import Project
    from ecomflow.model import ActionSpec, Catalog


def action_schema(step: Schema, catalog: Catalog, project: Project | None) -> Schema:
    """Return the schema of a step that calls an action, with one part for each action.

    Args:
        step: the schema of such a step whatever it calls.
        catalog: what is installed.
        project: whose connections and templates are offered; None where any may be there.
    """
    known = sorted(catalog.actions.items())
    step["properties"]["action"] = {
        "description": step["properties"]["action"]["description"],
        "anyOf": [{"const": name, "description": first_line(spec.description)} for name, spec in known],
    }
    step["allOf"] = [{"if": {"properties": {"action": {"const": name}}}, "then": _called(spec, project)} for name, spec in known]
    return step


def _called(spec: ActionSpec, project: Project | None) -> Schema:
    params = {**opened(spec.params, TEMPLATE), "description": f"{first_line(spec.description)} (effect: {spec.effect})"}
    if project is not None:
        _offer_templates(params, spec, project)
    found: Schema = {"properties": {"with": params}}
    if spec.params.get("required"):
        found["required"] = ["with"]
    if project is not None and project.connections:  # without a project file, any name may be meant
        names = sorted(name for name, config in project.connections.items() if config.plugin in spec.connections)
        found["properties"]["connection"] = {"enum": names} if names else False
    return found


def _offer_templates(params: Schema, spec: ActionSpec, project: Project) -> None:
    for name, part in spec.params.get("properties", {}).items():
        if part.get("x-ecomflow") == "template":
            params["properties"][name]["examples"] = _templates(project)


def _templates(project: Project) -> list[str]:
    folder = project.templates
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
