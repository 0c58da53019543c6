"""Fresh environments in which a plugin is installed from its wheel, beside the packages of the running one."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

GIFTCARD = Path(__file__).parents[2] / "examples" / "plugins" / "ecomflow-giftcard"
# Without the build's own package at hand, pip fetches it.
BUILD = ["--no-build-isolation", "--no-index"] if find_spec("hatchling") else []


@dataclass(frozen=True)
class Environment:
    """A fresh environment."""

    python: Path

    def run(self, *words, cwd, **more):
        """Run its interpreter; return what it printed, or fail with it."""
        env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHON"))}
        done = subprocess.run([self.python, *map(str, words)], cwd=cwd, env=env, capture_output=True, text=True, check=False, **more)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ecomflow(self, *words, cwd, **more):
        return self.run("-m", "ecomflow.cli", *words, cwd=cwd, **more)


def installed_from(source, folder):
    """Build a plugin's wheel from a copy, and install it into a fresh environment."""
    shutil.copytree(source, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    pip(["wheel", "--quiet", "--no-deps", *BUILD, "--wheel-dir", folder / "wheels", folder / "source"])
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = (folder / "wheels").iterdir()
    pip(["--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel])
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    # As a folder of packages, not as a path: what is installed there for editing is found, too.
    (site / "running.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return Environment(python)


def pip(words):
    done = subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def giftcard(tmp_path_factory):
    """Return an environment with the example plugin."""
    return installed_from(GIFTCARD, tmp_path_factory.mktemp("giftcard"))


@pytest.fixture
def install(tmp_path):
    """Return what installs a plugin's folder into an environment of its own."""
    return lambda source: installed_from(source, tmp_path / "installed")
