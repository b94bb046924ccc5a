"""Places as users write them: read from the right, 1-based, with one-line errors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from counterpoint.errors import UsageError
from counterpoint.places import place, position, span_of, workspace_root
from counterpoint.text import Document, Position, Span


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("one\ntwo\n")
    (tmp_path / "sub").mkdir()
    return tmp_path


def test_a_position_is_read_from_the_right(folder: Path) -> None:
    assert position("a.py:2:3") == (Path("a.py"), Position(1, 2))
    if sys.platform != "win32":
        (folder / "C:odd:1").write_text("x")
        assert position("C:odd:1:1:1") == (Path("C:odd:1"), Position(0, 0))


@pytest.mark.parametrize("text", ["a.py", "a.py:1", "a.py:0:1", "a.py:1:0", "a.py:x:1", ":1:1", "no.py:1:1"])
def test_what_is_no_position_says_so(folder: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        position(text)
    assert caught.value.fix
    assert "\n" not in str(caught.value)


def test_lines_are_optional_and_inclusive(folder: Path) -> None:
    assert place("a.py").lines is None
    assert place("a.py:2").lines == (2, 2)
    assert place("a.py:1-2").lines == (1, 2)
    assert place("sub").path == Path("sub")


@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed there")
def test_a_file_whose_name_looks_like_lines_wins(folder: Path) -> None:
    (folder / "log:7").write_text("x")
    assert place("log:7") == place("log:7:1-9").__class__(Path("log:7"))


@pytest.mark.parametrize("text", ["a.py:0", "a.py:3-2", "sub:1-2", "gone.py", "gone.py:1-2", "a\0b"])
def test_what_is_no_place_says_so(folder: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        place(text)
    assert caught.value.fix


def test_lines_become_a_span() -> None:
    document = Document.of("a.py", "one\ntwo\nthree", "python")
    assert span_of(document, None) == Span(0, 13)
    assert span_of(document, (2, 2)) == Span(4, 8)
    assert span_of(document, (2, 99)) == Span(4, 13)
    with pytest.raises(UsageError, match="3 lines"):
        span_of(document, (4, 5))
    assert span_of(Document.of("empty.py", "", "python"), (1, 1)) == Span(0, 0)


def test_the_workspace_is_the_marked_folder_above(folder: Path) -> None:
    inner = folder / "repo" / "src"
    inner.mkdir(parents=True)
    (folder / "repo" / ".git").mkdir()
    (inner / "b.py").write_text("")
    assert workspace_root([inner / "b.py"], folder) == folder / "repo"
    assert workspace_root([], inner) == folder / "repo"


def test_without_a_mark_the_current_folder_holds_what_lies_in_it(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert workspace_root([folder / "sub"], folder) == folder
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "c.py").write_text("")
    (other / "d").mkdir()
    assert workspace_root([other / "c.py"], folder) == other
    assert workspace_root([other / "c.py", other / "d"], folder) == other
