"""demo: the main use from nothing."""

import sys

import pytest

SCENES = []
"""What one demo told; it is played once for all tests that look at it."""


def test_the_four_shoppers(ecomflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = ecomflow("demo", "--json")

    assert result.code == 0
    assert [(run["status"], run["subject"]) for run in result.of("run")][:4] == [
        ("stopped", "checkout-ana"), ("stopped", "checkout-ben"), ("completed", "checkout-cleo"), ("stopped", "checkout-dan"),
    ]  # fmt: skip
    assert [(mail["to"], mail["subject"]) for mail in result.of("mail")][:3] == [
        ("ben@shopper.example", "Ben, your cart is waiting"),
        ("cleo@shopper.example", "Cleo, your cart is waiting"),
        ("cleo@shopper.example", "Ten percent for you"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_people_are_told_that_the_clock_is_virtual(ecomflow):
    lines = ecomflow("demo").out.splitlines()

    assert lines[0].startswith("Virtual clock: ")
    assert "Dan has not agreed to mail" in lines
    assert any("continue_if shopper.accepts_marketing: shopper.accepts_marketing = false, so the run ends here" in line for line in lines)


def test_the_code_of_the_discount_is_in_the_mail(ecomflow, tmp_path):
    mails = ecomflow("demo", "--json", "--keep", tmp_path / "kept").of("mail")
    cleo = ecomflow("runs", "--project", tmp_path / "kept", "--json", "--subject", "checkout-cleo").of("run")[0]
    steps = ecomflow("show", cleo["id"], "--project", tmp_path / "kept", "--json").of("step")

    codes = [step["data"]["result"]["code"] for step in steps if step["entry"] == "attempt" and "code" in (step["data"]["result"] or {})]
    assert codes[0] in mails[2]["text"]


@pytest.fixture
def scene(ecomflow):
    """Return what gives a scene by the beginning of its title: the texts of its lines, and its facts."""
    if not SCENES:
        SCENES.extend(ecomflow("demo", "--json").of("scene"))

    def find(title):
        (found,) = [record for record in SCENES if record["title"].startswith(title)]
        return [text for _, text in found["lines"]], found["facts"]

    return find


def test_two_pieces_are_told_of_twice(scene):
    lines, facts = scene("Back in stock")

    assert [line for line in lines if line.startswith("mail to ")] == [
        "mail to ana@shopper.example: What you waited for is back",
        "mail to ben@shopper.example: What you waited for is back",
    ]
    assert "variants/in_stock, the same again: the event was seen before" in " ".join(lines)
    assert facts == ["still on the waiting list: cleo@shopper.example"]


@pytest.mark.parametrize(
    ("title", "mail", "return_is", "refunds"),
    [
        ("A return worth 40 ", "eva@shopper.example: Your return of order 1061 is accepted", "approved, label ", "40.00 EUR"),
        ("A return worth 400", "finn@shopper.example: Your return of order 1062 is accepted", "approved, label ", "400.00 EUR"),
        ("Another one", "gina@shopper.example: About your return of order 1063", "declined: we cannot take it back", "none"),
        ("A third one", "hugo@shopper.example: About your return of order 1064", "declined: we cannot take it back", "none"),
        ("A return sixty", "ida@shopper.example: About your return of order 1065", "declined: the time for sending it back is over", "none"),
    ],
)  # fmt: skip
def test_returns_end_as_the_rules_say(scene, title, mail, return_is, refunds):
    lines, facts = scene(title)

    assert lines.count(f"mail to {mail}") == 1
    assert facts[0].startswith(f"the return is {return_is}")
    assert facts[1].endswith(f": {refunds}")


def test_people_are_reminded_before_the_time_is_over(scene):
    lines, _ = scene("A third one")

    assert lines.count("mail to ana@acme.example: Reminder: Take back #1064-R1 of order 1064?") == 2


def test_tickets_are_judged_by_what_they_say(scene):
    _, facts = scene("A very important customer")
    lines, nothing = scene("A ticket without a text")

    assert facts == ["the ticket: priority high, team orders, tags vip, change-order"]
    assert "ticket.text is missing" in lines[0]
    assert nothing == ["the ticket: no tags"]


def test_a_missing_extra_is_named(ecomflow, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)

    result = ecomflow("demo")

    assert result.code == 1
    assert "pip install 'ecomflow[demo]'" in result.err
