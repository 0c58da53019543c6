"""Attacks 1 to 13: files that would harm who reads them."""

from __future__ import annotations

import os
import time
from decimal import Decimal
from pathlib import Path

import pytest

from ecomflow.language import load_project, read_yaml
from ecomflow.language import reader as guarded
from ecomflow.model import Catalog

WORKFLOW = "name: w\ntrigger: {event: thing.happened}\nactions: []\n"
SECONDS = 5.0


@pytest.fixture(autouse=True)
def in_bounded_time():
    # Of the processor: what else a machine has to do is no fault of what is tested.
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS


def assert_refused(text: str, code: str, word: str) -> None:
    """Assert that reading gives one fault with this code and word, and no value."""
    reading = read_yaml(text, "f.yaml")
    assert reading.value is None
    assert reading.diagnostics[0].code == code
    assert word in reading.diagnostics[0].message


def loaded(tmp_path: Path, **files: bytes):
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_bytes(content)
    return load_project(tmp_path, Catalog())


def codes(project) -> list[str]:
    return [fault.code for fault in project.diagnostics if fault.severity == "error"]


@pytest.mark.attack(1)
@pytest.mark.parametrize("text", ["[" * 200_000, "[ " * 200_000, "{a: " * 200_000, "- " * 200_000])
def test_attack_1_deep_nesting(text):
    # Given values nested 200,000 levels deep, When they are read, Then that is said, and the process lives
    assert_refused(text, "EF102", "deeper than 100 levels")


@pytest.mark.attack(1)
def test_attack_1_depth_that_is_allowed():
    # Given the deepest that may be, When it is read, Then it is a value
    assert read_yaml("[" * 100 + "]" * 100, "f.yaml").value is not None
    assert_refused("[" * 101 + "]" * 101, "EF102", "deeper than 100 levels")


@pytest.mark.attack(2)
def test_attack_2_alias_bomb():
    # Given nine values of nine aliases each, nine levels deep
    lines = ["a0: &a0 [" + ", ".join(["lol"] * 9) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 9)]
    # When they are read, Then repeated values are counted each time
    assert_refused("\n".join(lines), "EF102", "more than 100,000 values")


@pytest.mark.attack(3)
def test_attack_3_merge_key_bomb():
    # Given merge keys on merge keys
    lines = ["a0: &a0 {k: v}", *(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 9))]
    # When they are read, Then merge keys are refused
    assert_refused("\n".join(lines), "EF105", "merge keys")


@pytest.mark.attack(3)
def test_attack_3_a_quoted_merge_key_is_a_name():
    # Given `<<` in quotes, When it is read, Then it is a key as any other
    assert read_yaml('"<<": 1', "f.yaml").value == {"<<": 1}


@pytest.mark.attack(4)
@pytest.mark.parametrize("text", ["a: &a [*a]", "&a {b: *a}", "&a [[[*a]]]"])
def test_attack_4_recursive_anchor(text):
    # Given a value inside of itself, When it is read, Then it is refused
    assert_refused(text, "EF105", "inside of what it repeats")


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [true]", "!!python/name:os.system", "!x 1", "!!str 1", "!!binary aGk=", "!<tag:x,2000:y> z"])
@pytest.mark.attack(5)
def test_attack_5_tags(tag):
    # Given a value with a tag, When it is read, Then it is refused
    assert_refused(f"a: {tag}", "EF105", "tags such as")


@pytest.mark.attack(6)
@pytest.mark.parametrize(
    "keys", [("a", "a"), ("'a'", "a"), ('"a"', "'a'"), ("caf\u00e9", "cafe\u0301"), ("a\u200bb", "ab"), ("a\u2060", "a"), ("\ufeffa", "a"), ("a\u00adb", "ab")]
)
def test_attack_6_duplicate_keys(keys):
    # Given two keys that are or look the same, When they are read, Then both are named
    assert_refused(f"x:\n  {keys[0]}: 1\n  {keys[1]}: 2\n", "EF104", "the key")


@pytest.mark.attack(6)
def test_attack_6_every_duplicate_is_told():
    # Given three duplicates, When they are read, Then each has its place
    assert [fault.line for fault in read_yaml("a: 1\na: 2\nb: 1\nb: 2\n", "f.yaml").diagnostics] == [2, 4]


