"""YAML text to positions, to shape, to model, with diagnostics; the only reader of YAML."""

from ecomflow.language.codes import CODES, CodeInfo
from ecomflow.language.editor import workflow_schema
from ecomflow.language.editorproject import project_schema
from ecomflow.language.fitting import schema_fault
from ecomflow.language.load import compile_bundle, load_project
from ecomflow.language.misfits import misfits
from ecomflow.language.offered import TriggerKind, trigger_kinds
from ecomflow.language.project import ConnectionConfig, Project, Retention, Secret
from ecomflow.language.reader import Positions, Reading, read_yaml
from ecomflow.language.render import render_diagnostic
from ecomflow.language.testfile import CaseFile, parse_contract, parse_tests

__all__ = [
    "CODES",
    "CaseFile",
    "CodeInfo",
    "ConnectionConfig",
    "Positions",
    "Project",
    "Reading",
    "Retention",
    "Secret",
    "TriggerKind",
    "compile_bundle",
    "load_project",
    "misfits",
    "parse_contract",
    "parse_tests",
    "project_schema",
    "read_yaml",
    "render_diagnostic",
    "schema_fault",
    "trigger_kinds",
    "workflow_schema",
]
