"""Both passes on small projects: each test runs once, and nothing that goes wrong ends well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.again import REPORTS
from tests.tools.closing import totals
from tests.tools.passes import PLUGIN

ROOT = Path(__file__).parents[2]
WELL = "def test_it(): pass\n"
ALONE = "import pytest\n@pytest.mark.alone\ndef test_by_itself(): pass\n"
ALONE_FAILS = ALONE.replace("pass", "assert False")
FAILS = "def test_it(): assert False\n"
DIES = "import os\ndef test_it(): os._exit(3)\n"
ENDS_BADLY = """
import os
def pytest_sessionfinish():
    if "PYTEST_XDIST_WORKER" in os.environ: os._exit(3)
"""
SAYS_WHERE = """
import os, pathlib, pytest
def note(name): pathlib.Path(name).write_text(os.environ.get("PYTEST_XDIST_WORKER", "no worker"))
def test_beside(): note("beside")
@pytest.mark.alone
def test_by_itself(): note("by-itself")
"""


def ran(folder: Path, files: dict[str, str], *arguments: str) -> int:
    """The exit code of both passes over these files."""
    (folder / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = "--strict-markers -p xdist"\nmarkers = ["alone"]\n'
        '[tool.coverage.run]\ndata_file = "covered"\nparallel = true\nsource = ["."]\n'
    )
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", PLUGIN, *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )
    print(done.stdout, done.stderr)
    return done.returncode


@pytest.mark.parametrize(
    ("files", "ends_well", "counts"),
    [
        ({"test_a.py": FAILS, "test_b.py": ALONE}, False, (1, 1, 0)),
        ({"test_a.py": WELL, "test_b.py": ALONE_FAILS}, False, (1, 1, 0)),
        ({"test_a.py": DIES, "test_b.py": ALONE}, False, (1, 1, 0)),
        ({"test_a.py": WELL, "test_b.py": ALONE, "conftest.py": ENDS_BADLY}, False, (2, 0, 0)),
        ({"test_a.py": WELL}, False, (1, 0, 0)),
        ({"test_b.py": ALONE}, False, (1, 0, 0)),
    ],
)
def test_the_end_is_good_only_if_both_passes_are(
    files: dict[str, str], ends_well: bool, counts: tuple[int, int, int], tmp_path: Path
) -> None:
    assert (ran(tmp_path, files) == 0) == ends_well
    assert totals(tmp_path / REPORTS) == counts


@pytest.mark.parametrize(
    ("arguments", "ends_well", "counts"),
    [
        (("-k", "itself"), True, (1, 0, 0)),
        (("test_a.py::test_beside", "-n0"), True, (1, 0, 0)),
        (("-k", "nothing"), False, (0, 0, 0)),
    ],
)
def test_a_person_can_choose_tests_of_one_pass(
    arguments: tuple[str, ...], ends_well: bool, counts: tuple[int, int, int], tmp_path: Path
) -> None:
    assert (ran(tmp_path, {"test_a.py": SAYS_WHERE}, *arguments) == 0) == ends_well
    assert totals(tmp_path / REPORTS) == counts


def test_each_test_runs_in_its_pass_and_what_is_alone_in_no_worker(tmp_path: Path) -> None:
    assert ran(tmp_path, {"test_a.py": SAYS_WHERE}) == 0
    assert totals(tmp_path / REPORTS) == (2, 0, 0)
    assert (tmp_path / "beside").read_text().startswith("gw")
    assert (tmp_path / "by-itself").read_text() == "no worker"
