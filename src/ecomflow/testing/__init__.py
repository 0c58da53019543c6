"""The public test kit: a project on a virtual clock, where nothing leaves the process."""

from ecomflow.testing.acting import perform
from ecomflow.testing.answers import FakedCall
from ecomflow.testing.casefile import CaseResult, Report, run_tests
from ecomflow.testing.contract import Finding, check_plugin
from ecomflow.testing.report import render
from ecomflow.testing.simulation import Simulation

__all__ = ["CaseResult", "FakedCall", "Finding", "Report", "Simulation", "check_plugin", "perform", "render", "run_tests"]
