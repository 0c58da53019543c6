"""Lets the modules of these tests find each other, and what tests of processes stand on."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "processes")]
