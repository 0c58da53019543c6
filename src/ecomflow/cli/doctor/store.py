"""Checks of the store itself: that it is one of ours, whole, and where it belongs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ecomflow.cli.doctor.files import name_of
from ecomflow.cli.doctor.findings import fail, ok, warn
from ecomflow.cli.sizes import size
from ecomflow.errors import StoreError
from ecomflow.runtime.copies import marked_origin, origin_of
from ecomflow.runtime.upcoming import upcoming
from ecomflow.store.looking import in_time, quick_damage
from ecomflow.store.versions import VERSIONS, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.doctor.installation import Installation
    from ecomflow.store import Store

_PATIENCE: Final = 1.0
"""Seconds for looking at the pages: a reader that stays makes the engine's log grow."""


def store(found: Installation) -> Iterator[Finding]:
    """Look at the store; where it is fit to be read, later checks read it."""
    if found.path is None or not found.is_reachable:
        yield from [fail(str(found.refusal), "name a file as `store: sqlite:///FILE` in ecomflow.yaml")] if isinstance(found.refusal, StoreError) else []
        return
    refusal = _unreadable(found)
    if refusal is not None or not found.has_store:
        yield refusal or ok(f"{found.path} is not there yet: the first engine makes it")
        return
    try:
        opened = found.open_store()
    except StoreError as error:
        yield fail(*_parted(str(error)))
        return
    damage = _damage(opened)
    if isinstance(damage, list) and damage:
        yield fail(f"{found.path} is damaged", "stop the engine, and put a backup back: `ecomflow store restore FILE`; the damaged store is kept beside it", *damage)
        found.let_go()
    else:
        yield from _whole(found, opened, looked=damage is not None)


def _parted(text: str) -> tuple[str, str]:
    """Return what is wrong with a store, and what to do, which its error says in a sentence of its own, or not."""
    said, _, remedy = text.rpartition(". ")
    if said:
        return said, f"{remedy[0].lower()}{remedy[1:]}"
    if "cannot be opened" in text:
        return text, "look at owner and mode of the file, of its folder, and of what lies beside it"
    return text, "put a backup back, if it should be your store: `ecomflow store restore FILE`"


def _unreadable(found: Installation) -> Finding | None:
    path = found.path
    assert path is not None
    if path.exists() and not path.is_file():
        return fail(f"{path} is no file but a folder or a device", "name a file as `store:` in ecomflow.yaml")
    if path.exists() and not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        return fail(f"{path} cannot be read by {name_of(os.geteuid())}", f"run this as {name_of(path.stat().st_uid)}, whose it is")
    return None


def _damage(opened: Store) -> list[str] | None:
    """Return what is wrong with the pages; None where there was no time to see them all."""
    try:
        with in_time(opened, _PATIENCE):
            return quick_damage(opened)
    except TimeoutError:
        return None


def _whole(found: Installation, opened: Store, *, looked: bool) -> Iterator[Finding]:
    assert found.path is not None
    schema, told = versions(opened.db)["schema"], f"{found.path}, {size(found.path.stat().st_size)}"
    if not opened.shop:
        yield warn(f"{told}: it holds no shop {opened.name}, but {', '.join(row[0] for row in opened.rows('shops')) or 'none'}", "name the shop that it holds as `shop:` in ecomflow.yaml, or another store")
        found.let_go()
        return
    older = f", schema {schema} of {VERSIONS['schema']} (the next engine brings it up to date)" if schema < VERSIONS["schema"] else f", schema {schema}"
    yield ok(f"{told}{older}{': no damage found' if looked else ': too large to look at every page here; `ecomflow store check` does'}")
    yield from _copied(found, opened)


def _copied(found: Installation, opened: Store) -> Iterator[Finding]:
    # What an engine serves now is what that one took it for: here the host may have another name.
    origin = marked_origin(opened) if found.engine else origin_of(opened)
    if origin is not None:
        yield fail(
            f"this store is a copy: it was at {origin}. The whole shop is paused: events are kept, nothing is sent",
            "see to it that no engine serves the other one, and let this one go on: `ecomflow resume --adopt`",
            f"what would go on: {upcoming(opened, found.now)}",
        )  # fmt: skip
