"""init, check, test, explain: what needs no engine."""

import pytest

from ecomflow import Engine
from ecomflow.cli.template import TEMPLATES


def test_init_makes_a_project_whose_checks_and_tests_pass(ecomflow, shop):
    assert (shop / "var" / "local.db").exists()
    checked, tested = ecomflow("check"), ecomflow("test")

    assert (checked.code, checked.out) == (0, "1 workflow checked: no faults\n")
    assert tested.code == 0
    assert tested.out.splitlines()[-1] == "7 cases passed"


def test_init_tells_what_it_wrote(ecomflow, tmp_path):
    result = ecomflow("init", tmp_path / "new", "--json")

    assert result.code == 0
    paths = [record["path"] for record in result.of("file")]
    assert str(tmp_path / "new" / "workflows" / "abandoned-cart.yaml") in paths
    assert str(tmp_path / "new" / ".gitignore") in paths


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_is_a_project_that_works(ecomflow, engine, monkeypatch, tmp_path, template):
    # Given a project made of a template
    told = ecomflow("init", tmp_path / "new", "--template", template)
    monkeypatch.chdir(tmp_path / "new")

    # Then it is faultless, its cases pass, and what init says to try starts a run.
    assert told.code == ecomflow("check").code == ecomflow("test").code == 0
    engine(tmp_path / "new")
    (first,) = [line.split("  ")[1] for line in told.out.splitlines() if "ecomflow emit" in line]
    assert ecomflow(*first.split()[1:], "--json").of("decision")[0]["outcome"] == "started"


def test_init_overwrites_nothing(ecomflow, tmp_path):
    # Given a folder with a file of somebody's own
    (tmp_path / "ecomflow.yaml").write_text("mine")

    # When
    result = ecomflow("init", tmp_path)

    # Then
    assert result.code == 1
    assert "is there already; nothing was written" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["ecomflow.yaml"]
    assert (tmp_path / "ecomflow.yaml").read_text() == "mine"


@pytest.fixture
def faulty(shop):
    """Return a project with two faults in two files."""
    (shop / "workflows" / "a.yaml").write_text("name: a\ntrigger: {event: order.created}\nactions:\n  - action: email.sent\n")
    (shop / "workflows" / "b.yaml").write_text("name: b\ntrigger: {event: order.created}\nconditions:\n  - order.totl > 1\n")
    return shop


def test_check_shows_every_fault_with_its_place(ecomflow, faulty):
    result = ecomflow("check")

    assert result.code == 1
    assert "error[EF115]" in result.out
    assert "workflows/a.yaml:4:" in result.out
    assert "error[EF112]" in result.out
    assert "did you mean" in result.out
    assert "workflows checked: " in result.out.splitlines()[-1]


def test_check_as_json_has_one_object_a_fault(ecomflow, faulty):
    for words in (["--json"], ["--format", "json"]):
        found = ecomflow("check", *words).records
        assert {"EF112", "EF115"} <= {record["code"] for record in found}
        for record in found:
            assert list(record)[:9] == ["v", "kind", "code", "severity", "file", "line", "column", "message", "help"]
            assert (record["v"], record["kind"]) == (1, "diagnostic")


def test_check_of_a_path_shows_its_faults_alone(ecomflow, faulty):
    result = ecomflow("check", faulty / "workflows" / "b.yaml")

    assert result.code == 1
    assert "EF115" not in result.out


def test_check_of_a_faultless_path_is_fine(ecomflow, faulty):
    assert ecomflow("check", faulty / "workflows" / "abandoned-cart.yaml").code == 0


def test_test_shows_what_differs(ecomflow, shop):
    # Given a case that expects what does not happen
    case = shop / "workflows" / "abandoned-cart.test.yaml"
    case.write_text(case.read_text().replace("{at: 96h, action: discount.create", "{at: 90h, action: discount.create"))

    # When
    people, programs = ecomflow("test"), ecomflow("test", "--json")

    # Then
    assert people.code == programs.code == 1
    assert "FAIL  abandoned-cart.test.yaml: never buys" in people.out
    failed = [record for record in programs.of("case") if not record["passed"]]
    assert [record["name"] for record in failed] == ["never buys"]
    assert programs.of("summary") == [{"v": 1, "kind": "summary", "cases": 7, "failed": 1}]


def test_test_names_branches_that_no_case_reaches(ecomflow, shop):
    case = shop / "workflows" / "abandoned-cart.test.yaml"
    text = case.read_text()
    case.write_text(text[: text.index("  - name: buys after")])

    result = ecomflow("test", case)

    assert "no case reaches" in result.out
    assert ecomflow("test", case, "--json").of("unreached")


def test_test_without_cases_is_3(ecomflow, shop):
    (shop / "workflows" / "abandoned-cart.test.yaml").unlink()

    assert ecomflow("test").code == 3


def test_explain_tells_more(ecomflow):
    result = ecomflow("explain", "ef112")

    assert result.code == 0
    assert result.out.startswith("EF112: unknown field\n")
    assert ecomflow("explain", "EF112", "--json").records[0]["title"] == "unknown field"


def test_explain_without_a_code_lists_all(ecomflow):
    assert ecomflow("explain").out.count("\n") == len(ecomflow("explain", "--json").records) > 30


def test_explain_of_an_unknown_code_is_3(ecomflow):
    assert ecomflow("explain", "EF000").code == 3


def test_looking_makes_no_store(ecomflow, shop):
    for words in (["runs"], ["events"]):
        assert ecomflow(*words).code == 0
    for words in (["show", "r1"], ["why", "e1"], ["cancel", "r1"]):
        assert ecomflow(*words).code == 3

    assert not Engine.open(shop, role="client").store_path.exists()
