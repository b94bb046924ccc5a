"""Second runs on small projects: who has one, what it settles, and that it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.again import TEXTS
from tests.tools.closing import closing_lines
from tests.tools.test_passes import ALONE, ALONE_FAILS, FAILS, WELL, ran

FIRST_TIME = """
import pathlib
import pytest

@pytest.mark.parametrize("name", {names})
def test_shaky(name):
    print("what it was doing")
    seen = pathlib.Path("seen-" + name)
    seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
    assert len(seen.read_text()) > 1, "the first time"
"""
ONE, OTHER = FIRST_TIME.format(names=["a"]), FIRST_TIME.format(names=["u"])
FOUR = FIRST_TIME.format(names=["a", "b", "c::[d]", "e f"])
IN_ITS_CLEAN_UP = """
import pathlib
import pytest

@pytest.fixture
def server():
    yield
    seen = pathlib.Path("spoilt")
    first = not seen.exists()
    seen.touch()
    assert not first, "left open"

def test_it(server): pass
def test_well(server): pass
"""
WITH_IT = IN_ITS_CLEAN_UP.replace("it(server): pass", "it(server): assert pathlib.Path('spoilt').exists()")
SET_UP = """
import pathlib
import pytest
MARK

@pytest.fixture(scope="module")
def session():
    seen = pathlib.Path("seen-" + NAME)
    seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
    assert len(seen.read_text()) > 1, "the first time"

@pytest.mark.parametrize("number", range(12))
def test_it(session, number): pass

def test_without(): pass
"""
SESSION = SET_UP.replace("NAME", '"s"').replace("MARK", "pytestmark = pytest.mark.alone")
BESIDE = SET_UP.replace("NAME", '"t"').replace("MARK", "")
SET_UPS = """
import pathlib
import pytest

@pytest.fixture
def own(request):
    seen = pathlib.Path("seen-" + request.node.name[-2])
    seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
    assert len(seen.read_text()) > 1, request.node.name

@pytest.mark.parametrize("name", ["e", "f", "g", "h"])
def test_it(own, name): pass

def test_without(): pass
"""
ONE_ALONE = FIRST_TIME.format(names=["v"]).replace("@", "@pytest.mark.alone\n@", 1)
THEN_SKIPPED = """
import pathlib
import pytest

def test_it():
    if pathlib.Path("tried").exists():
        pytest.skip("no longer")
    pathlib.Path("tried").touch()
    assert False
"""
DIES_ONCE = """
import os
import pathlib

def test_it():
    if not pathlib.Path("tried").exists():
        pathlib.Path("tried").touch()
        os._exit(3)
"""
NOT_IMPORTED_BESIDE = """
import os
if "PYTEST_XDIST_WORKER" in os.environ:
    raise ImportError

def test_it(): pass
"""
SPOILS_THE_END = """
import os

def pytest_unconfigure():
    if "PYTEST_XDIST_WORKER" not in os.environ and os.path.exists("spoil"):
        os.remove("spoil")
        raise RuntimeError
