"""A process that looks at what it has imported, without what measures coverage: that keeps its figures in
SQLite, and would be seen as ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable


def imported(modules: Iterable[str], looked_for: Iterable[str]) -> list[str]:
    """Which modules are there in a new process once some have been imported, in order."""
    script = f"import sys, {', '.join(modules)}; print(*sorted({set(looked_for)} & set(sys.modules)))"
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=unmeasured,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()
