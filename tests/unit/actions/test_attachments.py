"""Files in mails of email.send, against a real mail server, and as http.request fetches them."""

import asyncio
from base64 import b64encode

import pytest

from ecomflow import Permanent
from ecomflow.registry import Registry

REGISTRY = Registry.load()
PDF = b"%PDF-1.7\x00\xff\xfe"
GUIDE = {"filename": "guide.pdf", "base64": b64encode(PDF).decode()}


@pytest.fixture
def deliver(mailbox, make_call, tmp_path):
    """Return what sends a mail with these attachments."""

    def send(*attachments, **params):
        known = {"host": "127.0.0.1", "port": mailbox.port, "from": "shop@acme.example", "starttls": False}
        connection = REGISTRY.open_connection("mail", "smtp", known, tmp_path)
        whole = {"to": "ana@example.com", "subject": "s", "text": "Here it is", "attachments": list(attachments), **params}
        return asyncio.run(REGISTRY.action("email.send").call(make_call(connection, key="k1"), whole))

    return send


def test_files_arrive_byte_for_byte_beside_the_text(deliver, mailbox):
    deliver(GUIDE, {"filename": "Größen.txt", "text": "S: 38\n"}, {"filename": "data", "base64": ""})

    (message,) = mailbox.messages
    guide, sizes, data = message.iter_attachments()
    assert message.get_body(("plain",)).get_content().strip() == "Here it is"
    assert (guide.get_filename(), guide.get_content_type(), guide.get_content()) == ("guide.pdf", "application/pdf", PDF)
    assert (sizes.get_filename(), sizes.get_content_type(), sizes.get_payload(decode=True)) == ("Größen.txt", "text/plain", b"S: 38\n")
    assert (data.get_filename(), data.get_content_type(), data.get_content()) == ("data", "application/octet-stream", b"")


def test_a_template_keeps_both_its_parts(deliver, mailbox):
    deliver(GUIDE, text=None, template={"html": "<p>Hi</p>", "text": "Hi", "subject": "s"})

    (message,) = mailbox.messages
    assert message.get_content_type() == "multipart/mixed"
    assert message.get_body(("html",)).get_content().strip() == "<p>Hi</p>"
    assert [each.get_filename() for each in message.iter_attachments()] == ["guide.pdf"]


def test_none_leaves_a_plain_mail(deliver, mailbox):
    deliver()
    assert mailbox.messages[0].get_content_type() == "text/plain"


@pytest.mark.parametrize(
    ("attachment", "message"),
    [
        ({"text": "x"}, "no name of a file"),
        ({"filename": "../../etc/passwd", "text": "x"}, "no name of a file"),
        ({"filename": "a\r\nBcc: b@x.example", "text": "x"}, "no name of a file"),
        ({"filename": "invoice\u202efdp.exe", "text": "x"}, "no name of a file"),
        ({"filename": "..", "text": "x"}, "no name of a file"),
        ({"filename": "a.txt"}, "either a text or base64"),
        ({"filename": "a.txt", "text": "x", "base64": "eA=="}, "either a text or base64"),
        ({"filename": "a.txt", "base64": "no!"}, "no base64"),
        ({"filename": "a.txt", "path": "/etc/passwd"}, "there is no 'path'"),
        ({"filename": "a.txt", "text": "x" * (10 * 1024 * 1024 + 1)}, "at most 10 MiB"),
    ],
)
def test_what_is_no_attachment_is_refused(deliver, mailbox, attachment, message):
    with pytest.raises(Permanent, match=message):
        deliver(attachment)
    assert mailbox.messages == []


def test_a_file_is_fetched_as_base64(web, make_call, tmp_path):
    web.answers["/guide.pdf"] = (200, {"Content-Type": "application/pdf"}, PDF)

    async def fetch():
        connection = REGISTRY.open_connection("hook", "http", {"base_url": web.url, "allow_private": True}, tmp_path)
        try:
            return await REGISTRY.action("http.request").call(make_call(connection), {"path": "/guide.pdf", "base64": True})
        finally:
            await connection.aclose()

    assert asyncio.run(fetch())["body"] == GUIDE["base64"]
