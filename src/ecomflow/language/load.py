"""Reads a project's folder: every file by itself, so that a faulty one never stops the others."""

from __future__ import annotations

import os
from collections import ChainMap
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import LimitError, NotFoundError, ProjectError
from ecomflow.language.bundle import event_types_of, from_plain, version_of
from ecomflow.language.calling import Callee, check_call, endless
from ecomflow.language.declared import Noted
from ecomflow.language.files import decode, read_bytes, read_file, read_text
from ecomflow.language.keeping import Asked, Compiled, Kept, keep, kept_of, uncollected
from ecomflow.language.loops import CALLS, Lead, note_loops
from ecomflow.language.names import EventShapes
from ecomflow.language.nearest import nearest
from ecomflow.language.node import Node
from ecomflow.language.project import PROJECT_FILE, Project, Settings
from ecomflow.language.projectfile import project_settings
from ecomflow.language.reader import read_tree
from ecomflow.language.shelf import Entry, digest_of
from ecomflow.language.summary import workflow_of
from ecomflow.language.surroundings import Surroundings
from ecomflow.language.text import SourceText
from ecomflow.language.workflow import compile_workflow, name_of
from ecomflow.model import known

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ecomflow.language.tree import Tree
    from ecomflow.model import Catalog, Diagnostic, EventType, Workflow

_SUFFIXES: Final = (".yaml", ".yml")
_TEST: Final = ".test"


@uncollected()
def load_project(folder: Path, catalog: Catalog, shelf: Callable[[str], Path | None] = lambda _: None, *, writes: bool = True) -> Project:
    """Read a project.

    Args:
        folder: with an ``ecomflow.yaml``, or a folder of workflows.
        catalog: what is installed.
        shelf: says for a ``store`` in which file is kept what came of the files, for other processes; by default in none, and
            then every file is compiled.
        writes: whether it may be written there, too.

    Returns:
        The project; every fault of every file is in its ``diagnostics``, none is raised.
    """
    root = Path(folder)
    file = root / PROJECT_FILE
    # lexists: a link that leads nowhere is a fault of the project file, not its absence.
    source, tree = read_file(file, root, PROJECT_FILE) if os.path.lexists(file) else (SourceText("", PROJECT_FILE), None)
    settings = project_settings(source, tree, catalog)
    loading = _Loading(root, settings, catalog, source, shelf(settings.store), writes)
    workflows = _folder(root, settings, loading.others, found=os.path.lexists(file))
    if workflows is not None:
        loading.read(workflows)
    if tree is not None:
        loading.check_inputs(Node(source, tree))
    return loading.project()


def _folder(root: Path, settings: Settings, faults: list[Diagnostic], *, found: bool) -> Path | None:
    """Return the folder of workflows, if it is there; that a named one is missing is a fault."""
    folder = root / (settings.workflows or "workflows") if found else root
    if folder.is_dir() and folder.resolve().is_relative_to(root.resolve()):
        return folder
    if settings.workflows or not found:
        place = SourceText("", PROJECT_FILE if found else str(root))
        place.fault("EF103", f"there is no folder {settings.workflows if found else root} in the project", 0, 1)
        faults += place.diagnostics()
    return None


def workflow_files(folder: Path) -> list[Path]:
    """Return the files of workflows in a folder and those below, in order; links to folders are not followed.

    Args:
        folder: where to look.
    """
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        found += [Path(place, name) for name in sorted(names) if _is_workflow(name)]
    return found


