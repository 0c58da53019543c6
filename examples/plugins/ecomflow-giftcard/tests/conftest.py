"""Fixtures of ecomflow: ``perform`` carries out an action for real, ``simulate`` runs workflows on virtual time."""

pytest_plugins = "ecomflow.testing.pytest_plugin"
