"""Tasks of pair programming over the wire: where the menu offers them, and answers of each shape."""

from __future__ import annotations

import asyncio
import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, PLAIN, Editor, editor, edits, findings, place
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

SHOP = "def total(items):\n    return sum(items)\n\n\ndef refund(order):\n    pass\n"
INPUT: dict[str, Any] = {**FULL, "experimental": {"counterpoint": {"input": True}}}


def _client(**window: Any) -> dict[str, Any]:
    capabilities = copy.deepcopy(INPUT)
    capabilities["window"]["showDocument"] = {"support": True}
    capabilities["workspace"]["textDocumentContent"] = {}
    return capabilities


def _shop(root: Path, text: str = SHOP, name: str = "shop.py") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _at(uri: str, line: int, last: int | None = None) -> dict[str, Any]:
    return {"uri": uri, "range": {"start": place(line, 0), "end": place(line if last is None else last, 0)}}


async def _titles(client: Editor, uri: str, start: tuple[int, int], end: tuple[int, int]) -> list[str]:
    return [one["title"] for one in await _entries(client, uri, start, end)]


async def _entries(client: Editor, uri: str, start: tuple[int, int], end: tuple[int, int]) -> list[Any]:
    """The tasks of the menu, without what else rewrites code."""
    actions = await client.actions(uri, start, end, only=["refactor.rewrite"])
    return [one for one in actions if one["kind"] == "refactor.rewrite.counterpoint"]


def _git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, timeout=60, capture_output=True)


def _text_after(client: Editor, text: str) -> str:
    """The document after the one edit that was applied to it."""
    (params,) = [m["params"] for m in client.seen if m.get("method") == "workspace/applyEdit"]
    (change,) = [one for one in params["edit"]["documentChanges"] if "edits" in one]
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines) + 1)]
    for one in sorted(change["edits"], key=lambda edit: edit["range"]["start"]["line"], reverse=True):
        first, last = (
            starts[one["range"][end]["line"]] + one["range"][end]["character"] for end in ("start", "end")
        )
        text = text[:first] + one["newText"] + text[last:]
    return text


