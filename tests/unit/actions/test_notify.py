"""notify.send: kept by the embedded desk, sent by a real mail server."""

import asyncio

import pytest

from ecomflow import Permanent


@pytest.fixture
def mail(registry, mailbox, make_call, tmp_path):
    """Return what sends through a mail server."""

    def send(**params):
        settings = {"host": "127.0.0.1", "port": mailbox.port, "from": "Acme <shop@acme.example>", "starttls": False}
        connection = registry.open_connection("mail", "smtp", settings, tmp_path)
        return asyncio.run(registry.action("notify.send").call(make_call(connection, key="k1"), params))

    return send


def test_the_desk_keeps_a_message(do, desk):
    sent = do("notify.send", to="returns", text="A big one", subject="Return", channel="chat")

    assert sent == {
        "id": sent["id"], "to": ["returns"], "subject": "Return", "text": "A big one", "channel": "chat",
        "created_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip
    assert desk.find("message", to="returns") == [sent]


def test_a_mail_goes_to_everybody_once(mail, mailbox):
    sent = mail(to=["ana@acme.example", "bo@acme.example", "ana@acme.example"], text="Only 3 left.\nOrder more?")

    (message,) = mailbox.messages
    assert mailbox.envelopes == [("shop@acme.example", ["ana@acme.example", "bo@acme.example"])]
    assert message["Subject"] == sent["subject"] == "Only 3 left."
    assert message.get_content().splitlines() == ["Only 3 left.", "Order more?"]
    assert (sent["id"], sent["channel"]) == (message["Message-ID"], "email")


def test_a_mail_has_the_subject_that_was_given(mail, mailbox):
    mail(to="ana@acme.example", text="Order more?", subject="Stock", channel="email")

    assert mailbox.messages[0]["Subject"] == "Stock"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"to": [], "text": "x"}, "to: is empty"),
        ({"to": "ana@acme.example", "text": "\n"}, "text: is empty"),
        ({"to": "buyers", "text": "x"}, "'buyers' is no e-mail address"),
        ({"to": "ana@acme.example", "text": "x", "channel": "sms"}, "sends mail alone, not 'sms'"),
        ({"to": "ana@acme.example", "text": "x", "subject": "a\nb"}, "line break"),
    ],
)
def test_what_cannot_be_sent_is_said(mail, mailbox, params, message):
    with pytest.raises(Permanent, match=message):
        mail(**params)
    assert mailbox.messages == []


def test_the_plan(plan):
    assert plan("notify.send", to=["a", "b"], text="Hi") == "tell a, b: Hi"
    assert plan("notify.send", to="a", text="Hi", subject="S") == "tell a: S"
