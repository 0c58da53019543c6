"""Lets the modules of these tests find each other, and the workflow's sandbox the module of the workflow."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