def _is_workflow(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in _SUFFIXES and not path.stem.endswith(_TEST) and not name.startswith(".") and name != PROJECT_FILE


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read; ``workflow`` is None where it cannot count."""

    name: str
    source: SourceText
    workflow: Workflow | None
    leads: list[Lead]
    starts: tuple[str, ...] = ()


@dataclass
class _Loading:
    """A project that is being read."""

    root: Path
    settings: Settings
    catalog: Catalog
    source: SourceText
    shelf: Path | None
    writes: bool
    workflows: dict[str, Workflow] = field(default_factory=dict)
    faulty: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)
    declared: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    others: list[Diagnostic] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Neither is written to: the project's own types go before those that are installed.
        self.prefix = self.root.as_posix().rstrip("/") + "/"
        self.kept = kept_of(self.root, self.source.text, self.catalog, self.shelf)
        self.read_now = Kept(self.root, self.source.text, self.kept.declared, shelf=self.shelf if self.writes else None)
        self.installed = Noted(self.kept.declared)
        self.types: Mapping[str, EventType] = ChainMap(self.settings.event_types, self.installed.catalog.event_types)  # type: ignore[arg-type]
        settings = self.settings
        self.around = Surroundings(
            self.installed.catalog, EventShapes(self.types), settings.timezone, settings.locale, calendars=settings.calendars, caps=settings.caps, people=settings.people,
            connections={config.name: config.plugin for config in settings.connections.values()},
            template=template_reader(self.root / settings.templates, self.root), lookback=settings.lookback,
        )  # fmt: skip

    def read(self, folder: Path) -> None:
        """Read every workflow of a folder."""
        read = [self._read(path) for path in workflow_files(folder)]
        self._check_calls(read)
        note_loops({each.name: each.starts for each in read if each.workflow and each.workflow.enabled}, {each.name: each.leads for each in read if each.workflow})
        for each in read:
            self._keep(each)
        keep(self.read_now, self.kept)

    def _read(self, path: Path) -> _Read:
        source = read_text(path, self.root, path.as_posix().removeprefix(self.prefix), below=True)
        found = None if source.faults else self.kept.find(source, self.around.template)
        if found is not None and found.entry.name.casefold() not in self.names:
            return self._read_again(path, source, found)
        return self._read_anew(path, source)

    def _read_again(self, path: Path, source: SourceText, found: Compiled) -> _Read:
        entry = found.entry
        if found.workflow is None and entry.summary is not None:
            found.workflow = workflow_of(entry.summary, partial(self._compile_later, source.text, source.file, entry.name), self.catalog.filters)
        self.names[entry.name.casefold()], source.workflow = source.file, entry.name
        source.faults.extend(entry.faults)
        self.sources[entry.name], self.declared[entry.name] = path, entry.inputs
        self.read_now.files[source.file] = found
        leads = [Lead(how, names, where, partial(node_at, source, where)) for how, names, where in entry.leads]
        return _Read(entry.name, source, found.workflow, leads, entry.starts)

    def _read_anew(self, path: Path, source: SourceText) -> _Read:
        tree = None if source.faults else read_tree(source)
        stem = PurePosixPath(source.file).stem
        name = stem if tree is None else name_of(tree, stem)
        source.workflow = name
        leads: list[Lead] = []
        workflow = None if tree is None else self._compile_now(source, tree, name, leads)
        twin = self.names.setdefault(name.casefold(), source.file)
        if twin != source.file:
            place = tree.at(("name",)) if tree is not None else None
            start, end = (place.start, place.end) if place is not None else (0, 1)
            source.fault("EF121", f"`{name}` is already the name of the workflow in {twin}", start, end, help="rename one of the two")
        self.sources.setdefault(name, path)
        return _Read(name, source, workflow if twin == source.file else None, leads, _starts(workflow))

    def _compile_now(self, source: SourceText, tree: Tree, name: str, leads: list[Lead]) -> Workflow | None:
        """Compile a file, and keep what comes of it."""
        self.declared[name] = declared = _inputs_of(tree)
        asked = Asked(self.around.template)
        self.installed.begin()
        workflow = self._compile(source, tree, name, leads, asked)
        if all(_tree_at(tree, lead.path) is lead.node.tree for lead in leads):
            self.read_now.files[source.file] = Compiled(
                Entry(
                    digest_of(source.text), name, declared, (*source.faults,), asked.digests, self.installed.digests((source.text, *asked.noted.values())),
                    tuple((lead.how, lead.names, lead.path) for lead in leads), _starts(workflow),
                ),
                workflow,
            )  # fmt: skip
        return workflow

    def _compile_later(self, text: str, file: str, name: str) -> Workflow:
        """Compile a file that was without fault the last time, of which nothing has changed."""
        source = SourceText(text, file, workflow=name)
        tree = read_tree(source)
        found = None if tree is None else self._compile(source, tree, name, [], self.around.template)
        if found is None:
            raise ProjectError([fault for fault in source.diagnostics() if fault.severity == "error"])
        return found

    def _check_calls(self, read: list[_Read]) -> None:
        known = {each.name: Callee(self._inputs(each.name), each.workflow.fixed_inputs if each.workflow else ()) for each in read}
        whole = {each.name: each.workflow for each in read if each.workflow}
        for each in read:
            calls = [lead.node for lead in each.leads if lead.how == CALLS]
            for node in calls:
                check_call(node, known)
            way = endless(each.name, whole) if calls and each.workflow else []
            if way:
                first = next(node for node in calls if node.value["call"] == way[1])
                first.fault("EF135", f"{' calls '.join(f'`{name}`' for name in way)}, under no condition: this never ends")

    def _inputs(self, name: str) -> Collection[str] | None:
        return (self.declared[name] or ()) if name in self.declared else None  # its file cannot be read

    def _keep(self, read: _Read) -> None:
        found = read.source.diagnostics()
        self.others += found
        if read.workflow is None or any(fault.severity == "error" for fault in found):
            self.faulty[read.name] = found
        else:
            self.workflows[read.name] = read.workflow

    def _compile(self, source: SourceText, tree: Tree, name: str, leads: list[Lead], template: Callable[[str], str | None]) -> Workflow | None:
        declared = _inputs_of(tree) or ()
        given = {key: value for key, value in self.settings.inputs.get(name, {}).items() if key in declared}
        return compile_workflow(source, tree, replace(self.around, inputs=given, template=template), name, leads)

    def check_inputs(self, node: Node) -> None:
        """Note where the project file sets inputs that no workflow declares."""
        written = node.get("inputs")
        for name, values in written.entries() if written is not None and isinstance(written.value, dict) else ():
            if name not in self.declared and name in self.faulty:
                continue  # its file cannot be read
            if name not in self.declared:
                written.key_fault(name, "EF125", f"there is no workflow `{name[:60]}`", nearest(name, self.declared))  # type: ignore[union-attr] # it has entries
                continue
            declared = self.declared[name] or ()
            for key in values.value if isinstance(values.value, dict) else ():
                if key not in declared:
                    values.key_fault(key, "EF125", f"workflow `{name}` has no input `{key[:60]}`", nearest(key, declared))

    def project(self) -> Project:
        """Return what was read."""
        settings = self.settings
        found = sorted([*self.source.diagnostics(), *self.others], key=lambda fault: (fault.file != PROJECT_FILE, fault.file, fault.line, fault.column))
        return Project(
            root=self.root, shop=settings.shop, timezone=settings.timezone, locale=settings.locale, store=settings.store, deploy=settings.deploy,
            max_starts=settings.max_starts, dedupe_for=settings.dedupe_for, lookback=settings.lookback, retention=settings.retention,
            consent=settings.consent, templates=self.root / settings.templates,
            workflows=self.workflows, faulty=self.faulty, diagnostics=tuple(found), connections=settings.connections, people=settings.people,
            event_types={**known(self.catalog.event_types), **settings.event_types}, sources=self.sources,
        )  # fmt: skip


def _inputs_of(tree: Tree) -> tuple[str, ...] | None:
    """Return the names of the inputs that a file declares, or None where what it declares is no mapping."""
    declared = tree.value.get("inputs") if isinstance(tree.value, dict) else None
    return tuple(declared) if isinstance(declared, dict) else None


def _starts(workflow: Workflow | None) -> tuple[str, ...]:
    return () if workflow is None else tuple(sorted({type_ for trigger in workflow.triggers for type_ in trigger.types}))


def _tree_at(tree: Tree, path: str) -> Tree | None:
    return tree.at([int(part) if part.isdecimal() else part for part in path.split("/")])


def node_at(source: SourceText, path: str) -> Node:
    """Return a step or trigger of a file that was read before."""
    tree = read_tree(SourceText(source.text, source.file))  # its faults are known
    found = None if tree is None else _tree_at(tree, path)
    assert found is not None
    return Node(source, found, path)


def template_reader(folder: Path, root: Path) -> Callable[[str], str | None]:
    """Return the function that gives the text of a template file, or None where there is none.

    Args:
        folder: the folder of template files; names lead only into it.
        root: the project's folder.
    """
    texts: dict[str, str | None] = {}

    def read(name: str) -> str | None:
        if name not in texts:
            texts[name] = _template(folder, root, name)
        return texts[name]

    return read


def _template(folder: Path, root: Path, name: str) -> str | None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\x00" in name or not folder.resolve().is_relative_to(root.resolve()):
        return None
    try:
        return decode(read_bytes(folder / path, folder))
    except (NotFoundError, LimitError):
        return None


def compile_bundle(bundle: Mapping[str, Any], catalog: Catalog) -> Workflow:
    """Compile a version again from its stored form (R:V4).

    Args:
        bundle: as :attr:`ecomflow.model.Workflow.bundle` gave it.
        catalog: what is installed now.

    Raises:
        ProjectError: it names what is no longer installed.
    """
    templates = bundle["templates"]
    around = Surroundings(
        catalog, EventShapes(event_types_of(bundle)), bundle["timezone"], bundle["locale"], from_plain(bundle["inputs"]), from_plain(bundle["calendars"]),
        from_plain(bundle["caps"]), {name: tuple(each) for name, each in bundle["people"].items()}, None, templates.get, float(from_plain(bundle["lookback"])),
    )  # fmt: skip
    source = SourceText(bundle["source"], bundle["file"], workflow=bundle["name"])
    tree = read_tree(source)
    found = compile_workflow(source, tree, around, bundle["name"]) if tree is not None else None
    if found is None:
        raise ProjectError([fault for fault in source.diagnostics() if fault.severity == "error"])
    return replace(found, bundle=bundle, version=version_of(bundle))
