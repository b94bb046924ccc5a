"""The end of `make test`: combines coverage, holds it to its floors, and prints the totals last.

    python -m tests.tools.closing STATUS

STATUS is pytest's exit code. Exits with it, or with 1 if coverage lies under a floor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools"
EDGES = ("counterpoint/cli/", "counterpoint/providers/embedded")
FLOORS = {"the core": 90.0, "everything": 80.0}


def coverage() -> dict[str, float]:
    """Branch coverage in percent of everything, and of it without the command line and the embedded model."""
    # A process that was killed leaves half a data file; what it says of itself is no news.
    run = [sys.executable, "-W", "ignore", "-m", "coverage"]
    report = TOOLS / "coverage" / "report.json"
    subprocess.run([*run, "combine", "-q"], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    subprocess.run([*run, "json", "-q", "-o", str(report)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    files = json.loads(report.read_text("utf-8"))["files"]
    core = {name: row for name, row in files.items() if not any(edge in name for edge in EDGES)}
    return {"the core": _share(core), "everything": _share(files)}


def _share(files: dict[str, dict[str, dict[str, int]]]) -> float:
    rows = [row["summary"] for row in files.values()]
    covered = sum(row["covered_lines"] + row["covered_branches"] for row in rows)
    total = sum(row["num_statements"] + row["num_branches"] for row in rows)
    return 100.0 * covered / total if total else 0.0


def totals() -> tuple[int, int, int]:
    """Passed, failed, skipped, from pytest's own report."""
    suites = ET.parse(TOOLS / "tests.xml").getroot().iter("testsuite")
    count = [0, 0, 0]
    for suite in suites:
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        count[0] += int(suite.get("tests", 0)) - failed - skipped
        count[1] += failed
        count[2] += skipped
    return count[0], count[1], count[2]


def main(status: int) -> int:
    """Print shares and totals; returns the exit code."""
    for name, share in coverage().items():
        short = share < FLOORS[name]
        print(f"Branch coverage of {name}: {share:.1f} % (floor {FLOORS[name]:.0f} %)")
        if short:
            print(f"Coverage of {name} is under its floor.")
            status = status or 1
    passed, failed, skipped = totals()
    print(f"tests: {passed} passed, {failed} failed, {skipped} skipped")
    return status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
