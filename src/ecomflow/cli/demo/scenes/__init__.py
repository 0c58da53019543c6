"""What a shop sees beside abandoned carts, one short scene each; the bodies are shaped as Shopify's and written for this demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.cli.demo.scenes import returns, stock, tickets

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.cli.demo.stage import Stage

Scene = tuple[str, "Callable[[Stage], None]"]

SCENES: Final[tuple[Scene, ...]] = (*stock.SCENES, *returns.SCENES, *tickets.SCENES)
"""In the order of telling: a title, and a function that plays it. A further scene goes at the end."""
