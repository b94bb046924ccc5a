"""Open documents over a workspace whose files others change."""

from __future__ import annotations

from pathlib import Path

from counterpoint.context.symbols import Held
from counterpoint.index.desk import Desk
from counterpoint.index.edits import LineEdit

TEXT = "def first():\n    return 1\n"


def laid_over(desk: Desk) -> list[str]:
    """Names that open documents define, as laid over an empty workspace."""
    symbols = desk.over(Held([]))
    found = (symbols.facts(path) for path in symbols.paths())
    return [one.name for facts in found if facts for one in facts.definitions]


def test_a_file_that_others_change_does_not_hide_its_open_document(tmp_path: Path) -> None:
    file = tmp_path / "b.py"
    file.write_text(TEXT)
    desk = Desk(tmp_path)
    desk.open("b.py", "python", TEXT, 1)
    assert laid_over(desk) == []
    file.write_text("def other(): pass\n")  # and the editor has not read it again
    assert laid_over(desk) == ["first"]
    file.unlink()
    assert laid_over(desk) == ["first"]
    file.write_text(TEXT)
    assert laid_over(desk) == []


def test_an_edited_document_is_compared_again_when_it_is_saved(tmp_path: Path) -> None:
    file = tmp_path / "b.py"
    file.write_text(TEXT)
    desk = Desk(tmp_path)
    desk.open("b.py", "python", TEXT, 1)
    desk.change("b.py", 2, [LineEdit(0, 4, 0, 9, "second")])
    file.write_text(TEXT.replace("first", "second"))
    assert laid_over(desk) == ["second"]
    desk.saved(["b.py"])
    assert laid_over(desk) == []