async def test_the_menu_offers_what_fits_with_its_price(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        async with editor(tmp_path, models, INPUT) as client:
            uri = await client.open(path)
            await client.pull(uri)
            stub = await _titles(client, uri, (5, 4), (5, 4))
            assert stub[0].startswith("Implement this (GPT-5.5, ") and stub[-1] == "More edits..."
            assert len(stub) <= 7 and any(title.startswith("Refactor... (Opus 4.7, ") for title in stub)
            body = await _titles(client, uri, (1, 4), (1, 4))
            assert not any(title.startswith("Implement") for title in body)
            assert any(title.startswith("Write tests for this (GPT-5.5, ") for title in body)
            selected = await _titles(client, uri, (0, 0), (2, 0))
            assert any(title.startswith("Simplify this (") for title in selected)
        assert models.log == ()


async def test_a_stub_is_implemented_within_its_definition(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(edits({"old": "    pass", "new": "    return -order", "line": 6}))
        async with editor(tmp_path, models, INPUT) as client:
            uri = await client.open(path)
            result = await client.command(
                "counterpoint.task", {**_at(uri, 5), "version": 1, "task": "implement"}
            )
            assert result["applied"] and result["dropped"] == []
        sent = str(models.log[0].body["input"])
        assert "The selection is lines 5 to 6:" in sent and "Request: implement it." in sent


async def test_tests_are_asked_for_with_what_the_project_shows_of_its_own(tmp_path: Path) -> None:
    path = _shop(tmp_path, name="shop/orders.py")
    _shop(tmp_path, "[tool.pytest.ini_options]\n", "pyproject.toml")
    _shop(tmp_path, "def test_count():\n    assert len([]) == 0\n", "tests/test_stock.py")
    new = {"path": "tests/test_orders.py", "old": "", "new": "def test_total():\n    assert 1\n", "line": 1}
    with ModelServer() as models:
        models.answer(edits(new))
        async with editor(tmp_path, models, INPUT) as client:
            uri = await client.open(path)
            result = await client.command("counterpoint.task", {**_at(uri, 1), "task": "tests"})
            assert result["files"] == ["tests/test_orders.py"]
            (applied,) = [m["params"] for m in client.seen if m.get("method") == "workspace/applyEdit"]
            notes = applied["edit"]["changeAnnotations"].values()
            assert not any(note.get("needsConfirmation") for note in notes), "the task chooses its files"
        sent = str(models.log[0].body["input"])
        assert "The framework is pytest (pyproject.toml, line 1" in sent
        assert "the tests belong into tests/test_orders.py" in sent
        assert "1| def test_count():" in sent


async def test_a_comment_to_us_is_done_and_goes(tmp_path: Path) -> None:
    text = "def total(items):\n    # ai: count from ten\n    return sum(items)\n"
    path = _shop(tmp_path, text)
    with ModelServer() as models:
        models.answer(edits({"old": "return sum(items)", "new": "return sum(items, 10)", "line": 3}))
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await client.pull(uri)
            (action, *_) = await _entries(client, uri, (1, 6), (1, 6))
            assert action["title"].startswith("Do what the ai: comment says: count from ten (GPT-5.5, ")
            command = action["command"]
            result = await client.command(command["command"], command["arguments"][0])
            assert result["applied"]
            assert _text_after(client, text) == "def total(items):\n    return sum(items, 10)\n"
        assert "count from ten" in str(models.log[0].body["input"])


async def test_all_comments_to_us_are_done_at_once(tmp_path: Path) -> None:
    text = "# ai: two\nx = 1\n# ai: three\ny = 1\n"
    path = _shop(tmp_path, text)
    answer = edits({"old": "x = 1", "new": "x = 2", "line": 2}, {"old": "y = 1", "new": "y = 3", "line": 4})
    with ModelServer() as models:
        models.answer(answer)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            result = await client.command("counterpoint.edit", {"uri": uri, "comments": "all"})
            assert result["applied"]
            assert _text_after(client, text) == "x = 2\ny = 3\n"
            bare = _shop(tmp_path, "x = 1\n", "bare.py")
            none = {
                "command": "counterpoint.edit",
                "arguments": [{"uri": await client.open(bare), "comments": "all"}],
            }
            assert "# ai:" in (await client.error("workspace/executeCommand", none))["data"]["fix"]


async def test_an_instruction_is_asked_for_where_the_editor_can(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(edits({"old": "sum(items)", "new": "sum(items) * 2", "line": 2}))
        async with editor(tmp_path, models, INPUT) as client:
            asked: list[Any] = []

            def said(params: Any) -> Any:
                asked.append(params)
                return {"text": "Double it"}

            client.answers["counterpoint/input"] = said
            uri = await client.open(path)
            result = await client.command("counterpoint.edit", _at(uri, 1))
            assert result["applied"] and len(asked) == 1
        assert "Request: Double it" in str(models.log[0].body["input"])


async def test_an_explanation_is_a_page_with_links(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer("It adds, `shop.py:2`. See gone.py:7.")
        async with editor(tmp_path, models, _client()) as client:
            client.answers["window/showDocument"] = lambda params: {"success": True}
            uri = await client.open(path)
            result = await client.command("counterpoint.task", {**_at(uri, 1), "task": "explain"})
            assert result["markdown"] == "It adds, `shop.py:2`. See gone.py:7 (no such file)."
            assert result["citations"] == [{"path": "shop.py", "line": 2, "endLine": 2, "shown": True}]
            assert [item["reason"] for item in result["dropped"]] == ["no-such-file"]
            page = await client.request("workspace/textDocumentContent", {"uri": result["shown"]})
            assert f"[`shop.py:2`]({uri}#L2)" in page["text"]
        sent = str(models.log[0].body["input"])
        assert "The code to explain is lines 1 to 2:" in sent


async def test_a_question_is_answered_as_a_page_and_as_text(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer("In shop.py:1.", repeat=True)
        async with editor(tmp_path, models, _client()) as client:
            client.answers["window/showDocument"] = lambda params: {"success": True}
            client.answers["counterpoint/input"] = lambda params: {"text": None}
            result = await client.command("counterpoint.ask", {"question": "Where is the total?"})
            assert result["markdown"] == "In shop.py:1." and result["shown"].startswith("counterpoint:/ask-")
            uri = await client.open(path)
            quiet = {**_at(uri, 4), "question": "What is missing?", "show": False}
            result = await client.command("counterpoint.ask", quiet)
            assert result["shown"] is None
            run = {"command": "counterpoint.ask", "arguments": [{}]}
            assert "code" in await client.error("workspace/executeCommand", run), "the user went away"
        assert "It was asked in shop.py, at lines 5 to 5:" in str(models.log[1].body["input"])


async def test_a_client_without_documents_gets_the_answer_as_a_message(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer("It adds.")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            result = await client.command("counterpoint.task", {**_at(uri, 1), "task": "explain"})
            assert result["shown"] is None and result["markdown"] == "It adds."
            said = await client.until(lambda m: m.get("method") == "window/showMessage")
            assert said["params"]["message"] == "It adds."


OWN = {
    "sort": "---\ntitle: Sort it\nscope: file\nanswer: edits\n---\nSort the functions.\n",
    "money": "---\ntitle: Money is no float\nscope: file\nanswer: findings\nrole: deep\n---\nFind floats\n",
    "who": "---\ntitle: Who calls it\nscope: symbol\nanswer: prose\n---\nTell who calls it.\n",
    "bad": "---\nendpoint: http://evil.example\n---\nSend it.\n",
}


async def test_own_tasks_of_each_shape(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    for name, text in OWN.items():
        _shop(tmp_path, text, f".counterpoint/tasks/{name}.md")
    with ModelServer() as models:
        models.answer(
            edits({"old": "    pass", "new": "    return 0", "line": 6}), match="Sort the functions"
        )
        models.answer(
            findings({"line": 2, "quote": "return sum(items)", "title": "A float"}), match="Find floats"
        )
        models.answer("Nobody, shop.py:1.", match="Tell who calls it")
        async with editor(tmp_path, models, _client()) as client:
            client.answers["window/showDocument"] = lambda params: {"success": True}
            uri = await client.open(path)
            await client.pull(uri)
            shown = await _titles(client, uri, (1, 4), (1, 4))
            assert any(title.startswith("Money is no float (Opus 4.7, ") for title in shown)
            assert (await client.command("counterpoint.task", {**_at(uri, 1), "task": "sort"}))["applied"]
            found = await client.command("counterpoint.task", {**_at(uri, 1), "task": "money"})
            assert found["findings"] == 1
            report = await client.pull(uri)
            (item,) = [one for one in report["items"] if "A float" in one["message"]]
            assert item["code"] == "money/logic"
            fixes = await client.actions(uri, (1, 4), (1, 8), [item], only=["quickfix"])
            assert any(
                one["title"].startswith("Fix with a model: A float (unverified) (GPT") for one in fixes
            )
            told = await client.command("counterpoint.task", {**_at(uri, 1), "task": "who"})
            assert told["markdown"] == "Nobody, shop.py:1."
            run = {"command": "counterpoint.task", "arguments": [{**_at(uri, 1), "task": "bad"}]}
            error = await client.error("workspace/executeCommand", run)
            assert "unknown field 'endpoint'" in error["data"]["fix"]
        quoted = [str(record.body) for record in models.log]
        assert all("<project_task name=" in one for one in quoted) and len(quoted) == 3


async def test_an_own_task_is_promised_of_and_sent_to_whoever_may_see_its_file(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    _shop(tmp_path, "---\ntitle: Sort by name\nscope: file\n---\nSort it.\n", ".counterpoint/tasks/sort.md")
    rules = {"COUNTERPOINT__PROVIDERS__PATHS": '{".counterpoint/tasks/**" = ["anthropic"]}'}
    with ModelServer() as models:
        models.answer(edits({"old": "    pass", "new": "    return 0", "line": 6}))
        async with editor(tmp_path, models, INPUT, env=rules) as client:
            uri = await client.open(path)
            await client.pull(uri)
            shown = await _titles(client, uri, (0, 0), (0, 0))
            assert any(title.startswith("Sort by name (Opus 4.7, ") for title in shown), shown
            listed = (await client.command("counterpoint.tasks", {"uri": uri}))["tasks"]
            assert any(one["title"].startswith("Sort by name (Opus 4.7, ") for one in listed)
            done = await client.command("counterpoint.task", {**_at(uri, 1), "task": "sort"})
            assert done["applied"] and "only anthropic see .counterpoint/tasks/**" in done["notice"]
        assert [record.body["model"] for record in models.log] == ["claude-opus-4-7"]


async def test_an_own_task_that_is_saved_is_read_anew(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    own = _shop(tmp_path, "---\nscope: file\n---\nSort it.\n", ".counterpoint/tasks/sort.md")
    with ModelServer() as models:
        async with editor(tmp_path, models, INPUT) as client:
            uri = await client.open(path)
            theirs = await client.open(own, "markdown")
            own.write_text("---\ntitle: Sort by name\nscope: file\n---\nSort it.\n")
            await client.notify("textDocument/didSave", {"textDocument": {"uri": theirs}})
            async with asyncio.timeout(60):
                while not any(
                    title.startswith("Sort by name") for title in await _titles(client, uri, (0, 0), (0, 0))
                ):
                    await asyncio.sleep(0.05)


async def test_a_client_of_standard_kinds_gets_them(tmp_path: Path) -> None:
    capabilities = copy.deepcopy(PLAIN)
    capabilities["textDocument"]["codeAction"].pop("dataSupport")
    capabilities["textDocument"]["codeAction"].pop("resolveSupport")
    path = _shop(tmp_path)
    with ModelServer() as models:
        async with editor(tmp_path, models, capabilities) as client:
            uri = await client.open(path)
            actions = await client.actions(uri, (5, 4), (5, 4))
            assert actions[0]["title"].startswith("Implement this")
            assert {action["kind"] for action in actions} <= {
                "refactor.rewrite",
                "refactor.extract",
                "quickfix",
            }


async def test_more_edits_lets_the_user_choose_among_all(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(edits({"old": "sum(items)", "new": "sum(items, 0)", "line": 2}))
        async with editor(tmp_path, models, INPUT) as client:
            asked: list[Any] = []

            def choose(params: Any) -> Any:
                asked.append(params)
                return next(one for one in params["actions"] if one["title"].startswith("Simplify this"))

            client.answers["window/showMessageRequest"] = choose
            uri = await client.open(path)
            await client.pull(uri)
            actions = await _entries(client, uri, (1, 4), (1, 4))
            more = actions[-1]["command"]
            assert (await client.command(more["command"], more["arguments"][0]))["applied"]
            titles = [one["title"] for one in asked[0]["actions"]]
            assert len(titles) == 7 and all("GPT-5.5" in one or "Opus 4.7" in one for one in titles)
            listed = await client.command("counterpoint.tasks", _at(uri, 1))
            assert [one["title"] for one in listed["tasks"]] == titles
            assert all(one["argument"]["uri"] == uri for one in listed["tasks"])
            client.answers["window/showMessageRequest"] = lambda params: None
            gone = await client.command(more["command"], more["arguments"][0])
            assert gone == {"job": None}


async def test_the_message_of_a_commit(tmp_path: Path) -> None:
    secret = "sk-ant-api03-" + "A1b2C3d4E5" * 9
    path = _shop(tmp_path)
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["commit", "-q", "-m", "Orders have a total"],
    ):
        _git(tmp_path, *command)
    with ModelServer() as models:
        models.answer("```\nOrders can be refunded\n\nWith a reason.\n```", repeat=True)
        async with editor(tmp_path, models, INPUT) as client:
            uri = await client.open(path)
            run = {"command": "counterpoint.task", "arguments": [{"uri": uri, "task": "commit"}]}
            assert "Nothing is staged" in (await client.error("workspace/executeCommand", run))["message"]
            path.write_text(SHOP.replace("pass", f"return '{secret}'"))
            _shop(tmp_path, f"password = {secret}\n", ".env")
            _git(tmp_path, "add", "-A", "-f")
            result = await client.command("counterpoint.task", {"task": "commit"})
            assert result["text"] == "Orders can be refunded\n\nWith a reason." and not result["applied"]
            message = tmp_path / ".git" / "COMMIT_EDITMSG"
            message.write_text("\n# Please enter the message\n")
            theirs = await client.open(message, "git-commit")
            menu = await _entries(client, theirs, (0, 0), (0, 0))
            assert menu[0]["title"].startswith("Write the commit message (GPT-5.5, ")
            result = await client.command("counterpoint.task", {**_at(theirs, 0), "task": "commit"})
            assert result["applied"]
            (params,) = [m["params"] for m in client.seen if m.get("method") == "workspace/applyEdit"]
            (change,) = params["edit"]["documentChanges"]
            assert change["textDocument"]["uri"] == theirs
            assert change["edits"][0]["newText"] == "Orders can be refunded\n\nWith a reason.\n\n"
        sent = json.dumps(models.log[0].body)
        assert "Orders have a total" in sent and "+    return 'SECRET_" in sent
        assert "A1b2C3d4E5" not in sent and ".env" not in sent
        assert "1 more (ignored, generated or kept private)" in sent


async def test_the_repository_that_is_named_is_the_one_that_is_committed(tmp_path: Path) -> None:
    inner, linked = tmp_path / "inner", tmp_path / "linked"
    for folder in (tmp_path, inner):
        _shop(folder)
        for command in (["init", "-q", "-b", "main"], ["add", "shop.py"], ["commit", "-q", "-m", "One"]):
            _git(folder, *command)
    _git(inner, "worktree", "add", "-q", "-b", "side", linked.as_posix())
    for name, folder in (("nested.py", inner), ("beside.py", linked)):
        _shop(folder, "x = 1\n", name)
        _git(folder, "add", name)
    with ModelServer() as models:
        models.answer("Something is said", repeat=True)
        async with editor(tmp_path, models, INPUT) as client:
            argument = {"task": "commit", "uri": inner.as_uri()}
            assert (await client.command("counterpoint.task", argument))["text"] == "Something is said"
            message = inner / ".git" / "worktrees" / "linked" / "COMMIT_EDITMSG"
            message.write_text("\n# Please enter the message\n")
            theirs = await client.open(message, "git-commit")
            assert (await client.command("counterpoint.task", {"task": "commit", "uri": theirs}))["applied"]
        first, second = (json.dumps(record.body) for record in models.log)
        assert "new: nested.py" in first and "beside.py" not in first
        assert "new: beside.py" in second and "nested.py" not in second


async def test_a_problem_is_fixed_with_the_places_it_is_related_to(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    other = _shop(tmp_path, "LIMIT = 3\n\n\ndef limit():\n    return LIMIT\n", "limits.py")
    theirs = {
        "range": {"start": place(1, 4), "end": place(1, 21)},
        "message": "Wrong type",
        "source": "Pyright",
        "severity": 1,
        "relatedInformation": [
            {
                "location": {"uri": other.as_uri(), "range": {"start": place(3, 0), "end": place(3, 3)}},
                "message": "declared here",
            }
        ],
    }
    with ModelServer() as models:
        models.answer(edits({"old": "sum(items)", "new": "float(sum(items))", "line": 2}))
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await client.pull(uri)
            (action,) = await client.actions(uri, (1, 4), (1, 8), [theirs], only=["quickfix"])
            command = action["command"]
            assert (await client.command(command["command"], command["arguments"][0]))["applied"]
        sent = str(models.log[0].body["input"])
        assert "limits.py:4: declared here" in sent and "4| def limit():" in sent


async def test_a_specification_creates_the_files_it_names(tmp_path: Path) -> None:
    path = _shop(
        tmp_path,
        "# Loader\n\nWrite `load.py`, which reads a path. It uses shop.py.\n\n# Other\n\nNo.\n",
        "SPEC.md",
    )
    _shop(tmp_path)
    new = {"path": "load.py", "old": "", "new": "def load(path):\n    return open(path).read()\n", "line": 1}
    with ModelServer() as models:
        models.answer(edits(new))
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path, "markdown")
            await client.pull(uri)
            titles = await _titles(client, uri, (2, 3), (2, 3))
            assert titles[0].startswith("Implement this (")
            result = await client.command("counterpoint.task", {**_at(uri, 2), "task": "implement"})
            assert result["files"] == ["load.py"]
        sent = str(models.log[0].body["input"])
        assert "The selection is lines 1 to 4:" in sent and "1| def total(items):" in sent


async def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, PLAIN) as client:
        uri = await client.open(path)

        async def error(name: str, argument: Any) -> dict[str, Any]:
            return await client.error(
                "workspace/executeCommand", {"command": f"counterpoint.{name}", "arguments": [argument]}
            )

        assert (await error("task", {"uri": uri}))["code"] == -32602
        assert "Use one of: edit" in (await error("task", {"uri": uri, "task": "review"}))["data"]["fix"]
        assert "Use one of:" in (await error("task", {"uri": uri, "task": "nothing"}))["data"]["fix"]
        assert "question" in (await error("ask", {}))["data"]["fix"]
        assert "`task`" in (await error("task", {"uri": uri, "choose": True}))["data"]["fix"]
