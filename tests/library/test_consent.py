"""Marketing mail by a real engine: a real mail server, the desk in the project, and customers who change their minds (R:P12)."""

import asyncio

import pytest

from ecomflow import Engine
from ecomflow.registry import Registry

SALE = """
name: sale
trigger: {event: sale.began}
actions:
  - id: sent
    action: email.send
    retry: {attempts: 1}
    with: {to: "{{ sale.to }}", subject: Sale, text: Come and see., purpose: "{{ sale.purpose | default('marketing') }}"}
output: {said: "{{ sent.skipped | default('sent') }}"}
"""
ANA = {"id": "k1", "email": "ana@shopper.example", "accepts_marketing": True}


class Shop:
    """A project with a mail server, and with or without a desk that the file names."""

    def __init__(self, folder, port, more):
        self.folder = folder
        (folder / "workflows").mkdir(parents=True)
        (folder / "workflows" / "sale.yaml").write_text(SALE, "utf-8")
        mail = f"mail: {{plugin: smtp, host: 127.0.0.1, port: {port}, from: shop@acme.example, starttls: false}}"
        (folder / "ecomflow.yaml").write_text(f"shop: acme\nconnections:\n  {mail}\n{more}", "utf-8")
        self.desk = Registry.load().open_connection("desk", "local", {}, folder)

    def knows(self, **customer):
        """Put Ana into the desk, or change her."""
        self.desk.put("customer", {**ANA, **customer})

    def sell(self, *events):
        """Let sales begin, one after the other; return what became of each run. An event may be something to do."""
        return asyncio.run(self._sell(events))

    async def _sell(self, events):
        told = []
        async with Engine.open(self.folder) as engine:
            for event in events:
                if callable(event):
                    event()
                    continue
                receipt = await engine.emit("sale.began", {"sale": event})
                run = await engine.wait(receipt.decisions[0].run_id, timeout=30)
                told.append(run.output["said"] if run.status == "completed" else f"failed: {run.error['type']}")
        return told


@pytest.fixture
def shop(tmp_path, mailbox):
    """Return what makes the project, with more in its file."""
    return lambda more="  desk: {plugin: local}\n": Shop(tmp_path / "shop", mailbox.port, more)


def to(mailbox):
    """The recipients of all mail."""
    return [recipient for _, recipients in mailbox.envelopes for recipient in recipients]


def test_a_customer_is_sent_marketing_only_while_they_accept_it(shop, mailbox):
    # Given a customer who accepts marketing, When they take it back between two mails, Then the second is not sent
    acme = shop()
    acme.knows()

    told = acme.sell({"to": "Ana <ANA@shopper.example>"}, lambda: acme.knows(accepts_marketing=False), {"to": "ana@shopper.example"})

    assert told == ["sent", "consent"]
    assert to(mailbox) == ["ANA@shopper.example"]


def test_who_never_said_is_not_sent_it_and_what_they_ordered_is(shop, mailbox):
    acme = shop()
    acme.knows(accepts_marketing=None)

    told = acme.sell({"to": "ana@shopper.example"}, {"to": "bo@shopper.example"}, {"to": "bo@shopper.example", "purpose": "transactional"})

    assert told == ["consent", "consent", "sent"]
    assert to(mailbox) == ["bo@shopper.example"]


def test_one_who_does_not_agree_keeps_it_from_all_recipients(shop, mailbox):
    acme = shop()
    acme.knows()

    assert acme.sell({"to": ["ana@shopper.example", "bo@shopper.example"]}) == ["consent"]
    assert to(mailbox) == []


def test_a_shop_that_names_no_desk_sends_to_whom_nobody_knows_and_never_to_who_said_no(shop, mailbox):
    acme = shop(more="")
    assert acme.sell({"to": "ana@shopper.example"}) == ["sent"]
    acme.knows(accepts_marketing=False)

    assert acme.sell({"to": "ana@shopper.example"}) == ["consent"]
    assert len(mailbox.envelopes) == 1


def test_where_the_desk_cannot_be_asked_nothing_is_sent(shop, mailbox):
    # Given a desk whose file is none, When a mail is to be sent, Then the step fails, and says at what
    acme = shop()
    acme.knows()
    (acme.folder / "var" / "local.db").write_bytes(b"no such file" * 100)

    assert acme.sell({"to": "ana@shopper.example"}) == ["failed: consent"]
    assert to(mailbox) == []