@pytest.mark.attack(7)
def test_attack_7_types():
    # Given words that YAML 1.1 takes for other values
    reading = read_yaml("[on, off, yes, NO, 0123, 12:30, 1_000, 0o17, 2026-03-02, 1.10]", "f.yaml")
    # When they are read, Then they are texts, and a number with a point is a decimal
    assert reading.value == ["on", "off", "yes", "NO", "0123", "12:30", "1_000", "0o17", "2026-03-02", Decimal("1.10")]


@pytest.mark.attack(7)
@pytest.mark.parametrize("number", ["1e400", "9" * 5000, "1e-400", "1e99999999999"])
def test_attack_7_numbers_out_of_range(number):
    # Given a number that nothing can hold, When it is read, Then it is refused
    assert_refused(f"a: {number}", "EF102", "number")


@pytest.mark.attack(8)
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (WORKFLOW.encode("utf-16"), "EF106"),
        (WORKFLOW.encode("utf-16-be"), "EF106"),
        (WORKFLOW.encode() + b"description: \x00\n", "EF106"),
        (WORKFLOW.encode() + b"description: \xff\n", "EF106"),
        (WORKFLOW.encode() + b"description: \xed\xa0\x80\n", "EF106"),
        (WORKFLOW.encode() + b'description: "\\ud800"\n', "EF101"),
        (WORKFLOW.encode() + b'description: "\\0"\n', "EF106"),
        (WORKFLOW.encode() + b"description: \x1b[31m\n", "EF106"),
        (WORKFLOW.encode() + b"description:\n\tx: y\n", "EF101"),
    ],
)
def test_attack_8_encodings(tmp_path, content, code):
    # Given a file in another encoding, or with what is no text, When it is loaded
    project = loaded(tmp_path, w=content)
    # Then that is said and nothing runs
    assert codes(project) == [code]
    assert project.workflows == {}


@pytest.mark.attack(8)
@pytest.mark.parametrize("content", [WORKFLOW, WORKFLOW.removeprefix("name: w\n")])
def test_attack_8_the_name_of_a_file_is_no_utf_8(tmp_path, content):
    # Given a file whose name is Latin 1, as some archives unpack it, beside a good one
    Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.yaml")).write_text(content, encoding="utf-8")
    # When the project is loaded
    project = loaded(tmp_path, good=b"name: good\n" + WORKFLOW.encode().removeprefix(b"name: w\n"))
    # Then it is said which file does not count, in a way that can be printed, and the other one runs
    assert [(fault.code, fault.file) for fault in project.diagnostics if fault.severity == "error"] == [("EF106", "caf\\udce9.yaml")]
    assert "rename it" in project.diagnostics[0].message
    assert (list(project.faulty), list(project.workflows)) == (["caf\\udce9"], ["good"])


@pytest.mark.attack(8)
@pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + WORKFLOW.encode(), WORKFLOW.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + WORKFLOW.replace("\n", "\r\n").encode()])
def test_attack_8_what_editors_write_is_read(tmp_path, content):
    # Given a byte order mark or carriage returns, When the file is loaded, Then the workflow runs
    assert list(loaded(tmp_path, w=content).workflows) == ["w"]


@pytest.mark.attack(8)
def test_attack_8_a_lone_surrogate_in_a_text(tmp_path):
    # Given half a character, When a text is read, Then it is refused
    assert_refused("a: \ud800", "EF106", "U+D800")


@pytest.mark.attack(9)
def test_attack_9_a_huge_file(tmp_path):
    # Given a file of 100 MB that holds nothing, When it is loaded
    with (tmp_path / "w.yaml").open("wb") as file:
        file.truncate(100_000_000)
    # Then it is refused without being read
    assert codes(load_project(tmp_path, Catalog())) == ["EF102"]


@pytest.mark.attack(9)
def test_attack_9_many_keys():
    # Given 100,000 keys, When they are read, Then they are too many
    assert_refused("\n".join(f"k{n:x}:" for n in range(100_000)), "EF102", "more than 100,000 values")


@pytest.mark.attack(9)
def test_attack_9_a_huge_scalar(tmp_path):
    # Given a text of more than a megabyte, When it is loaded, Then it is refused
    assert codes(loaded(tmp_path, w=WORKFLOW.encode() + b"description: " + b"x" * 1_048_577)) == ["EF102"]


@pytest.mark.attack(10)
def test_attack_10_several_documents():
    # Given two documents in a file, When they are read, Then the second is refused
    assert_refused("a: 1\n---\nb: 2\n", "EF105", "one document")


