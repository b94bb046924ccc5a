"""What programs and test runners print when they fail: errors, frames, and the files these mean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from counterpoint.context.clues import Frame
from counterpoint.context.traces import Raised, raised_in
from counterpoint.context.traces_places import Places, Resolved

CASES = Path(__file__).parents[1] / "cases"
TRACES = sorted((CASES / "traces").glob("*.md"))
PAGES = sorted((CASES / "failures").glob("*.md"))


def _block(text: str, name: str) -> str:
    found = re.search(rf"^~~~~ {name}\n(.*?)^~~~~$", text, re.M | re.S)
    assert found is not None
    return found[1]


def _told(one: Raised, places: Places) -> list[str]:
    """As the cases tell it: the frames that are not somebody else's code, innermost first."""
    rows = [f"{one.relation or 'ended'} | {one.error}: {one.message}".rstrip(": ")]
    return rows + [_row(found) for found in places.resolved(one.frames) if found.why != "outside"]


def _row(found: Resolved) -> str:
    where = found.path or f"{found.why} {' '.join(found.likely)}".strip()
    frame, text = found.frame, f" | {found.frame.text}" if found.frame.text else ""
    return f"  {where}:{frame.line + 1} {frame.function or '-'}{' built' if found.built else ''}{text}"


@pytest.mark.parametrize("file", TRACES, ids=lambda file: file.stem)
def test_an_output_is_read_into_its_errors_and_frames(file: Path) -> None:
    text = file.read_text("utf-8")
    places = Places(_block(text, "paths").split())
    told = [row for one in raised_in(_block(text, "output")) for row in _told(one, places)]
    assert told == _block(text, "want").rstrip("\n").split("\n")


def test_the_pages_of_test_runners_point_into_the_project() -> None:
    """The places of failures that a page prints are among its frames, in all but a few odd pages."""
    missing = [file.stem for file in PAGES if not _points(file.read_text("utf-8"))]
    assert len(missing) <= len(PAGES) // 20, missing


def _frames(text: str) -> tuple[Frame, ...]:
    """All frames of a text, those of the error it ended with first, each place once."""
    ordered = sorted(raised_in(text), key=lambda one: one.relation != "")
    found: dict[tuple[str, int], Frame] = {}
    for one in ordered:
        for frame in one.frames:
            found.setdefault((frame.path, frame.line), frame)
    return tuple(found.values())


def _points(text: str) -> bool:
    paths = _block(text, "paths").split()
    output = _block(text, "output")
    wanted = {
        row.split(" | ")[2].strip() for row in _block(text, "want").split("\n") if row.count(" | ") == 2
    }
    named = {one for one in wanted if re.search(rf"{re.escape(one)}\b", output)}
    found = {f"{one.path}:{one.frame.line + 1}" for one in Places(paths).resolved(_frames(output))}
    return {one for one in named if one.rpartition(":")[0] in paths} <= found


def test_the_error_that_ended_the_program_comes_first() -> None:
    text = (CASES / "traces" / "python-cause.md").read_text("utf-8")
    assert [one.function for one in _frames(_block(text, "output"))] == [
        "quote",
        "<module>",
        "price",
        "quote",
    ]


def test_colours_and_windows_line_ends_change_nothing() -> None:
    plain = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\nKeyError: 1\n'
    coloured = plain.replace("KeyError", "\x1b[1;35mKeyError\x1b[0m").replace("\n", "\r\n")
    assert raised_in(coloured) == raised_in(plain)
    assert raised_in(plain)[0].frames == (Frame("a.py", 2, "f", 0, "g()"),)


def test_prose_is_no_error() -> None:
    assert raised_in("The price is wrong.\nAt noon (see notes.txt: 12) we met: all fine.\n") == ()


def test_the_middle_of_an_endless_log_is_not_read() -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\nKeyError: 1\n'
    text = "".join(f"INFO {number}\n" for number in range(30_000))
    assert len(raised_in(trace + text + trace)) == 2
    assert raised_in(text + trace + text) == ()


@pytest.mark.parametrize(
    ("written", "paths", "wanted"),
    [
        ("/app/shop/box.py", ["shop/box.py", "other/box.py"], "shop/box.py"),
        ("C:\\work\\shop\\box.py", ["shop/box.py"], "shop/box.py"),
        ("../lib/../shop/box.py", ["services/shop/box.py"], "services/shop/box.py"),
        ("box.py", ["deep/down/box.py"], "deep/down/box.py"),
        ("/x/site-packages/shop/box.py", ["src/shop/box.py"], "src/shop/box.py"),
        ("/x/site-packages/requests/api.py", ["src/shop/api.py"], ""),
        ("/x/node_modules/@ana/shop/a.js", ["packages/@ana/shop/a.js"], "packages/@ana/shop/a.js"),
        ("webpack-internal:///(app)/./src/page.tsx", ["src/page.tsx"], "src/page.tsx"),
        ("/srv/dist/orders/store.js", ["src/orders/store.ts", "src/users/store.ts"], "src/orders/store.ts"),
        ("/app/main.py", ["src/main.py"], ""),
        ("/app/a%20b/c.py?x=1", ["a b/c.py"], "a b/c.py"),
    ],
)  # fmt: skip
def test_a_written_path_means_one_file_or_none(written: str, paths: list[str], wanted: str) -> None:
    assert Places(paths).of(written) == wanted


def test_paths_below_the_root_are_exact() -> None:
    places = Places(["box.py", "shop/box.py"], "/home/ana/shop/")
    assert places.of("/home/ana/shop/box.py") == "box.py"


def test_a_name_that_several_files_have_stays_open() -> None:
    found = Places(["a/box.py", "b/box.py"]).resolved([Frame("box.py", 0, "f", 0)])
    assert (found[0].why, found[0].likely) == ("several", ("a/box.py", "b/box.py"))
