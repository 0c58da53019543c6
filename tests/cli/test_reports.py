"""`check` in the words of other tools: SARIF and the commands of GitHub's workflows."""

import json

import pytest

from ecomflow.cli.reports import github, sarif
from ecomflow.model import Diagnostic

FAULTY = "name: w\ntrigger: {event: order.created}\nconditions: [order.totl > 5]\nactions: []\n"


@pytest.fixture
def faulty(tmp_path):
    (tmp_path / "a b.yaml").write_text(FAULTY)
    return tmp_path


def assert_sarif(log):
    """Assert what SARIF 2.1.0 requires of a log with results, in the places where ours has something."""
    assert log["version"] == "2.1.0"
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        ids = [rule["id"] for rule in driver["rules"]]
        assert driver["name"]
        assert len(set(ids)) == len(ids)
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        for result in run["results"]:
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in {"none", "note", "warning", "error"}
            assert result["message"]["text"]
            place = result["locations"][0]["physicalLocation"]
            assert not set(place["artifactLocation"]["uri"]) & set(" \\\n#?")
            region = place["region"]
            assert 1 <= region["startLine"] <= region["endLine"]
            assert 1 <= region["startColumn"] < region["endColumn"]


def test_sarif_names_the_place_and_the_rule(ecomflow, faulty):
    # Given a workflow with a wrong field, When it is checked for code scanning,
    result = ecomflow("check", "--project", faulty, "--format", "sarif")
    # Then it is one SARIF document, with the fault at its place.
    log = json.loads(result.out)
    assert_sarif(log)
    (found,) = [each for each in log["runs"][0]["results"] if each["level"] == "error"]
    place = found["locations"][0]["physicalLocation"]
    assert (result.code, found["ruleId"]) == (1, "EF112")
    assert place == {"artifactLocation": {"uri": "a%20b.yaml"}, "region": {"startLine": 3, "startColumn": 20, "endLine": 3, "endColumn": 24}}


def test_sarif_of_no_faults_is_a_log_too(ecomflow, tmp_path):
    (tmp_path / "w.yaml").write_text(FAULTY.replace("totl", "total"))
    result = ecomflow("check", "--project", tmp_path, "--format", "sarif")
    assert result.code == 0
    assert json.loads(result.out)["runs"][0]["results"] == []


def test_github_marks_the_line(ecomflow, faulty):
    # Given the same, When it is checked in a GitHub workflow, Then its log has a command for each fault, and nothing else
    result = ecomflow("check", "--project", faulty, "--format", "github")
    lines = result.out.splitlines()
    assert all(line.startswith("::") for line in lines)
    assert any(line.startswith("::error file=a b.yaml,line=3,col=20,endColumn=24,title=EF112::") for line in lines)


def test_no_text_of_a_file_becomes_a_command_of_its_own():
    # Given a fault whose texts hold what commands are made of, When it is written, Then it is one command
    fault = Diagnostic("EF112", "100%\r\n::error::evil", "a:b,c\n::warning::.yaml", help="x\ny")
    line = github(fault)
    assert line == "::error file=a%3Ab%2Cc%0A%3A%3Awarning%3A%3A.yaml,line=1,col=1,endColumn=2,title=EF112::100%25%0D%0A::error::evil (x%0Ay)"
    assert_sarif(json.loads(sarif([fault])))
