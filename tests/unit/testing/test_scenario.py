"""What happens in a case."""

from datetime import UTC, datetime

import pytest

from ecomflow.errors import CaseError
from ecomflow.testing.scenario import moment, parse_given


def test_an_entry_has_its_word_its_moment_and_what_stands_beside():
    event, restart, decide = parse_given(
        [
            {"at": "2h", "event": "thing.happened", "subject": "t1", "data": {"thing": {}}},
            {"restart": True, "down": "2h"},
            {"at": "3h", "decide": {"approved": True, "by": "ana"}},
        ]
    )

    assert (event.kind, event.body, event.at, event.rest) == ("event", "thing.happened", 7200, {"subject": "t1", "data": {"thing": {}}})
    assert (restart.kind, restart.at, restart.rest) == ("restart", None, {"down": "2h"})
    assert decide.body == {"approved": True, "by": "ana"}


@pytest.mark.parametrize(
    "entries",
    [{}, ["x"], [{"at": "1h"}], [{"at": "soon", "event": "a.b"}], [{"event": "a.b", "dta": {}}], [{"cancel": {"workflw": "w"}}], [{"cancel": "w"}]],
)
def test_other_shapes_are_refused(entries):
    with pytest.raises(CaseError):
        parse_given(entries)


def test_a_moment_without_a_zone_is_utc():
    assert moment("2026-03-02T09:00:00Z") == moment("2026-03-02 09:00") == moment(datetime(2026, 3, 2, 9)) == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_text_that_is_no_moment_is_refused():
    with pytest.raises(CaseError, match="no moment"):
        moment("soon")
