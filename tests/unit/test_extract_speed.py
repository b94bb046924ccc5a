"""The row of a Python file costs about what parsing it does, with room for a busy machine."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from tests.bench.extract_speed import measure, sources

MOST = 2.0
"""The row over parsing alone; 0.8 was measured on two busy cores."""


def test_extraction_costs_little_beside_parsing() -> None:
    files = sources(Path(sysconfig.get_paths()["stdlib"]) / "asyncio", ".py", 20)
    assert len(files) >= 10
    assert measure("python", files, rounds=5).ratio < MOST
