"""The rules of the house: who may import whom, sizes, homes of packages, purity, docstrings."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "ecomflow"
FILES = sorted(SRC.rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LAYERS = [
    {"errors", "model"},
    {"expressions"},
    {"language", "core", "policies", "matching"},
    {"registry", "plugins", "hookspecs", "callables", "foreign", "claims", "signatures", "parameters", "extras", "jsontext", "masking"},
    {"store", "runtime"},
    {"testing", "server", "cli"},
]
PLUGGED_IN = {"triggers", "actions", "connections", "commerce"}
HOMES = {
    "yaml": {"language"},
    "jsonschema": {"language"},
    "jinja2": {"expressions"},
    "re2": {"expressions"},
    "pluggy": {"hookspecs", "plugins", "registry"},
    "apscheduler": {"triggers"},
    "apsw": {"store"},
    "temporalio": {"runtime"},
    "click": {"cli"},
    "aiosmtplib": {"connections"},
    "httpx2": {"connections"},
}
IMPURE = {
    "time", "random", "secrets", "uuid", "os", "io", "pathlib", "threading", "asyncio", "socket", "logging", "subprocess",
    "tempfile", "shutil", "sys", "sqlite3", "apsw", "concurrent", "multiprocessing", "select", "selectors",
}  # fmt: skip


def room(path):
    """The top-level part of the package that a file belongs to."""
    first = path.relative_to(SRC).parts[0]
    return first.removesuffix(".py")


def name_of(path):
    parts = path.relative_to(SRC.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in FILES}


def imported(path, *, typing):
    """Every module that a file imports, ours in full."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        inner for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }  # fmt: skip
    for node in ast.walk(tree):
        if node in guarded and not typing:
            continue
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node, full if full in NAMES else node.module


def layer(name):
    return next(number for number, rooms in enumerate(LAYERS) if name in rooms)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_leftward(path):
    mine = room(path)
    if mine == "__init__":
        return
    for _, target in imported(path, typing=True):
        if not target.startswith("ecomflow."):
            continue
        theirs = target.split(".")[1]
        if theirs == mine:
            continue
        assert theirs not in PLUGGED_IN, f"{target} is loaded by name, nobody imports it"
        if mine in PLUGGED_IN:
            assert theirs in {"errors", "model"}, f"a plugin sees the public names alone, not {target}"
        else:
            assert layer(theirs) <= layer(mine), f"{name_of(path)} imports {target}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_packages_are_used_at_their_home(path):
    for _, target in imported(path, typing=False):
        package = target.split(".")[0]
        if package in HOMES:
            assert room(path) in HOMES[package], f"{package} does not live in {name_of(path)}"


@pytest.mark.parametrize("path", [p for p in FILES if room(p) in {"core", "policies", "model"}], ids=name_of)
def test_the_heart_is_pure(path):
    for _, target in imported(path, typing=False):
        assert target.split(".")[0] not in IMPURE, f"{name_of(path)} imports {target}"


def test_no_cycles():
    graph = {
        name: {t for _, t in imported(path, typing=False) if t in NAMES and t != name} for name, path in NAMES.items()
    }
    done, path = set(), []

    def visit(name):
        assert name not in path, "import cycle: " + " -> ".join([*path[path.index(name) :], name])
        if name in done:
            return
        path.append(name)
        for target in graph[name]:
            visit(target)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


@pytest.mark.parametrize("path", [p for p in FILES if room(p) != "cli"], ids=name_of)
def test_no_import_is_hidden_in_a_function(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = [
        node.lineno for function in ast.walk(tree) if isinstance(function, FUNCTIONS) for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]  # fmt: skip
    assert hidden == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_small(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTIONS):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 40, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_modules_and_public_names_are_documented(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module says its purpose in one sentence"
    private = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name.startswith("_")]
    private += [n for n in ast.walk(tree) if isinstance(n, FUNCTIONS)]
    inside = {inner for node in private for inner in ast.walk(node) if inner is not node}
    missing = [
        node.name for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS) and not node.name.startswith("_") and node not in inside
        and not ast.get_docstring(node) and not _is_overload(node)
    ]  # fmt: skip
    assert missing == []


def _is_overload(node):
    names = {ast.unparse(d).split(".")[-1] for d in node.decorator_list}
    return bool(names & {"overload", "override", "setter"}) or ast.unparse(node.body[0]) == "..."
