"""The runtimes that the contract holds on; each is opened with the same arguments and has the same methods."""

from __future__ import annotations

from embedded_case import EmbeddedCase

from ecomflow.runtime.simulated import SimulatedRuntime

RUNTIMES = {"simulated": SimulatedRuntime, "embedded": EmbeddedCase}
