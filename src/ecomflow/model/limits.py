"""What a connection allows: how many requests, and how many failures before it is left in peace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``limit`` requests in any ``per`` seconds."""

    limit: int
    per: float


@dataclass(frozen=True, slots=True)
class Breaker:
    """After ``failures`` in a row no request is made for ``cool_down`` seconds, which double up to ``max_cool_down``."""

    failures: int = 10
    cool_down: float = 30.0
    max_cool_down: float = 600.0
