"""email.send against a real mail server."""

import asyncio

import pytest

from ecomflow import InDoubt, Permanent, Retryable
from ecomflow.registry import Registry

REGISTRY = Registry.load()
RENDERED = {"html": "<p>Hëllo &amp; welcome</p>", "text": "Hëllo", "subject": "From the template"}


@pytest.fixture
def deliver(mailbox, make_call, tmp_path):
    """Return what sends a mail and gives the result; settings of the connection by keyword."""

    def send(params, key="k1", **settings):
        known = {"host": "127.0.0.1", "port": mailbox.port, "from": "Acme Shop <shop@acme.example>", "starttls": False, **settings}
        connection = REGISTRY.open_connection("mail", "smtp", known, tmp_path)
        return asyncio.run(REGISTRY.action("email.send").call(make_call(connection, key=key), params))

    return send


def test_a_text_arrives_as_it_was_given(deliver, mailbox):
    result = deliver({"to": "Ana Müller <ana@example.com>", "subject": "Grüße", "text": "Größe 38\n.\nend"})
    (message,) = mailbox.messages
    assert message["To"].addresses[0].display_name == "Ana Müller"
    assert message["To"].addresses[0].addr_spec == "ana@example.com"
    assert message["Subject"] == "Grüße"
    assert message.get_content().splitlines() == ["Größe 38", ".", "end"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Ecomflow-Purpose"] == "transactional"
    assert message["Date"].datetime.isoformat() == "2026-03-02T09:00:00+00:00"
    assert mailbox.envelopes == [("shop@acme.example", ["ana@example.com"])]
    assert result == {"message_id": message["Message-ID"], "to": ["ana@example.com"], "subject": "Grüße"}


def test_a_template_gives_both_parts_and_its_subject(deliver, mailbox):
    deliver({"to": "ana@example.com", "template": RENDERED, "data": {"code": "x"}})
    (message,) = mailbox.messages
    assert message["Subject"] == "From the template"
    assert message.get_content_type() == "multipart/alternative"
    assert message.get_body(("plain",)).get_content().strip() == "Hëllo"
    assert message.get_body(("html",)).get_content().strip() == RENDERED["html"]


def test_a_given_subject_goes_before_the_templates(deliver, mailbox):
    deliver({"to": "ana@example.com", "template": RENDERED, "subject": "Mine"})
    assert mailbox.messages[0]["Subject"] == "Mine"


@pytest.mark.parametrize(("part", "kind"), [("html", "text/html"), ("text", "text/plain")])
def test_a_template_with_one_part_gives_one(deliver, mailbox, part, kind):
    deliver({"to": "ana@example.com", "subject": "s", "template": {"html": None, "text": None, part: "x"}})
    assert mailbox.messages[0].get_content_type() == kind


def test_the_message_id_belongs_to_the_key(deliver, mailbox):
    for key in ("k1", "k1", "k2"):
        deliver({"to": "ana@example.com", "subject": "s", "text": "t"}, key=key)
    first, again, other = (message["Message-ID"] for message in mailbox.messages)
    assert first == again != other
    assert first.endswith("@acme.example>")


def test_copies_and_answers(deliver, mailbox):
    deliver(
        {"to": ["a@x.example", "b@x.example"], "cc": "c@x.example", "bcc": ["d@x.example", "a@x.example"], "reply_to": "r@x.example",
         "headers": {"X-Order": "17"}, "subject": "s", "text": "t"}
    )  # fmt: skip
    (message,) = mailbox.messages
    assert [a.addr_spec for a in message["To"].addresses] == ["a@x.example", "b@x.example"]
    assert message["Cc"] == "c@x.example"
    assert message["Bcc"] is None
    assert message["Reply-To"] == "r@x.example"
    assert message["X-Order"] == "17"
    assert mailbox.envelopes[0][1] == ["a@x.example", "b@x.example", "c@x.example", "d@x.example"]


def test_marketing_has_a_way_out(deliver, mailbox):
    deliver(
        {"to": "ana+x@example.com", "subject": "s", "text": "t", "purpose": "marketing"},
        unsubscribe="https://acme.example/off?who={email}",
    )
    (message,) = mailbox.messages
    assert message["X-Ecomflow-Purpose"] == "marketing"
    assert message["List-Unsubscribe"] == "<https://acme.example/off?who=ana%2Bx%40example.com>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_a_page_or_for_another_purpose_there_is_no_such_header(deliver, mailbox):
    deliver({"to": "a@x.example", "subject": "s", "text": "t", "purpose": "marketing"})
    deliver({"to": "a@x.example", "subject": "s", "text": "t"}, unsubscribe="https://acme.example/off")
    assert [message["List-Unsubscribe"] for message in mailbox.messages] == [None, None]


def test_marketing_to_several_with_a_personal_page_is_refused(deliver, mailbox):
    with pytest.raises(Permanent, match="goes to one recipient"):
        deliver(
            {"to": ["a@x.example", "b@x.example"], "subject": "s", "text": "t", "purpose": "marketing"},
            unsubscribe="https://acme.example/off?who={email}",
        )
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"subject": "s", "text": "t"}, "to: is required"),
        ({"to": [], "subject": "s", "text": "t"}, "to: is empty"),
        ({"to": None, "subject": "s", "text": "t"}, "expected a text, got none"),
        ({"to": "a@x.example", "text": "t"}, "needs a subject"),
        ({"to": "a@x.example", "subject": "s"}, "either a template or a text"),
        ({"to": "a@x.example", "subject": "s", "text": "t", "template": RENDERED}, "either a template or a text"),
        ({"to": "a@x.example", "subject": "s", "text": "t", "purpose": "spam"}, "expected one of transactional, marketing"),
        ({"to": [f"a{n}@x.example" for n in range(51)], "subject": "s", "text": "t"}, "at most 50"),
    ],
)
def test_what_is_missing_or_wrong_is_said(deliver, mailbox, params, message):
    with pytest.raises(Permanent, match=message):
        deliver(params)
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("command", "reply", "error"),
    [
        ("MAIL", "451 later", Retryable),
        ("MAIL", "550 never", Permanent),
        ("RCPT", "450 greylisted", Retryable),
        ("RCPT", "550 no such user", Permanent),
        ("DATA", "452 full", Retryable),
        ("DATA", "554 spam", Permanent),
    ],
)
def test_the_servers_answer_decides_how_it_failed(deliver, mailbox, command, reply, error):
    mailbox.replies[command] = reply
    with pytest.raises(error, match=reply[:3]) as raised:
        deliver({"to": "ana@example.com", "subject": "s", "text": "t"})
    assert type(raised.value) is error


