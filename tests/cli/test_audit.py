"""``ecomflow audit``, and what ``show`` tells of refused decisions."""


def test_who_asked_for_what_is_listed_and_a_refused_decision_is_told(ecomflow, refunds, engine):
    # Given a run that asks finance, and a decision of somebody else, left while no engine ran
    running = engine(refunds)
    run = running.emit("order.created", {"order": {"id": "o1", "email": "a@example.com"}}).decisions[0].run_id
    running.__exit__(None, None, None)
    assert ecomflow("approve", run, "--by", "mallory").code == 0
    running = engine(refunds)
    # When the next engine has seen it, and the right person rejects
    assert ecomflow("deploy", "--by", "bo").code == 0
    assert ecomflow("reject", run, "--by", "ana@acme.example", "--comment", "no").code == 0
    # Then show tells of the refused one, and the audit of all, the newest first
    shown = ecomflow("show", run)
    assert "Decisions that were refused" in shown.out
    assert "mallory may not decide this" in shown.out
    told = [(each["what"], each["who"]) for each in ecomflow("audit", "--json").of("audit")]
    assert told == [("reject", "ana@acme.example"), ("deploy", "bo"), ("approve refused", "mallory")]
    assert [each["run"] for each in ecomflow("audit", "--what", "reject", "--who", "ana@acme.example", "--json").of("audit")] == [run]
    assert ecomflow("audit", "--who", "nobody").out == ""


def test_a_request_that_was_refused_is_not_listed_as_done(ecomflow, refunds, engine):
    # Given a run that waits
    running = engine(refunds)
    run = running.emit("order.created", {"order": {"id": "o1", "email": "a@example.com"}}).decisions[0].run_id
    # When somebody retries it, which is refused, and cancels it
    assert ecomflow("retry", run, "--by", "bo").code == 1
    assert ecomflow("cancel", run, "--by", "bo").code == 0
    # Then the audit has the cancel alone
    assert [each["what"] for each in ecomflow("audit", "--json").of("audit")] == ["cancel"]
