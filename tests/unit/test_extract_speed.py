"""The row of a Python file costs about what parsing it does, with room for a busy machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

MOST = 2.0
"""The row over parsing alone; 0.8 was measured on two busy cores."""
ROOT = Path(__file__).parents[2]


@pytest.mark.alone
def test_extraction_costs_little_beside_parsing() -> None:
    """In a process of its own: a trace of covered lines slows what is written in Python, and not a parse."""
    folder = Path(sysconfig.get_paths()["stdlib"]) / "asyncio"
    untraced = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-m", "tests.bench.extract_speed", str(folder), "--files", "20"]
    run = subprocess.run(
        [*command, "--rounds", "5"], cwd=ROOT, env=untraced, capture_output=True, text=True, timeout=120
    )
    found = re.search(r"ratio (\d+\.\d+)", run.stdout)
    assert found, run.stderr
    assert float(found[1]) < MOST
