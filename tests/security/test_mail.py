"""Attacks 40 to 45: values of events that try to become headers, recipients, markup or loops."""

import asyncio

import pytest

from ecomflow import Permanent
from ecomflow.registry import Registry

REGISTRY = Registry.load()


@pytest.fixture
def deliver(mailbox, make_call, tmp_path):
    def send(params, **settings):
        known = {"host": "127.0.0.1", "port": mailbox.port, "from": "shop@acme.example", "starttls": False, **settings}
        connection = REGISTRY.open_connection("mail", "smtp", known, tmp_path)
        complete = {"to": "ana@example.com", "subject": "s", "text": "t", **params}
        return asyncio.run(REGISTRY.action("email.send").call(make_call(connection), complete))

    return send


@pytest.mark.attack(40)
@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: eve@evil.example", "a\nb", "a\rb", "a\u2028b", "a\u2029b", "a\x85b", "a\x00b", "a\x0bb"], ids=repr
)
@pytest.mark.parametrize("place", ["subject", "template"])
def test_attack_40_line_breaks_in_the_subject(deliver, mailbox, subject, place):
    params = {"subject": subject} if place == "subject" else {"subject": None, "text": None, "template": {"text": "t", "subject": subject}}
    with pytest.raises(Permanent, match="line break or control character"):
        deliver(params)
    assert mailbox.messages == []


@pytest.mark.parametrize("name", ["X\r\nBcc: eve@evil.example\r\nY", "X Y", "X:", "", "Ü", "X\n"], ids=repr)
@pytest.mark.attack(41)
def test_attack_41_line_breaks_in_the_name_of_a_header(deliver, mailbox, name):
    with pytest.raises(Permanent, match="no name of a header"):
        deliver({"headers": {name: "v"}})
    assert mailbox.messages == []


@pytest.mark.parametrize("value", ["v\r\nBcc: eve@evil.example", "v\u2028w"], ids=repr)
@pytest.mark.attack(41)
def test_attack_41_line_breaks_in_the_value_of_a_header(deliver, mailbox, value):
    with pytest.raises(Permanent, match="line break or control character"):
        deliver({"headers": {"X-A": value}})
    assert mailbox.messages == []


@pytest.mark.attack(41)
@pytest.mark.parametrize("name", ["Bcc", "to", "FROM", "Content-Type", "Resent-To", "Sender", "Message-ID", "Auto-Submitted"])
def test_attack_41_headers_that_say_where_it_goes_cannot_be_set(deliver, mailbox, name):
    with pytest.raises(Permanent, match="cannot be set here"):
        deliver({"headers": {name: "eve@evil.example"}})
    assert mailbox.messages == []


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    "recipient",
    [
        "ana@example.com,eve@evil.example",
        "ana@example.com, Eve <eve@evil.example>",
        "ana@example.com;eve@evil.example",
        "Ana <ana@example.com>,<eve@evil.example>",
        "<ana@example.com>,<eve@evil.example>",
        "ana@example.com>,<eve@evil.example",
        "ana@example.com> RCPT TO:<eve@evil.example",
        "ana@example.com\r\nBcc: eve@evil.example",
        "ana@example.com\nRCPT TO:<eve@evil.example>",
        "ana@example.com\u2028eve@evil.example",
        '"ana@example.com, eve"@evil.example',
        "group: ana@example.com, eve@evil.example;",
        "ana@example.com eve@evil.example",
        "ana@@example.com",
        "ana@[127.0.0.1]",
        "@example.com",
        "ana",
        "",
    ],
    ids=repr,
)
@pytest.mark.parametrize("place", ["to", "cc", "bcc", "reply_to"])
def test_attack_42_a_comma_never_makes_two_recipients(deliver, mailbox, recipient, place):
    if place in {"cc", "bcc", "reply_to"} and not recipient:
        recipient = " "
    with pytest.raises(Permanent, match=r"no e-mail address|would be misread"):
        deliver({place: recipient})
    assert mailbox.envelopes == []


@pytest.mark.attack(42)
def test_attack_42_an_address_with_a_sign_of_smtp_is_one_address(deliver, mailbox):
    deliver({"to": ["o'brien+x/y=z@example.com"]})
    assert mailbox.envelopes[0][1] == ["o'brien+x/y=z@example.com"]


@pytest.mark.attack(43)
def test_attack_43_a_text_is_never_sent_as_html(deliver, mailbox):
    deliver({"text": "<script>alert(1)</script>"})
    assert mailbox.messages[0].get_content_type() == "text/plain"


@pytest.mark.parametrize("mark", list("\u202e\u202d\u2066\u2067\u200f\u061c"), ids=repr)
@pytest.mark.attack(44)
def test_attack_44_marks_that_turn_the_direction_of_a_name(deliver, mailbox, mark):
    with pytest.raises(Permanent, match="would be misread"):
        deliver({}, **{"from": f"Acme {mark}moc.kcatta <shop@acme.example>"})
    assert mailbox.messages == []


@pytest.mark.attack(44)
def test_attack_44_a_name_that_looks_like_an_address(deliver):
    with pytest.raises(Permanent, match="would be misread"):
        deliver({"to": "bank@bank.example <eve@evil.example>"})


@pytest.mark.attack(44)
def test_attack_44_a_domain_of_foreign_letters_travels_in_ascii(deliver, mailbox):
    deliver({}, **{"from": "shop@\u0430cme.example"})  # a Cyrillic a
    assert mailbox.messages[0]["From"].addresses[0].domain == "xn--cme-5cd.example"


@pytest.mark.attack(45)
def test_attack_45_every_mail_says_that_no_program_should_answer_it(deliver, mailbox):
    deliver({})
    assert mailbox.messages[0]["Auto-Submitted"] == "auto-generated"
    with pytest.raises(Permanent, match="cannot be set here"):
        deliver({"headers": {"auto-submitted": "no"}})
