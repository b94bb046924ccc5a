"""Machine-written text at rest: no code in the store, and found again in files as they have become."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.context.blocks import Block, Outline
from counterpoint.errors import ConfigError
from counterpoint.flows.remembering import found_in, remember, written_in
from counterpoint.machine_store import MachineStore
from counterpoint.reviewing.machine import MachineSpan, Origin, Run
from counterpoint.reviewing.machine.units import digests_in, hunks_of, offered, written_units
from counterpoint.text import Document, Span

OURS = """    found = 0
    for row in rows:
        found += row.price * row.amount
    return round(found, 2)
"""
BEFORE = f"import os\n\n\ndef total(rows):\n{OURS}\n\ndef other(rows):\n    return len(rows)\n"
OTHER = "def other(rows):\n    return len(rows)\n"
LONG = OURS.replace(
    "return", "log(found, rows)\n    if found < 0 or not rows:\n        raise Empty(rows)\n    return"
)
BY = Origin("j1", "GPT-5.5", "complete", 1.0)


def doc(text: str, path: str = "a.py") -> Document:
    return Document.of(path, text, "python")


def kept(folder: Path, text: str = BEFORE, ours: str = OURS, path: str = "a.py") -> MachineStore:
    store = MachineStore(folder / "machine.sqlite3")
    at = text.index(ours)
    remember(store, "/w", doc(text, path), [Run(at, at + len(ours), BY)])
    return store


def said(store: MachineStore, text: str, path: str = "a.py") -> str:
    found = written_in(store, "/w", [doc(text, path)]).get(path, ())
    return "".join("".join(text[one.span.start : one.span.end].split()) for one in found)


def bare(text: str) -> str:
    return "".join(text.split())


FORMATTED = OURS.replace("row.price * row.amount", "(\n            row.price * row.amount\n        )")


@pytest.mark.parametrize(
    ("name", "now", "ours"),
    [
        ("untouched", BEFORE, OURS),
        ("moved down", "import re\n\n\n" + BEFORE, OURS),
        ("indented anew", BEFORE.replace("    ", "\t"), OURS),
        ("formatted", BEFORE.replace(OURS, FORMATTED), FORMATTED),
        ("a token changed", BEFORE.replace("row.price", "row.cost"), OURS.replace("price", "")),
        ("a line put in", BEFORE.replace("    return round", "    check(found)\n    return round"), OURS),
        ("the functions swapped", OTHER + "\n\n" + BEFORE.removesuffix(OTHER), OURS),
        ("gone", "import os\n", ""),
        ("another file's content", "def unlike(a, b):\n    return a @ b\n" * 9, ""),
    ],
)
def test_it_is_found_again(tmp_path: Path, name: str, now: str, ours: str) -> None:
    assert said(kept(tmp_path), now) == bare(ours)


def test_no_code_is_kept_and_the_key_lies_apart(tmp_path: Path) -> None:
    store = kept(tmp_path)
    data = b"".join(one.read_bytes() for one in tmp_path.iterdir() if one.suffix != ".key")
    for word in (b"found", b"price", b"round"):
        assert word not in data
    assert store.key not in data
    assert store.key.hex().encode() not in data
    assert (tmp_path / "machine.key").stat().st_mode & 0o077 == 0


def test_another_key_finds_nothing(tmp_path: Path) -> None:
    kept(tmp_path)
    (tmp_path / "machine.key").unlink()
    assert said(MachineStore(tmp_path / "machine.sqlite3"), BEFORE) == ""


def test_a_renamed_file_holds_it_and_a_human_twin_elsewhere_does_not(tmp_path: Path) -> None:
    store = kept(tmp_path)
    files = {"a.py": doc(BEFORE)}
    twin = doc(BEFORE, "twin.py")
    assert found_in(store, "/w", [twin], files.get)["twin.py"] == ()
    assert said(store, BEFORE, "renamed.py") == bare(OURS)


def test_a_twin_in_its_own_file_is_no_copy_and_a_copy_is(tmp_path: Path) -> None:
    alone = BEFORE.replace(OURS, LONG)
    twin = alone + "\n\ndef total_again(rows):\n" + LONG
    assert said(kept(tmp_path, twin, LONG), twin) == bare(LONG)
    assert said(kept(tmp_path / "other", alone, LONG), twin) == bare(LONG) * 2


def test_what_left_a_file_is_found_when_its_branch_is_back(tmp_path: Path) -> None:
    store = kept(tmp_path)
    remember(store, "/w", doc("import os\n"), ())
    assert said(store, BEFORE) == bare(OURS)
    assert said(store, BEFORE, "elsewhere.py") == bare(OURS)


def test_workspaces_are_apart_and_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    store = kept(tmp_path)
    assert store.passages("/other") == ()
    assert MachineStore(tmp_path / "none.sqlite3").passages("/w") == ()
    store.file.write_bytes(b"no database" * 100)
    assert store.passages("/w") == ()
    assert any("damaged" in one.name for one in tmp_path.iterdir())
    assert said(kept(tmp_path), BEFORE) == bare(OURS)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.sqlite3").mkdir()
    with pytest.raises(ConfigError, match=r"bad\.sqlite3 cannot be used"):
        MachineStore(tmp_path / "bad.sqlite3").passages("/w")
    (tmp_path / "bad.key").write_text("no key")
    with pytest.raises(ConfigError, match=r"bad\.key cannot be used"):
        _ = MachineStore(tmp_path / "bad.sqlite3").key


def test_old_marks_of_what_stands_nowhere_are_forgotten(tmp_path: Path) -> None:
    now = [0.0]
    store = MachineStore(tmp_path / "machine.sqlite3", clock=lambda: now[0])
    passages = kept(tmp_path / "x").passages("/w")
    store.keep("/w", "a.py", (), passages)
    assert store.passages("/w")
    now[0] = 50 * 86_400.0
    store.keep("/w", "a.py", (), passages)
    assert store.passages("/w") == passages
    now[0] = 70 * 86_400.0
    store.keep("/w", "b.py", ())
    assert store.passages("/w") == ()


# -- what is reviewed


def spans(text: str, *pieces: str, model: str = "GPT-5.5") -> tuple[MachineSpan, ...]:
    places = (Span(text.index(one), text.index(one) + len(one)) for one in pieces)
    return tuple(MachineSpan(one, "j1", model, "complete", 1.0) for one in places)


OUTLINE = Outline((Block("total", "function", 3, 7, "d1"), Block("other", "function", 10, 11, "d2")))


def test_units_are_the_blocks_it_lies_in_with_its_lines() -> None:
    (unit,) = written_units(doc(BEFORE), OUTLINE, spans(BEFORE, "found = 0\n", "return round"))
    assert (unit.block.name, unit.why, unit.hunks) == ("total", "written by GPT-5.5", ((4, 4), (7, 7)))


def test_what_is_reviewed_is_offered_again_only_when_it_changes(tmp_path: Path) -> None:
    store = kept(tmp_path)
    (span,) = written_in(store, "/w", [doc(BEFORE)])["a.py"]
    (unit,) = written_units(doc(BEFORE), OUTLINE, [span])
    store.note_reviewed("/w", digests_in(unit, [span], store.key))
    formatted = doc(BEFORE.replace(OURS, FORMATTED))
    known = written_in(store, "/w", [formatted])["a.py"]
    assert [one.reviewed for one in known] == [True]
    assert written_units(formatted, None, known) == ()
    assert written_units(formatted, None, known, again=True) != ()
    assert offered([(formatted, known)]) is None
    changed = doc(BEFORE.replace("row.price", "row.cost"))
    assert not any(one.reviewed for one in written_in(store, "/w", [changed])["a.py"])


def test_what_is_offered_counts_places_not_pieces() -> None:
    near = spans(BEFORE, "found = 0\n", "found += row.price")
    far = spans(BEFORE, "return len", model="Opus 4.7")
    found = offered([(doc(BEFORE), (*near, *far)), (doc("x = 1\n", "b.py"), ())])
    assert found is not None
    assert (found.places, found.paths) == (2, ("a.py",))
    note = "Opus 4.7, $0.05-0.20"
    assert found.title(note) == f"Review what GPT-5.5 and Opus 4.7 wrote (2 places, {note})"
    assert hunks_of(doc(BEFORE), near) == ((4, 4), (6, 6))