@pytest.mark.attack(10)
def test_attack_10_a_first_mark_is_fine():
    # Given one document with its marks, When it is read, Then it is read
    assert read_yaml("---\na: 1\n...\n", "f.yaml").value == {"a": 1}


@pytest.mark.attack(11)
@pytest.mark.parametrize("text", ["1: a", "true: a", "null: a", "1.5: a", "? [a]\n: 1", "{[a]: 1}", "{{a: 1}: 2}", "? " * 200_000])
def test_attack_11_keys_that_are_no_text(text):
    # Given a key that is no text, When it is read, Then it is refused
    assert_refused(text, "EF105", "a key is a text")


@pytest.mark.attack(12)
def test_attack_12_a_link_that_leads_outside(tmp_path):
    # Given a link to a file outside of the project
    outside = tmp_path / "outside.yaml"
    outside.write_text(WORKFLOW)
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "w.yaml").symlink_to(outside)
    # When the project is loaded, Then it is not read
    project = load_project(shop, Catalog())
    assert codes(project) == ["EF103"]
    assert "outside" in project.diagnostics[0].message


@pytest.mark.attack(12)
def test_attack_12_a_link_inside_is_fine(tmp_path):
    # Given a link to a file of the project, When it is loaded, Then it is read
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.txt").write_text(WORKFLOW)
    (tmp_path / "w.yaml").symlink_to(tmp_path / "real" / "x.txt")
    assert list(load_project(tmp_path, Catalog()).workflows) == ["w"]


@pytest.mark.attack(12)
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("/dev/zero"), lambda path: Path(path).symlink_to("gone"), os.mkdir])
def test_attack_12_no_ordinary_file(tmp_path, make):
    # Given a pipe, a device, a link to nothing or a folder as a workflow's file
    make(tmp_path / "w.yaml")
    (tmp_path / "good.yaml").write_text(WORKFLOW.replace("name: w", "name: good"))
    # When the project is loaded
    project = load_project(tmp_path, Catalog())
    # Then it does not wait for it, and reads the others
    assert list(project.workflows) == ["good"]
    assert set(codes(project)) <= {"EF103"}


@pytest.mark.attack(12)
def test_attack_12_a_pipe_as_project_file(tmp_path):
    # Given a pipe as project file, When the project is loaded, Then that is said
    os.mkfifo(tmp_path / "ecomflow.yaml")
    assert "EF103" in codes(load_project(tmp_path, Catalog()))


@pytest.mark.attack(12)
def test_attack_12_folders_that_lead_outside(tmp_path):
    # Given a project file that names folders outside of it
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "w.yaml").write_text(WORKFLOW)
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "ecomflow.yaml").write_text("workflows: ../outside\n")
    # When it is loaded
    project = load_project(shop, Catalog())
    # Then nothing there is read
    assert (codes(project), dict(project.workflows)) == (["EF103"], {})


@pytest.mark.attack(13)
@pytest.mark.parametrize("name", ["../../etc/x", "a/b", "CON", "con", "nul.txt", "lpt1", "-rf", "a" * 300, "%2e%2e", "..", "a..b", "A", "a b", "a\\b", "é", ".", "x.", ""])
def test_attack_13_names(tmp_path, name):
    # Given a name that a file system, a shell or an address reads in its own way
    project = loaded(tmp_path, w=WORKFLOW.replace("name: w", f"name: '{name}'").encode())
    # When it is loaded, Then it is refused
    assert codes(project) == ["EF120"]


@pytest.mark.attack(13)
def test_attack_13_names_that_differ_in_case_only(tmp_path):
    # Given two files of one name, and one that differs by capitals only
    project = loaded(tmp_path, a=WORKFLOW.encode(), b=WORKFLOW.encode(), c=WORKFLOW.replace("name: w", "name: W").encode())
    # When they are loaded
    found = [(fault.file, fault.code) for fault in project.diagnostics if fault.severity == "error"]
    # Then the first counts and the others are told
    assert ("b.yaml", "EF121") in found
    assert ("c.yaml", "EF121") in found
    assert project.sources["w"].name == "a.yaml"
    assert list(project.workflows) == ["w"]


def test_the_limits_are_those_of_the_documents():
    # Given the limits, When they are compared with what is written, Then they are those
    assert (guarded.MAX_BYTES, guarded.MAX_DEPTH, guarded.MAX_VALUES) == (1_048_576, 100, 100_000)
