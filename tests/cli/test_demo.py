"""demo: the main use from nothing."""

import sys


def test_the_four_shoppers(ecomflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = ecomflow("demo", "--json")

    assert result.code == 0
    assert [(run["status"], run["subject"]) for run in result.of("run")] == [
        ("stopped", "checkout-ana"), ("stopped", "checkout-ben"), ("completed", "checkout-cleo"), ("stopped", "checkout-dan"),
    ]  # fmt: skip
    assert [(mail["to"], mail["subject"]) for mail in result.of("mail")] == [
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
    assert codes[0] in mails[-1]["text"]


def test_a_missing_extra_is_named(ecomflow, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)

    result = ecomflow("demo")

    assert result.code == 1
    assert "pip install 'ecomflow[demo]'" in result.err
