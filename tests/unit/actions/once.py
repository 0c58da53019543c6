"""A process of its own that carries an action out on a desk: `once.py FOLDER KEY ACTION PARAMS [die]`; begins at a line on stdin."""

import asyncio
import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from ecomflow import ActionCall
from ecomflow.registry import Registry


def main(folder, key, name, params, end=""):
    registry = Registry.load()
    desk = registry.open_connection("desk", "local", {}, Path(folder))
    if end == "die":
        die_inside(desk)
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    call = ActionCall(key, 1, desk, logging.getLogger("test"), now, "acme", "w", "run1", "actions/0", "en")
    print("ready", flush=True)
    sys.stdin.readline()
    answer = asyncio.run(registry.action(name).call(call, json.loads(params)))
    print(json.dumps(answer, default=str), flush=True)


def die_inside(desk):
    """Let the process end inside of the transaction, when the records are changed and the effect is not kept yet."""
    once = desk.once

    def dying(key, work):
        return once(key, lambda records: (work(records), os._exit(9)))

    desk.once = dying


if __name__ == "__main__":
    main(*sys.argv[1:])
