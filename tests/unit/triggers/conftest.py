"""Projects on virtual time, with kinds of triggers of the test's own."""

import pytest

from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import Simulation


class Shops:
    """Writes projects and opens them."""

    def __init__(self, root):
        self._root, self.opened = root, []

    def write(self, project="", **workflows):
        """Write workflows, and perhaps what the project file says; return the folder."""
        folder = self._root / "shop"
        (folder / "workflows").mkdir(parents=True, exist_ok=True)
        for stale in (folder / "workflows").iterdir():
            stale.unlink()
        (folder / "ecomflow.yaml").write_text(f"shop: acme\n{project}", "utf-8")
        for name, text in workflows.items():
            steps = "" if "actions:" in text else "actions:\n  - {action: log.write, with: {message: ran}}\n"
            (folder / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{text}\n{steps}", "utf-8")
        return folder

    def load(self, *kinds, project="", **workflows):
        """Return the project as it is read, with its faults."""
        return load_project(self.write(project, **workflows), Registry.load(kinds).catalog)

    def open(self, *kinds, start="2026-03-02T09:00:00Z", project="", **workflows):
        """Return a simulation that begins now."""
        registry = Registry.load(kinds)
        assert registry.problems == ()
        self.opened.append(Simulation.load(self.write(project, **workflows), start=start, registry=registry))
        return self.opened[-1]

    @staticmethod
    def texts(simulation):
        """Return what the runs have written, in order."""
        return [call.params["message"] for call in simulation.actions]

    @staticmethod
    def times(simulation):
        """Return the days and times of day, in UTC, at which actions were called."""
        return [call.at.strftime("%d %H:%M") for call in simulation.actions]

    @staticmethod
    def outcomes(simulation):
        return [str(record.outcome) for record in simulation.decisions]

    def edit(self, simulation, *kinds, **workflows):
        """Make other files current."""
        simulation.runtime.deploy(self.load(*kinds, **workflows))


@pytest.fixture
def shops(tmp_path):
    made = Shops(tmp_path)
    yield made
    for simulation in made.opened:
        simulation.close()
