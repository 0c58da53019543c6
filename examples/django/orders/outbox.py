"""The outbox: events are kept in the transaction of the request, and handed to ecomflow after it, by the relay.

A request writes one more row, and nothing else: it neither waits for a workflow nor fails with one.
"""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ecomflow import EngineThread, EventError, to_json

from .models import OutboxEvent


def tell(type: str, data: dict[str, Any]) -> None:
    """Keep an event in the open transaction. Where that is rolled back, there was no event."""
    OutboxEvent.objects.create(type=type, data=to_json(data))
    transaction.on_commit(wake_relay)


def relay(engine: EngineThread) -> None:
    """Hand over what is not sent yet, oldest first.

    A row is marked only after `emit` has returned, so a kill in between hands it over again: the engine drops the second
    one by its id.
    """
    for event in OutboxEvent.objects.filter(sent_at=None).order_by("id")[:500]:
        try:
            engine.emit(event.type, event.data.encode(), id=str(event.key), source="webshop", time=event.happened_at)
        except EventError as error:  # it never was an event; the others do not wait for it
            event.refused = str(error)
        event.sent_at = timezone.now()
        event.save(update_fields=["sent_at", "refused"])


# --- the bell: a commit wakes the relay at once. A ring that nobody hears costs a second, no event. ---


def wake_relay() -> None:
    """Ring; whether somebody listens or not."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        bell.sendto(b"1", str(settings.ECOMFLOW_BELL))


@contextlib.contextmanager
def bell() -> Iterator[Callable[[], None]]:
    """Give what waits for the next ring, or a second."""
    settings.ECOMFLOW_BELL.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(settings.ECOMFLOW_BELL))
        ear.settimeout(1)

        def wait() -> None:
            with contextlib.suppress(TimeoutError):
                ear.recv(64)

        yield wait
