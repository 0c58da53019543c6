"""``ecomflow store …``: care for the file that holds all; each module of this package brings one command."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click


@click.group("store")
def command() -> None:
    """Copy the project's store while it works, put a copy back, check it, and drop what is over.

    The store is one file, named by `store:` in ecomflow.yaml: by default var/ecomflow.db.
    """


for _module in sorted(module.name for module in iter_modules(__path__)):
    command.add_command(import_module(f"{__name__}.{_module}").command)
