"""After an edit: Keep, Revert, Refine, the other voice's version, a review of it, over the wire."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterpoint.ledger import Ledger
from counterpoint.paths import folders
from tests.e2e.lsp.buffers import Buffers
from tests.e2e.lsp.product import FULL, PLAIN, Editor, editor, edits, findings, place
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

TEXT = "def add(a, b):\n    return a - b\n\n\nprint(add(1, 2))\n"
PLUS = {"old": "    return a - b", "new": "    return a + b", "line": 2}
SUM = {"old": "    return a - b", "new": "    return sum((a, b))", "line": 2}
ASKING = {**FULL, "experimental": {"counterpoint": {"input": True}}}


@asynccontextmanager
async def playing(
    root: Path, models: ModelServer, capabilities: Any = FULL, text: str = TEXT, encoding: str = "utf-16"
) -> AsyncIterator[tuple[Editor, Buffers, str]]:
    """An editor with one file open."""
    path = root / "shop.py"
    path.write_bytes(text.encode())
    async with editor(root, models, capabilities) as client:
        buffers = Buffers(client, encoding)
        uri = await buffers.open(path)
        yield client, buffers, uri


async def menu(client: Editor, uri: str, line: int = 1) -> dict[str, Any]:
    """The entries for an edit at a line, by the first words of their titles."""
    found = await client.actions(uri, (line, 4), (line, 4))
    names = ("Keep", "Revert", "Refine...", "The other voice's version", "Review this")
    return {
        name: one for name in names for one in found if one["title"].startswith(name) and one.get("command")
    }


async def chosen(client: Editor, entry: Any, **more: Any) -> Any:
    """Run an entry of the menu."""
    command = entry["command"]
    return await client.command(command["command"], {**command["arguments"][0], **more})


async def changed(client: Editor, uri: str, instruction: str = "Add them") -> Any:
    return await client.command("counterpoint.edit", {"uri": uri, "instruction": instruction})


async def test_the_changed_lines_offer_five_choices_and_the_others_none(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with playing(tmp_path, models, ASKING) as (client, buffers, uri):
            assert await menu(client, uri) == {}
            assert (await changed(client, uri))["applied"]
            assert buffers.texts[uri] == TEXT.replace("a - b", "a + b")
            found = await menu(client, uri)
            assert [*found] == ["Keep", "Revert", "Refine...", "The other voice's version", "Review this"]
            assert found["Refine..."]["title"].startswith("Refine... (GPT-5.5, ")
            assert found["The other voice's version"]["title"].startswith(
                "The other voice's version (Opus 4.7, "
            )
            assert found["Review this"]["title"].startswith("Review this (Opus 4.7, ")
            assert await menu(client, uri, 4) == {}
            assert await client.actions(uri, (1, 0), (1, 0), only=["source.fixAll"]) == []


@pytest.mark.parametrize("capabilities", [FULL, PLAIN], ids=["full", "plain"])
async def test_reverted_the_text_is_what_it_was_to_the_byte(tmp_path: Path, capabilities: Any) -> None:
    encoding = capabilities["general"]["positionEncodings"][0]
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with playing(tmp_path, models, capabilities, encoding=encoding) as (client, buffers, uri):
            await changed(client, uri)
            # Typed before, behind and after it: the edit is found where it stands now.
            text = buffers.texts[uri]
            await buffers.type(uri, len(text), len(text), "# end 漢😀\n")
            await buffers.type(uri, 0, 0, "# 漢😀\n")
            wanted = "# 漢😀\n" + TEXT + "# end 漢😀\n"
            result = await chosen(client, (await menu(client, uri, 2))["Revert"])
            assert result["applied"] and result["files"] == ["shop.py"] and result["dropped"] == []
            assert buffers.texts[uri] == wanted
            assert await menu(client, uri, 2) == {}
            await buffers.undo()
            assert "a + b" in buffers.texts[uri], "one undo brings the edit back"


async def test_what_the_user_has_changed_since_stays_and_is_named(tmp_path: Path) -> None:
    two = {"old": "print(add(1, 2))", "new": "print(add(1, 2), add(3, 4))", "line": 5}
    with ModelServer() as models:
        models.answer(edits(PLUS, two))
        async with playing(tmp_path, models) as (client, buffers, uri):
            await changed(client, uri)
            at = buffers.texts[uri].index("+ b")
            await buffers.type(uri, at, at + 1, "*")
            result = await chosen(client, (await menu(client, uri))["Revert"])
            assert [one["reason"] for one in result["dropped"]] == ["edited-since"]
            assert "shop.py:2" in result["dropped"][0]["detail"]
            assert buffers.texts[uri] == TEXT.replace("a - b", "a * b")
            said = [one["message"] for one in client.notices("window/showMessage")]
            assert any("shop.py:2" in text for text in said)


async def test_kept_its_marks_are_gone_and_the_costs_tell(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS), repeat=True)
        async with playing(tmp_path, models) as (client, _, uri):
            job = (await changed(client, uri))["job"]
            assert await chosen(client, (await menu(client, uri))["Keep"]) == {"job": job, "choice": "kept"}
            assert await menu(client, uri) == {}
            run = {
                "command": "counterpoint.outcome",
                "arguments": [{"job": job, "choice": "kept", "uri": uri}],
            }
            assert (await client.error("workspace/executeCommand", run))["data"]["fix"]


async def test_over_several_files_it_is_one_edit_and_one_revert(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from shop import add\n\nadd(1)\n")
    (tmp_path / "third.py").write_text("x = 1\n")
    answer = edits(
        PLUS,
        {"path": "other.py", "old": "add(1)", "new": "add(1, 2)", "line": 3},
        {"path": "third.py", "old": "x = 1", "new": "x = 2", "line": 1},
        {"path": "made.py", "old": "", "new": "made = 1\n", "line": 1},
    )
    with ModelServer() as models:
        models.answer(answer)
        async with playing(tmp_path, models) as (client, buffers, uri):
            other = await buffers.open(tmp_path / "other.py")
            assert len((await changed(client, uri))["files"]) == 4
            assert (tmp_path / "made.py").read_text() == "made = 1\n"
            assert len(buffers.undos) == 1
            found = await menu(client, other, 2)
            assert found["Revert"]["title"] == "Revert (4 files)"
            result = await chosen(client, found["Revert"])
            assert sorted(result["files"]) == ["made.py", "other.py", "shop.py", "third.py"]
            assert len(buffers.undos) == 2, "one edit"
            assert buffers.texts[uri] == TEXT and buffers.texts[other] == "from shop import add\n\nadd(1)\n"
            assert (tmp_path / "third.py").read_text() == "x = 1\n"
            assert not (tmp_path / "made.py").exists()


async def test_a_made_file_that_was_edited_stays(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS, {"path": "made.py", "old": "", "new": "made = 1\n", "line": 1}))
        async with playing(tmp_path, models) as (client, buffers, uri):
            await changed(client, uri)
            (tmp_path / "made.py").write_text("made = 2\n")
            result = await chosen(client, (await menu(client, uri))["Revert"])
            assert result["files"] == ["shop.py"]
            assert [one["reason"] for one in result["dropped"]] == ["edited-since"]
            assert (tmp_path / "made.py").read_text() == "made = 2\n" and buffers.texts[uri] == TEXT


async def test_undone_by_the_editor_it_is_gone_and_redone_it_is_back(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with playing(tmp_path, models) as (client, buffers, uri):
            await changed(client, uri)
            after = buffers.texts[uri]
            await buffers.undo()
            assert await menu(client, uri) == {}
            await buffers.replace(uri, after)
            assert "Revert" in await menu(client, uri)


async def test_a_document_that_is_closed_and_opened_again_is_followed(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with playing(tmp_path, models) as (client, buffers, uri):
            await changed(client, uri)
            (tmp_path / "shop.py").write_bytes(buffers.texts[uri].encode())
            await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            assert await buffers.open(tmp_path / "shop.py") == uri
            assert (await chosen(client, (await menu(client, uri))["Revert"]))["applied"]
            assert buffers.texts[uri] == TEXT


async def test_refined_the_model_is_told_what_was_done(tmp_path: Path) -> None:
    again = {"old": "    return a + b", "new": "    return b + a", "line": 2}
    with ModelServer() as models:
        models.answer(edits(PLUS))
        models.answer(edits(again))
        async with playing(tmp_path, models, ASKING) as (client, buffers, uri):
            asked: list[Any] = []

            def answer(params: Any) -> Any:
                asked.append(params)
                return {"text": " The other way round "}

            client.answers["counterpoint/input"] = answer
            await changed(client, uri)
            result = await chosen(client, (await menu(client, uri))["Refine..."])
            assert result["applied"] and "return b + a" in buffers.texts[uri]
            assert asked == [{"title": "Refine: Add them", "placeholder": "What should be different?"}]
            body = str(models.log[1].body)
            for told in (
                "The other way round",
                "Request: Add them",
                "+    return a + b",
                "It is in the file",
            ):
                assert told in body
            await chosen(client, (await menu(client, uri))["Revert"])
            assert "return a + b" in buffers.texts[uri], "the refinement is taken back"
            await chosen(client, (await menu(client, uri))["Revert"])
            assert buffers.texts[uri] == TEXT, "and then the edit"


async def test_who_closes_the_box_asks_for_nothing(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with playing(tmp_path, models, ASKING) as (client, _, uri):
            client.answers["counterpoint/input"] = lambda params: {"text": None}
            await changed(client, uri)
            command = (await menu(client, uri))["Refine..."]["command"]
            run = {"command": command["command"], "arguments": command["arguments"]}
            assert (await client.error("workspace/executeCommand", run))["code"] == -32802
            bare = {"command": "counterpoint.edit", "arguments": [{"uri": uri}]}
            assert (await client.error("workspace/executeCommand", bare))["code"] == -32802
            assert len(models.log) == 1


async def test_the_other_voice_answers_about_the_text_as_it_was_and_takes_its_place(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        models.answer(edits(SUM))
        async with playing(tmp_path, models) as (client, buffers, uri):
            await changed(client, uri)
            await buffers.type(uri, 0, 0, "# typed\n")
            result = await chosen(client, (await menu(client, uri, 2))["The other voice's version"])
            assert result["applied"]
            assert buffers.texts[uri] == "# typed\n" + TEXT.replace("a - b", "sum((a, b))")
            first, second = models.log
            assert first.path != second.path, "another vendor"
            assert "return a - b" in str(second.body) and "return a + b" not in str(second.body)
            assert len(buffers.undos) == 2
            await buffers.undo()
            assert "a + b" in buffers.texts[uri], "one undo brings the first version back"


async def test_the_other_voice_s_version_can_be_reverted_too(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        typed = threading.Event()
        models.answer(edits(SUM), until=typed)
        async with playing(tmp_path, models) as (client, buffers, uri):
            await changed(client, uri)
            command = (await menu(client, uri))["The other voice's version"]["command"]
            run = {"command": command["command"], "arguments": command["arguments"]}
            request = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 2, 60)
            await buffers.type(uri, 0, 0, "# typed meanwhile\n")
            await client.heard()
            typed.set()
            assert (await client.reply(request))["result"]["applied"]
            assert "sum((a, b))" in buffers.texts[uri]
            await chosen(client, (await menu(client, uri, 2))["Revert"])
            assert buffers.texts[uri] == "# typed meanwhile\n" + TEXT


async def test_a_review_of_this_is_about_its_lines_alone(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        models.answer(findings(), repeat=True)
        async with playing(tmp_path, models) as (client, _, uri):
            await changed(client, uri)
            found = await menu(client, uri)
            result = await chosen(client, found["Review this"])
            assert result["complete"] and result["units"]["asked"] == 1
            assert "return a + b" in str(models.log[1].body)
            assert "Revert" in await menu(client, uri), "a review settles nothing"


async def test_costs_show_what_became_of_edits(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS), repeat=True)
        async with playing(tmp_path, models) as (client, buffers, uri):
            for choice in ("Keep", "Revert"):
                await changed(client, uri)
                await chosen(client, (await menu(client, uri))[choice])
                await buffers.replace(uri, TEXT)
            await changed(client, uri)
            await buffers.undo()
            assert await menu(client, uri) == {}
            async with asyncio.timeout(60):
                while True:
                    rows = (await client.command("counterpoint.costs", {}))["edits"]
                    if rows and rows[0]["undone"]:
                        break
                    await asyncio.sleep(0.05)
            (row,) = rows
            assert (row["applied"], row["kept"], row["reverted"], row["undone"]) == (3, 1, 1, 1)
            assert row["model"] == "gpt-5.5" and row["accepted"] == pytest.approx(1 / 3)


async def test_what_a_model_assumed_and_must_know_reaches_the_user(tmp_path: Path) -> None:
    asking = json.dumps({"assumptions": [], "question": "Which base?", "edits": []})
    assuming = json.loads(edits(PLUS)) | {"assumptions": ["Both are numbers."], "question": ""}
    with ModelServer() as models:
        models.answer(asking)
        models.answer(json.dumps(assuming))
        async with playing(tmp_path, models, ASKING) as (client, _, uri):
            client.answers["counterpoint/input"] = lambda params: {"text": "Ten"}
            result = await changed(client, uri)
            assert result["applied"] and result["assumptions"] == ["Both are numbers."]
            body = str(models.log[1].body)
            assert "You asked: Which base?" in body and "The user answered: Ten" in body
            said = await client.until(lambda m: m.get("method") == "window/showMessage")
            assert said["params"]["message"] == "Assumed: Both are numbers."


async def test_a_question_nobody_can_be_asked_is_shown(tmp_path: Path) -> None:
    asking = json.dumps({"assumptions": [], "question": "Which base?", "edits": []})
    with ModelServer() as models:
        models.answer(asking)
        async with playing(tmp_path, models) as (client, _, uri):
            result = await changed(client, uri)
            assert not result["applied"] and result["question"] == "Which base?"
            said = await client.until(lambda m: m.get("method") == "window/showMessage")
            assert "Which base?" in said["params"]["message"]


async def test_the_box_begins_with_what_the_comment_says(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits({"old": "x = 1", "new": "x = 2", "line": 2}))
        async with playing(tmp_path, models, ASKING, "# Make it two.\nx = 1\n") as (client, buffers, uri):
            asked: list[Any] = []

            def answer(params: Any) -> Any:
                asked.append(params)
                return {"text": params["value"]}

            client.answers["counterpoint/input"] = answer
            argument = {"uri": uri, "range": {"start": place(0, 0), "end": place(1, 5)}}
            assert (await client.command("counterpoint.edit", argument))["applied"]
            assert asked[0]["value"] == "Make it two."
            assert buffers.texts[uri] == "# Make it two.\nx = 2\n"


def endings() -> list[tuple[str, str, str]]:
    """How jobs ended, by the ledger of the server under test: task, outcome, model."""
    ledger = Ledger(folders().state / "ledger.sqlite3")
    try:
        return [(one.task, one.outcome, one.model) for one in ledger.outcomes(date(2020, 1, 1))]
    finally:
        ledger.close()


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        ("saved", "kept"),
        ("edited", "rewritten"),
        ("left", "undone"),
        ("undone", "undone"),
        ("revert", "undone"),
    ],
)
async def test_how_an_edit_ends_is_in_the_ledger_once_the_file_is_closed(
    tmp_path: Path, ends: str, outcome: str
) -> None:
    with ModelServer() as models:
        models.answer(edits(SUM))
        async with playing(tmp_path, models, FULL) as (client, buffers, uri):
            await changed(client, uri)
            text = buffers.texts[uri]
            if ends == "undone":
                await buffers.undo()
            if ends == "revert":
                await chosen(client, (await menu(client, uri))["Revert"])
            if ends in ("saved", "edited"):
                now = text if ends == "saved" else text.replace("sum((a, b))", "total(b, 1)")
                (tmp_path / "shop.py").write_text(now)
            if ends != "revert":
                await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            async with asyncio.timeout(60):
                while not endings():
                    await asyncio.sleep(0.02)
        assert endings() == [("edit", outcome, "gpt-5.5")]
