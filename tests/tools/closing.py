"""The end of `make test`: combines coverage, holds it to its floors, and prints the totals last.

    python -m tests.tools.closing STATUS

STATUS is the exit code of the passes. Exits with it, or with 1 if coverage lies under a floor.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from tests.tools.again import MOST_SHAKY, REPORTS, TEXTS, shaky_tests

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools"
PRODUCT = ROOT / "server" / "counterpoint"
EDGES = ("counterpoint/cli/", "counterpoint/providers/embedded")
STATES = {"skipped": 1, "failure": 2, "error": 2}
FLOORS = {"the core": 90.0, "everything": 80.0}


def coverage() -> dict[str, float]:
    """Branch coverage in percent of everything, and of it without the command line and the embedded model."""
    # A process that was killed leaves half a data file; what it says of itself is no news. A file that has
    # gone by now is left out by `-i`.
    run = [sys.executable, "-W", "ignore", "-m", "coverage"]
    report = TOOLS / "coverage" / "report.json"
    subprocess.run([*run, "combine", "-q"], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    # Then the files that nobody ran. Combined with the others they could be lost: of data files in which no
    # line was run, only the first is taken.
    nobody_ran = [*run, "run", f"--source={PRODUCT}", os.devnull]
    subprocess.run(nobody_ran, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*run, "combine", "--append", "-q"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    told = [*run, "json", "-i", "-q", "-o", str(report)]
    subprocess.run(told, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    files = json.loads(report.read_text("utf-8"))["files"]
    core = {name: row for name, row in files.items() if not any(edge in name for edge in EDGES)}
    return {"the core": _share(core), "everything": _share(files)}


def _share(files: dict[str, dict[str, dict[str, int]]]) -> float:
    rows = [row["summary"] for row in files.values()]
    covered = sum(row["covered_lines"] + row["covered_branches"] for row in rows)
    total = sum(row["num_statements"] + row["num_branches"] for row in rows)
    return 100.0 * covered / total if total else 0.0


def totals(reports: Path, named: str = "*.xml") -> tuple[int, int, int]:
    """Passed, failed, skipped, from pytest's own reports in a folder; a test that fails twice is one."""
    states: dict[tuple[str | None, str | None], int] = {}
    for case in (one for report in reports.glob(named) for one in ET.parse(report).iter("testcase")):
        name = case.get("classname"), case.get("name")
        state = next((STATES[part.tag] for part in case if part.tag in STATES), 0)
        states[name] = max(states.get(name, 0), state)
    count = Counter(states.values())
    return count[0], count[STATES["failure"]], count[STATES["skipped"]]


def closing_lines(folder: Path) -> list[str]:
    """What the tests in `folder` came to. One that was shaky has passed in its second run, and is named."""
    passed, failed, skipped = totals(folder / REPORTS)
    shaky = shaky_tests(folder)
    lines = [f"shaky: {name}" for name in shaky]
    if shaky:
        lines.append(f"How they failed first is in {TEXTS}; more than {MOST_SHAKY} would fail the run.")
    told = f"tests: {passed + len(shaky)} passed, {failed - len(shaky)} failed, {skipped} skipped"
    return [*lines, f"{told}, shaky: {len(shaky)}"]


def main(status: int) -> int:
    """Print shares and totals; returns the exit code."""
    for name, share in coverage().items():
        short = share < FLOORS[name]
        print(f"Branch coverage of {name}: {share:.1f} % (floor {FLOORS[name]:.0f} %)")
        if short:
            print(f"Coverage of {name} is under its floor.")
            status = status or 1
    print("\n".join(closing_lines(ROOT)))
    return status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
