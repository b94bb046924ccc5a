"""The index service as a process: what it is told, what it answers, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from counterpoint.answers import Insertion
from counterpoint.context.judging import Judgement
from counterpoint.context.question import Question, RecentEdit, Selection, Site
from counterpoint.context.scopes import Point, Scope, Syntax
from counterpoint.context.snippet import Snippet
from counterpoint.index import wire
from counterpoint.index.client import Index
from counterpoint.index.edits import LineEdit
from counterpoint.index.status import OpenText
from counterpoint.text import Document, Span
from tests.unit.test_live_trees import SERVICE
from tests.unit.test_static_process import SERVER, ends

pytestmark = pytest.mark.asyncio
SECONDS = 20.0
TEXT = "def first():\n    return 1\n"


@pytest_asyncio.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    found = Index(tmp_path, command=SERVICE)
    yield found
    await asyncio.wait_for(found.close(), SECONDS)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.01)


async def running(index: Index) -> int:
    index.start()
    await until(lambda: index.pid is not None)
    assert index.pid is not None
    return index.pid


def about(text: str = TEXT, version: int | None = None, **more: Any) -> Question:
    return Question("completion", "a.py", "python", text, version=version, **more)


def told(selection: Selection) -> dict[str, Any]:
    assert selection.snippets, selection
    found: dict[str, Any] = json.loads(selection.snippets[0].text)
    return found


async def test_nothing_runs_until_it_is_needed_and_the_text_of_a_known_version_is_not_sent(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (index.pid, index.state) == (None, "off")
    index.touched(["a.py"])
    index.closed("a.py")
    assert index.state == "off"
    await running(index)
    sent: list[bytes] = []
    packed = wire.packed

    def kept(row: object) -> bytes:
        sent.append(packed(row))
        return sent[-1]

    monkeypatch.setattr("counterpoint.index.wire.packed", kept)
    index.opened("a.py", "python", TEXT, 1)
    index.changed("a.py", 2, [LineEdit(0, 4, 0, 9, "second")])
    new = TEXT.replace("first", "second")
    found = told(await index.select(about(new, 2), SECONDS))
    assert found["text"] == new
    assert found["recent"] == [["a.py", 0, 0]]
    assert found["names"] == {"a.py": ["second"]}
    assert new.encode() not in b"".join(sent) and json.dumps(new).encode() not in b"".join(sent)
    assert str(index.state) == "ready"


async def test_another_version_and_no_version_carry_their_text_along(index: Index) -> None:
    await running(index)
    index.opened("a.py", "python", TEXT, 1)
    for question in (about("x = 1\n", 7), about("y = 1\n"), about("z\udc80 = 'é😀'\n")):
        found = await index.select(replace(question, task="review"), SECONDS)
        assert told(found)["text"] == question.text
        assert found.source == "tree"


async def test_a_completion_waits_for_no_tree(index: Index) -> None:
    await running(index)
    index.opened("a.py", "python", TEXT, 1)
    found = await index.select(about(TEXT, 1), SECONDS)
    assert told(found)["tree"] is None


async def test_a_service_that_lost_track_is_told_anew(index: Index) -> None:
    index.documents = lambda: [OpenText("a.py", "python", TEXT, 3), OpenText("b.py", "python", "b", 1)]
    await running(index)
    assert told(await index.select(about(TEXT, 3), SECONDS))["text"] == TEXT
    # The client believes that the service has version 4, which it cannot have.
    index._versions["a.py"] = 4
    assert told(await index.select(about("new = 1\n", 4), SECONDS))["text"] == "new = 1\n"
    longer = TEXT + "x = 1\n"
    assert told(await index.select(about(longer, 3), SECONDS))["text"] == longer  # same version, other text
    assert (await index.syntax("a.py", 9, 0, 0, SECONDS)).source == "words"


async def test_a_document_whose_opening_was_missed_is_told_of_with_the_first_question(index: Index) -> None:
    await running(index)
    await index.select(about(), SECONDS)
    index.documents = lambda: [OpenText("a.py", "python", TEXT, 1)]
    assert told(await index.select(about(TEXT, 1), SECONDS))["names"] == {"a.py": ["first"]}
    assert index._versions == {"a.py": 1}


async def test_a_missed_deadline_gives_a_reason_and_the_late_answer_is_thrown_away(index: Index) -> None:
    pid = await running(index)
    await index.select(about(), SECONDS)
    missed = await index.select(about(query="sleep 0.6"), 0.2)
    assert missed == Selection(left_out=(("workspace", "not found in time"),))
    assert told(await index.select(about("later"), SECONDS))["text"] == "later"
    assert index.pid == pid


@pytest.mark.alone
async def test_a_service_that_still_starts_costs_a_question_its_deadline_only(tmp_path: Path) -> None:
    index = Index(tmp_path, command=(*SERVICE, "slow"))
    try:
        began = time.monotonic()
        selection = await index.select(about(), 0.1)
        assert selection.left_out and time.monotonic() - began < 0.9
        assert told(await index.select(about(), SECONDS))["text"] == TEXT
    finally:
        await asyncio.wait_for(index.close(), SECONDS)


async def test_of_completions_in_a_document_the_newest_is_answered(index: Index) -> None:
    await running(index)
    await index.select(about(), SECONDS)
    first = asyncio.create_task(index.select(about(query="sleep 0.5"), SECONDS))
    await asyncio.sleep(0.1)
    others = [asyncio.create_task(index.select(about(f"{number}"), SECONDS)) for number in range(3)]
    answers = await asyncio.gather(first, *others)
    assert [bool(one.snippets) for one in answers] == [True, False, False, True]
    assert answers[1].left_out == (("workspace", "a newer question took its place"),)


async def test_a_failed_search_costs_its_answer_and_a_crash_is_mended(index: Index) -> None:
    index.documents = lambda: [OpenText("a.py", "python", TEXT, 1)]
    pid = await running(index)
    failed = await index.select(about(query="fail"), SECONDS)
    assert failed.left_out == (("workspace", "the search failed (ZeroDivisionError)"),)
    assert index.pid == pid
    crashed = await index.select(about(query="crash"), SECONDS)
    assert crashed.left_out == (("workspace", "the index service has ended"),)
    assert told(await index.select(about(TEXT, 1), SECONDS))["text"] == TEXT
    assert index.pid != pid


async def test_a_service_that_keeps_crashing_is_left_alone(tmp_path: Path) -> None:
    index = Index(tmp_path, command=(sys.executable, "-c", "raise SystemExit(1)"))
    try:
        for _ in range(3):
            index.start()
            await until(lambda: index.pid is not None)
            await until(lambda: index.pid is None)
        assert index.state == "failed"
        assert (await index.select(about(), SECONDS)).left_out == (("workspace", "the index is not running"),)
        assert index.pid is None
    finally:
        await index.close()
    missing = Index(tmp_path, command=("/no/such/program",))
    assert (await missing.select(about(), SECONDS)).left_out == (
        ("workspace", "the index could not be started"),
    )
    await missing.close()
    assert missing.state == "closed"


async def test_an_idle_service_ends_and_comes_back(tmp_path: Path) -> None:
    index = Index(tmp_path, command=SERVICE, idle_seconds=1.0)
    try:
        index.documents = lambda: [OpenText("a.py", "python", TEXT, 1)]
        pid = await running(index)
        await until(lambda: index.pid is None)
        assert await asyncio.to_thread(ends, pid)
        assert index.state == "off"
        assert told(await index.select(about(TEXT, 1), SECONDS))["text"] == TEXT
    finally:
        await asyncio.wait_for(index.close(), SECONDS)


async def test_a_root_that_nobody_chose_is_not_indexed(tmp_path: Path) -> None:
    index = Index(tmp_path, command=SERVICE)
    index.enabled = False
    index.opened("a.py", "python", TEXT, 1)
    assert (await index.select(about(), SECONDS)).left_out == (("workspace", "the index is not running"),)
    assert index.pid is None
    await index.close()


async def test_a_service_that_does_not_read_costs_no_memory_and_catches_up(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running(index)
    text = "x" * 1000 + "\n"
    index.opened("a.py", "python", text, 0)
    await index.select(about(text, 0), SECONDS)
    monkeypatch.setattr("counterpoint.index.child._FULL", 1 << 16)
    stuck = asyncio.create_task(index.select(about(query="sleep 1"), SECONDS))
    await asyncio.sleep(0.2)
    version = 0
    while "a.py" in index._versions:
        version += 1
        index.changed("a.py", version, [LineEdit(0, 0, 0, 0, "y" * 10_000)])
        assert version < 5_000
    await stuck
    await until(lambda: told_all(index))
    assert told(await index.select(about("whole\n", version), SECONDS))["text"] == "whole\n"


def told_all(index: Index) -> bool:
    child = index._child
    assert child is not None and child._process.stdin is not None
    return child._process.stdin.transport.get_write_buffer_size() == 0


async def test_no_secret_is_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "MY_TOKEN", "DB_PASSWORD", "A_SECRET"):
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path))
    index = Index(tmp_path, command=SERVICE)
    try:
        environ = told(await index.select(about(), SECONDS))["environ"]
        assert "COUNTERPOINT_HOME" in environ
        assert not [name for name in environ if name.endswith(("_KEY", "_TOKEN", "_PASSWORD", "_SECRET"))]
    finally:
        await asyncio.wait_for(index.close(), SECONDS)


async def test_files_that_changed_are_passed_on(index: Index, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await running(index)
    index.touched(["a.py", "b/c.py"])
    index.swept()
    await until(lambda: "sweep" in caplog.text)
    assert "touched a.py b/c.py" in caplog.text


async def test_documents_equal_to_their_files_are_left_to_the_index(index: Index, tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text(TEXT)
    await running(index)
    index.opened("b.py", "python", TEXT, 1)
    index.opened("c.py", "python", "def third(): pass\n", 1)
    assert told(await index.select(about(), SECONDS))["paths"] == ["c.py"]
    index.changed("b.py", 2, [LineEdit(0, 0, 0, 0, "def zero(): pass\n")])
    found = told(await index.select(replace(about(), task="review"), SECONDS))
    assert found["names"] == {"b.py": ["zero", "first"], "c.py": ["third"]}
    index.changed("c.py", 2, [LineEdit(0, 4, 0, 9, "fourth")])
    found = told(await index.select(about(), SECONDS))
    assert found["names"]["c.py"] == ["third"]  # a key does not wait for facts
    async with asyncio.timeout(SECONDS):
        while found["names"]["c.py"] != ["fourth"]:
            await asyncio.sleep(0.4)
            found = told(await index.select(about(), SECONDS))
    assert found["recent"] == [["c.py", 0, 0], ["b.py", 0, 1]]
    (tmp_path / "b.py").write_text("def zero(): pass\n" + TEXT)
    index.touched(["b.py"])
    index.closed("c.py")
    assert told(await index.select(about(), SECONDS))["paths"] == []


async def test_the_service_ends_with_its_parent_and_the_server_imports_no_grammar() -> None:
    script = f"""
        import asyncio, os, sys
        from pathlib import Path
        from counterpoint.index.client import Index

        async def main():
            index = Index(Path.cwd(), command={SERVICE!r})
            await index.syntax("none", 1, 0, 0, 30)
            print(index.pid, flush=True)
            assert "tree_sitter" not in sys.modules and "counterpoint.index.store" not in sys.modules
            os._exit(9)

        asyncio.run(main())
    """
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE, capture_output=True, timeout=60,
        env={**os.environ, "PYTHONPATH": SERVER}, check=False,
    )  # fmt: skip
    assert done.returncode == 9, done.stderr
    assert await asyncio.to_thread(ends, int(done.stdout))


async def test_values_come_back_from_the_wire_as_they_went() -> None:
    question = Question(
        "review", "a.py", "python", "t", 1, 2, hunks=((1, 2),), recent=(RecentEdit("b", 1, 2, 0.5),),
        history={"c": 0.5}, version=3,
    )  # fmt: skip
    row = wire.unpacked(wire.packed(wire.question_row(question, with_text=False)))
    assert row["text"] == ""
    assert wire.read_question(row, "t", ()) == question
    selection = Selection(
        (Snippet("a", 1, 2, "x", "why", 3),), (("b", "why"),), (Site("c", 4, True, "why"),), "slice"
    )
    assert wire.read_selection(wire.unpacked(wire.packed(wire.selection_row(selection)))) == selection
    syntax = Syntax(
        "tree",
        (Scope("class", "A", 1, 2),),
        ((0, 1),),
        "a.b",
        Point(1, 2),
        None,
        ((Point(0, 1), Point(0, 2)),),
    )
    assert wire.read_syntax(wire.unpacked(wire.packed(wire.syntax_row(syntax)))) == syntax
    assert wire.unpacked(wire.packed({"a": "\udc80"})) == {"a": "\udc80"}
    with pytest.raises(ValueError, match="message"):
        wire.unpacked(b"[]")


async def test_a_suggestion_is_tried_in_the_document_as_it_is_now(index: Index) -> None:
    document = Document.of("a.py", "def first():\n    \n", "python", 1)
    index.documents = lambda: [OpenText("a.py", "python", document.text, 1)]
    await running(index)
    index.opened("a.py", "python", document.text, 1)
    place = Span(17, 17)
    good = await index.judge(document, Insertion("return len(made_up)", place), SECONDS)
    assert good == Judgement(0, 19, ("made_up",))
    bad = await index.judge(document, Insertion("return 1\n    x = )", place), SECONDS)
    assert bad is not None
    assert (bad.errors, bad.whole) == (1, 8)
    assert await index.judge(document, Insertion("return 1", place), 0.0) is None
    later = Document.of("a.py", document.text, "python", 9)
    assert await index.judge(later, Insertion("return 1", place), SECONDS) is None


def descendants() -> set[int]:
    """The processes that this one has begun and that still run."""
    mine = Path(f"/proc/self/task/{os.getpid()}/children")
    return {int(pid) for pid in mine.read_text().split()}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("steps", range(8))
async def test_closed_amid_its_start_it_leaves_no_process(tmp_path: Path, steps: int) -> None:
    before = descendants()
    index = Index(tmp_path, command=SERVICE)
    index.start()
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(SECONDS):
        await index.close()
        await index.close()
    assert descendants() == before and index.pid is None
