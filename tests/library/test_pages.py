"""A walk over the pages of a search by a real engine, on a real store, that is stopped and opened again in the middle."""

import asyncio

import pytest

from ecomflow import ActionCall, Engine, Page, Retryable, action

COUNT, SIZE = 95, 10
WALK = """
name: walk
trigger: {event: sale.began}
actions:
  - id: shoppers
    action: shop.search
    retry: {attempts: 3, delay: 1s, max_delay: 1s}
  - id: told
    for_each: shoppers
    as: shopper
    key: shopper.email
    max_parallel: 3
    do:
      - {action: shop.tell, with: {to: "{{ shopper.email }}"}}
output: {told: "{{ told | length }}"}
"""


class Shop:
    """What the engine calls: shoppers on pages, of whom every fifth stands on two, and who was told."""

    def __init__(self, stop_at=None):
        self.pages, self.told, self.stop_at, self.stopped = [], [], stop_at, asyncio.Event()
        self.broken = True

    @property
    def actions(self):
        @action("shop.search", effect="reads", idempotent=True)
        async def search(call: ActionCall) -> Page[dict]:
            """Look for shoppers."""
            self.pages.append((call.page, call.key))
            if call.page == "30" and self.broken:
                self.broken = False
                raise Retryable("later")
            begin = int(call.page or 0)
            found = [{"email": f"s{number - number % 5 // 4}@x.example"} for number in range(begin, min(begin + SIZE, COUNT))]
            return Page(found, str(begin + SIZE) if begin + SIZE < COUNT else None)

        @action("shop.tell", effect="sends", idempotent=True)
        async def tell(call: ActionCall, to: str) -> str:
            """Tell a shopper."""
            if self.stop_at is not None and len(self.told) >= self.stop_at:
                self.stopped.set()
                await asyncio.Event().wait()
            self.told.append((to, call.key))
            return to

        return [search, tell]


@pytest.fixture
def walking(shop):
    """Add the walk to the shop."""
    (shop / "workflows" / "walk.yaml").write_text(WALK, "utf-8")
    return shop


async def begun(folder, outside):
    """Walk until somebody outside does not answer any more, and leave the engine as if it had been killed."""
    engine = Engine.open(folder, plugins=outside.actions, role="engine")
    async with engine:
        receipt = await engine.emit("sale.began", {"sale": {"id": "s1"}})
        await asyncio.wait_for(outside.stopped.wait(), 30)
        return receipt.decisions[0].run_id


async def gone_on(folder, outside, run_id):
    async with Engine.open(folder, plugins=outside.actions) as engine:
        return await engine.wait(run_id, timeout=30)


def test_a_walk_goes_on_at_its_item_and_its_page(walking):
    first, second = Shop(stop_at=42), Shop()

    async def both():
        return await gone_on(walking, second, await begun(walking, first))

    run = asyncio.run(both())

    keys = [key for _, key in (*first.told, *second.told)]
    everybody = {f"s{number - number % 5 // 4}@x.example" for number in range(COUNT)}
    assert run.status == "completed"
    assert run.output == {"told": len(everybody)}
    assert {to for to, _ in (*first.told, *second.told)} == everybody
    assert len(keys) == len(set(keys)) == len(everybody)


def test_pages_that_were_answered_are_not_asked_for_again(walking):
    first, second = Shop(stop_at=42), Shop()

    async def both():
        return await gone_on(walking, second, await begun(walking, first))

    asyncio.run(both())

    asked = [page for page, _ in (*first.pages, *second.pages)]
    assert asked == [None, "10", "20", "30", "30", "40", "50", "60", "70", "80", "90"]
    assert len({key for _, key in (*first.pages, *second.pages)}) == 10


def test_a_search_that_is_called_on_the_loop_has_pages(tmp_path):
    # Given a search that is declared quick, When a loop walks it, Then it walks all pages, as it does those of any other.
    told = []

    @action("shop.search", effect="reads", idempotent=True, quick=True)
    def search(call: ActionCall) -> Page[dict]:
        """Look for shoppers."""
        begin = int(call.page or 0)
        return Page([{"email": f"s{number}"} for number in range(begin, begin + SIZE)], str(begin + SIZE) if begin < 3 * SIZE else None)

    @action("shop.tell", effect="sends", idempotent=True, quick=True)
    def tell(to: str) -> None:
        """Tell a shopper."""
        told.append(to)

    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "walk.yaml").write_text(WALK, "utf-8")
    (tmp_path / "ecomflow.yaml").write_text("shop: acme\n", "utf-8")

    async def story():
        async with Engine.open(tmp_path, plugins=[search, tell]) as engine:
            receipt = await engine.emit("sale.began", {"sale": {"id": "s1"}})
            run = await engine.wait(receipt.decisions[0].run_id, timeout=60)
            assert (run.status, len(told)) == ("completed", 4 * SIZE)

    asyncio.run(story())
