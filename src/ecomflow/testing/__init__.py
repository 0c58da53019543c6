"""The public test kit: a project on a virtual clock, where nothing leaves the process."""

from ecomflow.testing.answers import FakedCall
from ecomflow.testing.casefile import CaseResult, Report, run_tests
from ecomflow.testing.report import render
from ecomflow.testing.simulation import Simulation

__all__ = ["CaseResult", "FakedCall", "Report", "Simulation", "render", "run_tests"]
