"""A program of the shop that erases somebody and dies at the commit of that number: ``erasing.py SHOP NUMBER SUBJECT ALSO``."""

import asyncio
import os
import signal
import sys

from ecomflow import Engine
from ecomflow.store import Store


class Dying:
    """Ends the process by SIGKILL, before or after the commit of a number."""

    count = 0

    @classmethod
    def reach(cls):
        cls.count += 1
        if cls.count == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)


async def main():
    async with Engine.open(sys.argv[1], role="engine") as engine:
        commit, anew = Store.commit, Store.write_anew

        def dying_commit(store):
            Dying.reach()
            commit(store)
            Dying.reach()

        def dying_anew(store):
            Dying.reach()
            found = anew(store)
            Dying.reach()
            return found

        Store.commit, Store.write_anew = dying_commit, dying_anew
        erased = await engine.erase(sys.argv[3], also=[sys.argv[4]])
        print(f"done {erased.done} {Dying.count}", flush=True)


asyncio.run(main())
