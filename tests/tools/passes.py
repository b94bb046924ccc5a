"""Runs the tests of `make test` in two passes: those that can side by side, then those that must be alone.

    python -m tests.tools.passes [arguments of pytest]

Exits with 0 only if both passes went well; `again` says which tests have a second run, and how many may
need it. Arguments that choose tests may leave one pass without any, but not both. The reports lie in
`.tools/tests/`. This module is also the plugin by which a pass takes its tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.tools.again import AGAIN, REPORTS, SPOILT, second_runs, settle
from tests.tools.closing import totals

PLUGIN = "tests.tools.passes"
MOST_WORKERS = 4
PRODUCT = Path(__file__).parents[2] / "server" / "counterpoint"
PASSES = {"together": False, "alone": True}
"""Each pass by its name, and whether its tests are those with the mark `alone`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pass", choices=tuple(PASSES), dest="of_pass", help="only the tests of this pass")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files that do not even name the mark need not be imported for those that have it."""
    if not PASSES[config.getoption("of_pass")] or collection_path.suffix != ".py":
        return None
    return None if "mark.alone" in collection_path.read_text(encoding="utf-8") else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the pass its own tests. What else was asked for (`-k`, `-m`, paths) holds as well."""
    alone = PASSES[config.getoption("of_pass")]
    others = [item for item in items if (item.get_closest_marker("alone") is not None) != alone]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if (item.get_closest_marker("alone") is not None) == alone]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """A worker that ends in a way of its own spoils the pass, also where no test was running."""
    if error:
        node.config.stash[SPOILT] = True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash.get(SPOILT, False) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    settle(session, session.config.getoption("of_pass"))


def workers() -> int:
    """As many as there are processors; on large machines fewer, since tests start processes of their own."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, MOST_WORKERS))


def command(name: str, report: Path) -> list[str]:
    """The command that runs tests of a pass, here."""
    # Named as a source, the whole product would be searched for files nobody ran at the end of each process
    # that a test starts. `closing` does that once.
    covering = [sys.executable, "-m", "coverage", "run", f"--include={PRODUCT / '*'}"]
    pytest_run = [*covering, "-m", "pytest", "-q", "--no-header"]
    return [*pytest_run, "-p", PLUGIN, f"--pass={name}", f"--junitxml={report}"]


def beside() -> list[str]:
    """What hands the tests out to workers. Files stay whole, for what they set up once; in their order the
    long ones come early, so that no worker is left with one at the end."""
    # A test that kills its worker would be given to the next one, and kill that as well.
    return ["-n", str(workers()), "--dist=loadfile", "--no-loadscope-reorder", "--max-worker-restart=0"]


def verdict(codes: Iterable[int], *, chosen: bool) -> int:
    """The exit code of passes that ended so; `chosen` if a person said which tests to run."""
    nothing = int(pytest.ExitCode.NO_TESTS_COLLECTED)
    codes = list(codes)
    counted = [code for code in codes if code != nothing] if chosen else codes
    return next((code for code in counted or codes if code), 0)


def passes_again(of_pass: str, tests: Sequence[str], number: int, folder: Path) -> bool:
    """Whether these tests pass in a process of their own; one that is skipped then shows nothing."""
    report = REPORTS / "again" / f"{number}.xml"
    code = subprocess.run([*command(of_pass, report), *tests], cwd=folder, check=False).returncode
    found = totals((folder / report).parent, report.name) if code == pytest.ExitCode.OK else None
    return found == (len(tests), 0, 0)


def run(arguments: Sequence[str], folder: Path = Path()) -> int:
    """Run both passes in `folder`, the second also if the first failed, but not if a person broke it off."""
    codes: dict[str, int] = {}
    shutil.rmtree(folder / REPORTS, ignore_errors=True)
    for name, alone in PASSES.items():
        run_pass = [*command(name, REPORTS / f"{name}.xml"), *([] if alone else beside()), *arguments]
        codes[name] = subprocess.run(run_pass, cwd=folder, check=False).returncode
        if codes[name] == pytest.ExitCode.INTERRUPTED:
            return verdict(codes.values(), chosen=bool(arguments))
    again = [name for name, code in codes.items() if code == AGAIN]
    if again:
        settled = second_runs(folder, again, partial(passes_again, folder=folder))
        codes |= dict.fromkeys(again, int(not settled))
    return verdict(codes.values(), chosen=bool(arguments))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
