"""What models wrote in a workspace, over restarts, reviews and edits of files on disk; with real files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.context.blocks import Block, Outline
from counterpoint.flows.machine import Machine, machine_units
from counterpoint.machine_store import MachineStore
from counterpoint.reviewing.machine import Origin
from counterpoint.text import Document, Edit, Span

OURS = "    found = sum(row.price for row in rows)\n    return found\n"
BEFORE = "def total(rows):\n"
AFTER = BEFORE + OURS
BY = Origin("j1", "GPT-5.5", "complete", 1.0)
OUTLINE = Outline((Block("total", "function", 0, 9, "d1"),))


def doc(text: str, path: str = "a.py") -> Document:
    return Document.of(path, text, "python")


async def outlines(documents: Sequence[Document], seconds: float) -> tuple[Outline | None, ...]:
    return tuple(OUTLINE for _ in documents)


def ours(machine: Machine, document: Document) -> list[str]:
    return [document.text[one.span.start : one.span.end].strip() for one in machine.spans(document)]


async def looked_up(machine: Machine, document: Document) -> None:
    """Wait until it is known what stood in a document when it was opened."""
    async with asyncio.timeout(20):
        while machine._tasks:
            await asyncio.gather(*machine._tasks, return_exceptions=True)
    assert machine._tracking.runs(document) is not None


def machine_in(folder: Path) -> Machine:
    return Machine(MachineStore(folder / "machine.sqlite3"), "/w", settles=0.01)


async def accepted(folder: Path) -> Machine:
    """A workspace in which a completion was just taken in `a.py`."""
    machine = machine_in(folder)
    before, after = doc(BEFORE), doc(AFTER)
    machine.opened(before)
    machine.changed(before, after)
    machine.wrote(after, len(BEFORE), len(AFTER), BY)
    await looked_up(machine, after)
    assert ours(machine, after) == [OURS.strip()]
    return machine


@pytest.mark.asyncio
async def test_it_is_known_after_a_restart_and_offered_until_it_is_reviewed(tmp_path: Path) -> None:
    machine = await accepted(tmp_path)
    await machine.close()
    machine = machine_in(tmp_path)
    now = doc("import os\n\n\n" + AFTER)
    machine.opened(now)
    await looked_up(machine, now)
    assert ours(machine, now) == [OURS.strip()]
    offered = machine.offered()
    assert offered is not None
    assert offered.title() == "Review what GPT-5.5 wrote (1 place)"
    found = await machine_units(machine, outlines, [now])
    assert [(unit.block.name, unit.why) for unit in found.units] == [("total", "written by GPT-5.5")]
    await machine.reviewed(found.units)
    assert machine.offered([now]) is None
    assert (await machine_units(machine, outlines, [now])).units == ()
    assert len((await machine_units(machine, outlines, [now], again=True)).units) == 1
    await machine.close()
    machine = machine_in(tmp_path)
    (span,) = (await machine.written_in([now]))["a.py"]
    assert span.reviewed


@pytest.mark.asyncio
async def test_a_crash_right_after_an_acceptance_loses_nothing(tmp_path: Path) -> None:
    await accepted(tmp_path)
    again = machine_in(tmp_path)
    assert len((await again.written_in([doc(AFTER)]))["a.py"]) == 1


@pytest.mark.asyncio
async def test_what_was_deleted_before_closing_is_not_there_and_comes_back_with_its_text(
    tmp_path: Path,
) -> None:
    machine = await accepted(tmp_path)
    machine.changed(doc(AFTER), doc(BEFORE))
    machine.saved(doc(BEFORE))
    await looked_up(machine, doc(BEFORE))
    machine.closed("a.py")
    machine.closed("never opened.py")
    await machine.close()
    assert await machine_in(tmp_path).written_in([doc(BEFORE)]) == {"a.py": ()}
    assert len((await machine_in(tmp_path).written_in([doc(AFTER, "b.py")]))["b.py"]) == 1


@pytest.mark.asyncio
async def test_an_edit_written_to_disk_is_the_models_beside_what_was_there(tmp_path: Path) -> None:
    machine = await accepted(tmp_path)
    machine.closed("a.py")
    await machine.close()
    machine = machine_in(tmp_path)
    end = len(AFTER)
    change = FileChange("a.py", AFTER, (Edit(Span(end, end), "\n\ncheck(total)\n"),))
    await machine.applied([change], Origin("j2", "GPT-5.5", "edit", 2.0))
    now = doc(AFTER + "\n\ncheck(total)\n")
    found = (await machine.written_in([now]))["a.py"]
    assert [(one.job, now.text[one.span.start : one.span.end].strip()) for one in found] == [
        ("j1", OURS.strip()),
        ("j2", "check(total)"),
    ]
    assert await machine.paths() == ("a.py",)
    files = {"a.py": now, "new.py": doc("x = 1\n", "new.py")}
    documents = await machine.documents(files.get, ["new.py", "gone.py"])
    assert [one.path for one in documents] == ["a.py", "new.py"]


@pytest.mark.asyncio
async def test_a_large_paste_is_followed_off_the_loop(tmp_path: Path) -> None:
    machine = await accepted(tmp_path)
    many = doc("".join(f"name_{at} = {at}\n" for at in range(200)) + AFTER)
    machine.changed(doc(AFTER), many)
    await looked_up(machine, many)
    assert ours(machine, many) == [OURS.strip()]
    await machine.close()


@pytest.mark.asyncio
async def test_an_edit_that_was_announced_and_never_applied_marks_nothing(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    before = doc(BEFORE)
    machine.opened(before)
    machine.applying([FileChange("a.py", BEFORE, (Edit(Span(len(BEFORE), len(BEFORE)), OURS),))], BY)
    await looked_up(machine, before)
    typed = doc(BEFORE + "    pass\n")
    machine.changed(before, typed)
    assert ours(machine, typed) == []
    assert machine.offered() is None
    await machine.reviewed(())
    await machine.close()


@pytest.mark.asyncio
async def test_a_store_that_cannot_be_read_is_no_fault_of_the_editors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "machine.sqlite3").mkdir()
    machine = machine_in(tmp_path)
    now = doc(AFTER)
    machine.opened(now)
    await looked_up(machine, now)
    machine.wrote(now, len(BEFORE), len(AFTER), BY)
    assert ours(machine, now) == [OURS.strip()]
    (unit,) = (await machine_units(machine, outlines, [now])).units
    await machine.reviewed([unit])
    assert ours(machine, now) == [OURS.strip()]
    await machine.close()
    assert "machine.sqlite3 cannot be used" in caplog.text


@pytest.mark.asyncio
async def test_a_document_closed_before_it_was_looked_up_keeps_both(tmp_path: Path) -> None:
    await (await accepted(tmp_path)).close()
    machine = machine_in(tmp_path)
    machine.opened(doc(AFTER))
    now = doc(AFTER + "\n\ncheck(total, rows)\n")
    machine.changed(doc(AFTER), now)
    start = now.text.index("check(")
    machine.wrote(now, start, len(now.text), Origin("j2", "GPT-5.5", "complete", 2.0))
    machine.closed("a.py")
    await machine.close()
    found = (await machine_in(tmp_path).written_in([now]))["a.py"]
    assert [one.job for one in found] == ["j1", "j2"]


@pytest.mark.asyncio
async def test_a_file_renamed_in_the_editor_holds_it_at_once(tmp_path: Path) -> None:
    machine = await accepted(tmp_path)
    machine.closed("a.py")
    renamed = doc(AFTER, "b.py")
    machine.opened(renamed)
    await looked_up(machine, renamed)
    assert ours(machine, renamed) == [OURS.strip()]
    await machine.close()
