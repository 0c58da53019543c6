"""Numbers of things and of bytes, in words."""

from __future__ import annotations


def counted(number: int, word: str) -> str:
    """Return ``1 run``, ``0 runs``, ``1,200 runs``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """Return a number of bytes in the unit that suits it: ``140 KiB``."""
    left, unit = float(number), 0
    while left >= 1024 and unit < 4:
        left, unit = left / 1024, unit + 1
    return f"{left:.0f} B" if unit == 0 else f"{left:.1f} {('KiB', 'MiB', 'GiB', 'TiB')[unit - 1]}"
