"""The statements of the store."""

from importlib.resources import files


def test_each_statement_has_a_name_of_its_own():
    # Given the file of statements, When two had one name, the first would be lost, Then no two do.
    lines = (files("ecomflow.store") / "queries.sql").read_text("utf-8").splitlines()
    names = [line for line in lines if line.startswith("-- name: ")]
    assert len(names) == len(set(names))
