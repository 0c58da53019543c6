"""``manage.py relay_events``: hands the events of the outbox to ecomflow. One process of it is enough; two do no harm."""

import contextlib
import logging

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ecomflow import Engine, StoreError
from orders.outbox import bell, relay


class Command(BaseCommand):
    """Relay until Ctrl-C, or once."""

    help = "Hand the events of the outbox to ecomflow."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Hand over what is there, and end.")

    def handle(self, *args: object, once: bool, **options: object) -> None:
        engine = Engine.open(settings.ECOMFLOW_PROJECT, role="client").in_thread()
        with engine, bell() as wait, contextlib.suppress(KeyboardInterrupt):
            self.stdout.write("Relaying.")
            while True:
                try:
                    relay(engine)
                except StoreError:  # such as a full disk: the rows stay, and are tried again
                    logging.getLogger("orders").exception("the events are kept, and handed over later")
                if once:
                    return
                wait()
