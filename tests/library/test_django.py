"""examples/django: an order and its event commit together, and the event is decided once, whatever dies in between."""

import json
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from kit import PATIENCE, Processes

from ecomflow import Engine

EXAMPLE = Path(__file__).parents[2] / "examples" / "django"
FAULTY = {
    "typo": "name: typo\ntrigger: {event: order.created}\nactions:\n  - {wiat: 1h}\n",
    "failing": "name: failing\ntrigger: {event: order.created}\nactions:\n  - fail: on purpose\n",
}
STOCK = "from orders.models import Product; Product.objects.create(sku='lamp', price='39.90', left=10)"


class Shop:
    """The example in a folder of its own: its web process, its relay, its engine, each started and ended by the test."""

    def __init__(self, folder, processes, port):
        self.folder, self._processes, self._port = folder, processes, port

    def manage(self, *words):
        return self._processes.start(str(self.folder / "manage.py"), *words)

    def python(self, text):
        """Run a program inside Django, as `manage.py shell` does."""
        return self.manage("shell", "--no-imports", "-c", text)

    def web(self):
        return self.manage("runserver", "--noreload", f"127.0.0.1:{self._port}").wait_for("Starting development server")

    def serve(self):
        return self._processes.serve().wait_for('"ready"')

    def relay(self):
        return self.manage("relay_events").wait_for("Relaying.")

    def order(self, quantity=2):
        """Place an order over HTTP; return the status."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("POST", "/orders/", json.dumps({"sku": "lamp", "email": "ana@shopper.example", "quantity": quantity}))
            return connection.getresponse().status
        finally:
            connection.close()

    def outbox(self):
        """Return how many events there are, and how many of them were sent."""
        with closing(sqlite3.connect(self.folder / "shop.sqlite3", timeout=PATIENCE)) as database:
            return database.execute("select count(*), count(sent_at) from orders_outboxevent").fetchone()

    def caught_up(self):
        """Hand over what is left, as a relay that starts again does."""
        once = self.manage("relay_events", "--once")
        assert once.end() == 0, once.said

    def decided(self):
        """Return the runs of the notes, ended, and how often an event came twice, once the engine has decided all."""
        with Engine.open(self.folder, role="client").in_thread() as client:
            client.emit("thing.happened", {}).decided(PATIENCE)  # letters are taken in order: those before it are decided
            records = client._engine.reader().decisions()
            notes = [record.run_id for record in records if record.workflow == "order-note" and record.outcome == "started"]
            assert {str(client.wait(run, PATIENCE).status) for run in notes} <= {"completed"}
            return len(notes), sum(record.outcome == "duplicate" for record in records)


def until(look):
    """Look again until it is so."""
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, "it never was"


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):
    """Return the folder of the example with its tables and some stock; each test has a copy."""
    folder = tmp_path_factory.mktemp("stocked") / "site"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "var", "*.sqlite3*", "*.sock"))
    for name, text in FAULTY.items():
        (folder / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
    with Processes(folder) as processes:
        shop = Shop(folder, processes, 0)
        for start in (lambda: shop.manage("migrate", "-v0"), lambda: shop.python(STOCK)):
            process = start()
            assert process.end() == 0, process.said
    return folder


@pytest.fixture
def site(stocked, tmp_path, unused_port):
    folder = tmp_path / "site"
    shutil.copytree(stocked, folder)
    with Processes(folder) as processes:
        yield Shop(folder, processes, unused_port)


def killed_when(name):
    """Return a relay that is killed at the moment in which it does something to an event."""
    return f"""
import os
from django.conf import settings
from ecomflow import Engine, EngineThread
from orders.models import OutboxEvent
from orders.outbox import relay
{name} = lambda *values, **named: os.kill(os.getpid(), {signal.SIGKILL:d})
with Engine.open(settings.ECOMFLOW_PROJECT, role="client").in_thread() as engine:
    relay(engine)
"""


def test_an_order_and_its_event_commit_together_and_are_decided_once(site):
    # Given all parts running, one faulty workflow and one that fails, When orders are placed, one of them for too much,
    site.serve()
    site.relay()
    site.web()
    assert [site.order(), site.order(99), site.order()] == [201, 409, 201]

    # Then two were placed; the third was rolled back, and with it its event.
    until(lambda: site.outbox() == (2, 2))
    assert site.decided() == (2, 0)


def test_a_request_needs_neither_relay_nor_engine(site):
    # Given nothing but the web process, When it is killed right after the orders, Then nothing is lost:
    web = site.web()
    assert [site.order(1), site.order(2), site.order(3)] == [201] * 3
    web.end(signal.SIGKILL)
    assert site.outbox() == (3, 0)

    # a relay that starts later hands all over, and an engine that starts still later decides each once; one is too small.
    site.caught_up()
    assert site.outbox() == (3, 3)
    site.serve()
    assert site.decided() == (2, 0)


@pytest.mark.parametrize(("moment", "doubles"), [("EngineThread.emit", 0), ("OutboxEvent.save", 1)])
def test_a_relay_that_is_killed_loses_nothing_and_doubles_nothing(site, moment, doubles):
    # Given an order, When the relay is killed before it has emitted, or after that and before it has said so,
    site.serve()
    web = site.web()
    assert site.order() == 201
    web.end(signal.SIGTERM)
    assert site.python(killed_when(moment)).end() == -signal.SIGKILL
    assert site.outbox() == (1, 0)

    # Then the next relay catches up, and the event has one run; what was handed over twice was dropped by its id.
    site.caught_up()
    assert site.outbox() == (1, 1)
    assert site.decided() == (1, doubles)


def test_what_can_never_be_an_event_holds_no_other(site):
    tell = "from orders.outbox import tell; tell('nonsense', {}); tell('order.created', {'order': {'id': '7', 'total': 80, 'email': 'ana@shopper.example'}})"
    assert site.python(tell).end() == 0
    site.caught_up()
    site.serve()

    assert site.outbox() == (2, 2)
    assert site.decided() == (1, 0)
    refused = site.python("from orders.models import OutboxEvent as E; print(*E.objects.exclude(refused='').values_list('type', 'refused'))")
    assert refused.end() == 0
    assert "noun.past_verb" in refused.said["out"]