def test_one_refused_recipient_keeps_the_mail_from_all(deliver, mailbox):
    mailbox.replies["RCPT"] = "550 no such user"
    with pytest.raises(Permanent):
        deliver({"to": ["good@example.com", "bad@example.com"], "subject": "s", "text": "t"})
    assert mailbox.messages == []


def test_a_connection_lost_after_the_message_is_in_doubt(deliver, mailbox):
    mailbox.drop = True
    with pytest.raises(InDoubt):
        deliver({"to": "ana@example.com", "subject": "s", "text": "t"})
    assert len(mailbox.messages) == 1


def test_a_server_that_is_not_there_may_be_there_later(deliver, unused_port):
    with pytest.raises(Retryable, match="cannot be reached"):
        deliver({"to": "ana@example.com", "subject": "s", "text": "t"}, port=unused_port)


def test_encryption_that_the_server_does_not_have_is_permanent(deliver):
    with pytest.raises(Permanent):
        deliver({"to": "ana@example.com", "subject": "s", "text": "t"}, starttls=True)


def test_logging_in_insists_on_encryption(deliver, mailbox):
    with pytest.raises(Permanent):
        deliver({"to": "ana@example.com", "subject": "s", "text": "t"}, starttls=None, username="u", password="p" * 8)
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("params", "plan"),
    [
        ({"to": "a@x.example", "subject": "Hi"}, "e-mail to a@x.example: Hi"),
        ({"to": ["a@x.example", "b@x.example"], "template": RENDERED}, "e-mail to a@x.example, b@x.example: From the template"),
        ({"to": "a@x.example", "template": "late.html"}, "e-mail to a@x.example: late.html"),
        ({}, "e-mail to None"),
    ],
)
def test_the_plan(params, plan):
    assert REGISTRY.action("email.send").plan(params) == plan