"""
EDITOR = "tests/e2e/vscode/test_f.py"
E2E, INTEGRATION, UNIT = "tests/e2e/test_a.py", "tests/integration/test_b.py", "tests/unit/test_c.py"
OTHERS = {UNIT: WELL, "tests/e2e/test_d.py": ALONE}


def ran_beside(folder: Path, files: dict[str, str], *arguments: str) -> int:
    """The exit code of both passes, with one worker: starting them is most of what such a run costs."""
    return ran(folder, OTHERS | files, "-n1", *arguments)


@pytest.mark.parametrize(
    ("files", "ends_well", "last"),
    [
        pytest.param({INTEGRATION: ONE}, True, (3, 0, 0, 1), id="once, in an integration test"),
        pytest.param({E2E: IN_ITS_CLEAN_UP}, True, (4, 0, 0, 1), id="once, in its clean-up"),
        pytest.param({E2E: WITH_IT}, True, (4, 0, 0, 1), id="once, with its clean-up"),
        pytest.param({EDITOR: ONE_ALONE}, True, (3, 0, 0, 1), id="once, an editor alone"),
        pytest.param({E2E: ONE_ALONE}, False, (2, 1, 0, 0), id="once, what measures alone"),
        pytest.param({EDITOR: SESSION}, True, (15, 0, 0, 12), id="once, an editor's session"),
        pytest.param({E2E: BESIDE}, True, (15, 0, 0, 12), id="once, the set-up of many"),
        pytest.param({E2E: SET_UPS}, False, (7, 0, 0, 4), id="once, four set-ups"),
        pytest.param({E2E: FAILS}, False, (2, 1, 0, 0), id="always"),
        pytest.param({E2E: ONE, INTEGRATION: FAILS}, False, (3, 1, 0, 1), id="once, and another always"),
        pytest.param({E2E: FOUR}, False, (6, 0, 0, 4), id="four once"),
        pytest.param({UNIT: ONE}, False, (1, 1, 0, 0), id="once, a unit test"),
        pytest.param({UNIT: OTHER, INTEGRATION: ONE}, False, (1, 2, 0, 0), id="one a unit test"),
        pytest.param({E2E: THEN_SKIPPED}, False, (2, 1, 0, 0), id="once, then skipped"),
        pytest.param({E2E: DIES_ONCE}, False, None, id="once, with its worker"),
        pytest.param({E2E: ONE, INTEGRATION: NOT_IMPORTED_BESIDE}, False, None, id="a file not imported"),
        pytest.param({E2E: ONE, "tests/e2e/test_d.py": ALONE_FAILS}, False, (2, 1, 0, 1), id="one alone"),
    ],
)
def test_a_test_of_processes_that_fails_is_run_once_more_by_itself(
    files: dict[str, str], ends_well: bool, last: tuple[int, int, int, int] | None, tmp_path: Path
) -> None:
    assert (ran_beside(tmp_path, files) == 0) == ends_well
    if last is not None:
        told = "tests: {} passed, {} failed, {} skipped, shaky: {}".format(*last)
        assert closing_lines(tmp_path)[-1] == told
    assert all(path.read_text() in ("x", "xx") for path in tmp_path.glob("seen-*"))


def test_a_shaky_test_is_named_what_it_covers_counts_and_how_it_failed_first_is_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ran_beside(tmp_path, {E2E: ONE}) == 0
    assert f"shaky, passed by itself: {E2E}::test_shaky[a]" in capfd.readouterr().out
    assert closing_lines(tmp_path)[0] == f"shaky: {E2E}::test_shaky[a]"
    assert closing_lines(tmp_path)[-1] == "tests: 3 passed, 0 failed, 0 skipped, shaky: 1"
    (kept,) = (tmp_path / TEXTS).iterdir()
    assert "the first time" in kept.read_text()
    assert "what it was doing" in kept.read_text()
    covered = len(list(tmp_path.glob("covered.*")))
    assert ran_beside(tmp_path, {E2E: ONE}) == 0, "it fails only once"
    assert closing_lines(tmp_path) == ["tests: 3 passed, 0 failed, 0 skipped, shaky: 0"]
    assert len(list(tmp_path.glob("covered.*"))) - covered == covered - 1


def test_many_failures_are_no_accident_and_have_no_second_run(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(11)]
    assert ran_beside(tmp_path, {E2E: FIRST_TIME.format(names=names)}) != 0
    assert [(tmp_path / f"seen-{name}").read_text() for name in names] == ["x"] * 11
    assert closing_lines(tmp_path) == ["tests: 2 passed, 11 failed, 0 skipped, shaky: 0"]


def test_a_pass_that_spoils_its_own_end_is_not_saved_by_a_second_run(tmp_path: Path) -> None:
    files = {E2E: ONE, "conftest.py": SPOILS_THE_END, "spoil": ""}
    assert ran_beside(tmp_path, files) != 0
    assert not (tmp_path / "spoil").exists()
    assert (tmp_path / "seen-a").read_text() == "x"


def test_a_run_that_was_cut_short_has_no_second_runs(tmp_path: Path) -> None:
    assert ran_beside(tmp_path, {E2E: ONE}, "-x", "-n0") != 0
    assert (tmp_path / "seen-a").read_text() == "x"
