"""Every scope, dismissed findings, reviews nobody asked for, and files nobody opened, over the wire."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, PLAIN, Editor, editor, edits, findings, place, verdicts
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

SHOP = "def half(total, count):\n    return total / count\n\n\ndef same(row):\n    return row\n"
CHANGED = SHOP.replace("    return row\n", "    rows = [row]\n    return rows[1]\n")
WRONG = {"quote": "total / count", "line": 2, "title": "Division by zero", "category": "logic"}
INDEX = {"quote": "rows[1]", "line": 7, "title": "There is one row only", "category": "logic"}
OTHER = "def late():\n    return 1 / 0\n"
MAY = {"COUNTERPOINT__PRIVACY__CONSENT": "true"}


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, timeout=60, capture_output=True)


def _repository(root: Path) -> Path:
    """A committed shop.py and other.py."""
    path = root / "shop.py"
    path.write_text(SHOP)
    (root / "other.py").write_text(OTHER)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "The shop"]):
        git(root, *command)
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    return path


def _script(
    models: ModelServer, *items: dict[str, Any], quote: str = "rows[1]", path: str = "shop.py"
) -> None:
    models.answer(findings(*items), "You review code", repeat=True)
    models.answer(verdicts(quote=quote, path=path), "You take a second look", repeat=True)


def _asked(models: ModelServer) -> list[str]:
    """The prompts of all reviews so far, without the second looks."""
    return [str(one.body) for one in models.log if "You review code" in str(one.body)]


async def _review(client: Editor, uri: str, scope: str, **more: Any) -> Any:
    return await client.command("counterpoint.review", {"uri": uri, "scope": scope, **more})


async def _soon(ready: Any, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not ready():
            await asyncio.sleep(0.1)


async def _found(client: Editor, uri: str) -> list[dict[str, Any]]:
    return [item for item in (await client.pull(uri))["items"] if "/" in item["code"]]


async def test_changes_are_reviewed_as_the_editor_has_them(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            result = await _review(client, uri, "changes")
            assert result["job"] is None and "nothing to review" in result["notice"]
            await client.change(uri, 2, CHANGED)
            result = await _review(client, uri, "changes")
            assert result["complete"] and result["findings"] == 1 and result["units"]["asked"] == 1, result
            (item,) = await _found(client, uri)
            assert item["range"]["start"] == place(6, 11)
            again = await _review(client, uri, "changes")
            assert again["units"] == {"asked": 0, "known": 1, "skipped": 0, "failed": 0}
            assert again["costUsd"] == 0
        assert len(_asked(models)) == 1


async def test_every_scope_of_git_is_reviewed(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "feature")
    path.write_text(CHANGED)
    git(tmp_path, "add", "-A")
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            staged = await _review(client, uri, "staged")
            assert staged["units"]["asked"] == 1 and staged["findings"] == 1, staged
            git(tmp_path, "commit", "-q", "-m", "Rows")
            for scope in ("branch", "commit"):
                found = await _review(client, uri, scope, confirm=False)
                assert found["findings"] == 1 and found["units"]["known"] == 1, found
            git(tmp_path, "rm", "-q", "--cached", "other.py")
            whole = await _review(client, uri, "workspace", confirm=False)
            assert whole["units"]["known"] >= 1 and whole["units"]["asked"] >= 1, whole


async def test_a_wide_scope_asks_for_its_price_first(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    with ModelServer() as models:
        _script(models, WRONG, quote="total / count")
        async with editor(tmp_path, models, FULL) as client:
            questions: list[str] = []

            def choose(params: Any) -> Any:
                questions.append(params["message"])
                return {"title": "Cancel"}

            client.answers["window/showMessageRequest"] = choose
            uri = await client.open(path)
            run = {"command": "counterpoint.review", "arguments": [{"uri": uri, "scope": "workspace"}]}
            assert (await client.error("workspace/executeCommand", run))["code"] == -32802
            assert "Opus 4.7, $0." in questions[0] and " parts" in questions[0]
        assert models.log == ()
        async with editor(tmp_path, models, PLAIN, env=MAY) as client:
            uri = await client.open(path)
            error = await client.error("workspace/executeCommand", run)
            assert "confirm" in error["data"]["fix"]
        assert models.log == ()


async def test_a_finding_dismissed_for_the_user_stays_silent_in_the_next_session(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await _review(client, uri, "file")
            (item,) = await _found(client, uri)
            actions = await client.actions(uri, (6, 12), (6, 12), [item], only=["quickfix"])
            dismiss = next(one for one in actions if one["title"] == "Dismiss: not a bug")["command"]
            await client.command(dismiss["command"], dismiss["arguments"][0])
            assert await _found(client, uri) == []
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await _review(client, uri, "file")
            assert await _found(client, uri) == []
            await client.command("counterpoint.dismiss", {"id": item["data"]["id"], "uri": uri, "undo": True})
            assert len(await _found(client, uri)) == 1
        assert len(_asked(models)) == 1, "what is known is not bought again"


async def test_findings_are_there_again_after_a_restart_and_move_with_the_file(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await _review(client, uri, "file")
    path.write_text("import os\n\n\n" + CHANGED)
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(path)
        seen: list[Any] = []
        async with asyncio.timeout(60):
            while not (seen := await _found(client, uri)):
                await asyncio.sleep(0.1)
        assert seen[0]["range"]["start"] == place(9, 11)
        await client.change(uri, 2, CHANGED.replace("rows[1]", "rows[2 - 1]"))
        (stale,) = await _found(client, uri)
        assert stale["severity"] == 4 and "stale" in stale["message"]


async def test_findings_go_along_with_a_renamed_file(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL) as client:
            await _review(client, await client.open(path), "file")
    renamed = path.rename(path.with_name("renamed.py"))
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(renamed)
        seen: list[Any] = []
        async with asyncio.timeout(60):
            while not (seen := await _found(client, uri)):
                await asyncio.sleep(0.1)
        assert seen[0]["range"]["start"]["line"] == 6


async def test_the_team_s_word_counts_in_every_editor(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL) as one, editor(tmp_path, models, PLAIN, env=MAY) as two:
            uri = await one.open(path)
            await two.open(path)
            await _review(one, uri, "file")
            (item,) = await _found(one, uri)
            await two.until(lambda m: _pushes(m, uri, 1))  # from the first editor's review
            one.answers["window/showMessageRequest"] = lambda params: {"title": "Intended"}
            actions = await one.actions(uri, (6, 12), (6, 12), [item])
            team = next(one for one in actions if one["title"].startswith("Dismiss for the team"))["command"]
            await one.command(team["command"], team["arguments"][0])
            (line,) = (tmp_path / ".counterpoint" / "baseline.jsonl").read_text().splitlines()
            entry = json.loads(line)
            assert (entry["id"], entry["reason"]) == (item["data"]["id"], "Intended")
            assert entry["author"] == "Ada <ada@example.org>"
            assert await _found(one, uri) == []
            await _soon(lambda: two.notices("textDocument/publishDiagnostics")[-1]["diagnostics"] == [])


def _pushes(message: dict[str, Any], uri: str, count: int) -> bool:
    params = message.get("params") or {}
    pushed = message.get("method") == "textDocument/publishDiagnostics"
    return pushed and params["uri"] == uri and len(params["diagnostics"]) == count


async def test_a_kind_can_be_silenced(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)
    with ModelServer() as models:
        _script(models, INDEX, WRONG)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await _review(client, uri, "file")
            items = await _found(client, uri)
            assert len(items) == 2
            actions = await client.actions(uri, (6, 12), (6, 12), items[:1])
            stop = next(one for one in actions if one["title"].startswith("Stop telling me this kind"))
            await client.command(stop["command"]["command"], stop["command"]["arguments"][0])
            assert await _found(client, uri) == []


async def test_a_client_that_asks_about_the_workspace_gets_unopened_files_there(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    with ModelServer() as models:
        _script(models, {**WRONG, "path": "other.py", "quote": "1 / 0"}, quote="1 / 0", path="other.py")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            pending = await client.start("workspace/diagnostic", {"previousResultIds": []})
            await _review(client, uri, "file")
            report = (await client.reply(pending))["result"]["items"]
            assert [item["uri"] for item in report] == [(tmp_path / "other.py").as_uri()]
            assert report[0]["items"][0]["range"]["start"] == place(1, 11)
            assert client.notices("textDocument/publishDiagnostics") == []
            await client.command(
                "counterpoint.dismiss", {"id": report[0]["items"][0]["data"]["id"], "reason": "Known already"}
            )
            async with asyncio.timeout(60):
                while report[0]["items"]:
                    told = [{"uri": report[0]["uri"], "value": report[0]["resultId"]}]
                    asked = {"previousResultIds": told}
                    report = (await client.request("workspace/diagnostic", asked))["items"]


async def test_passes_run_on_save_on_staging_and_after_a_commit(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    on = {"COUNTERPOINT__REVIEW__ON": '{security = "save", tests = "stage", api = "commit"}', **MAY}
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL, env=on) as client:
            uri = await client.open(path)
            await client.pull(uri)
            await client.command("counterpoint.reviews", {"uri": uri})  # by now git was asked once
            path.write_text(CHANGED)
            await client.change(uri, 2, CHANGED)
            await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            await _soon(lambda: len(_asked(models)) == 1)
            assert "def half" not in _asked(models)[0] or "rows[1]" in _asked(models)[0]
            git(tmp_path, "add", "-A")
            await _soon(lambda: len(_asked(models)) == 2)
            git(tmp_path, "commit", "-q", "-m", "Rows")
            await _soon(lambda: len(_asked(models)) == 3)
            lenses = [
                next(name for name in ("security:", "tests:", "api:") if name in one)
                for one in _asked(models)
            ]
            assert lenses == ["security:", "tests:", "api:"]
            await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            await asyncio.sleep(1)
        assert len(_asked(models)) == 3, "nothing has changed since"


async def test_an_unasked_review_needs_consent_and_money_and_asks_for_neither(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)
    on = {"COUNTERPOINT__REVIEW__ON": '{security = "save"}'}
    poor = {**on, **MAY, "COUNTERPOINT__BUDGET__AUTOMATIC_REVIEWS_DAY_USD": "0.01"}
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL, env=poor) as client:
            uri = await client.open(path)
            await client.pull(uri)
            await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            await asyncio.sleep(3)
            assert models.log == ()
            assert (await _review(client, uri, "changes"))["findings"] == 1, "the user may ask"
            assert not [m for m in client.seen if m.get("method") == "window/showMessageRequest"]


async def test_actions_on_save_cost_nothing(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await client.pull(uri)
            for only in (["source"], ["source.counterpoint"], ["counterpoint.review"], ["quickfix"]):
                context = {"diagnostics": [], "only": only, "triggerKind": 2}
                range_ = {"start": place(0, 0), "end": place(0, 0)}
                params = {"textDocument": {"uri": uri}, "range": range_, "context": context}
                assert await client.request("textDocument/codeAction", params) == []


async def test_what_a_model_wrote_is_offered_once_and_reviewed(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    says = {**FULL, "experimental": {"counterpoint": {"offers": True}}}
    with ModelServer() as models:
        new = "    rows = [row]\n    return rows[1]"
        models.answer(edits({"line": 6, "old": "    return row", "new": new}), "Request:")
        _script(models, INDEX)
        async with editor(tmp_path, models, says) as client:
            offers: list[dict[str, Any]] = []

            def choose(params: Any) -> Any:
                offers.append(params)
                return {"title": "Review"}

            client.answers["window/showMessageRequest"] = choose
            uri = await client.open(path)
            await client.pull(uri)

            def apply(params: Any) -> Any:
                change = client.change(uri, 2, CHANGED)
                asyncio.get_running_loop().create_task(change)
                return {"applied": True}

            client.answers["workspace/applyEdit"] = apply
            argument = {
                "uri": uri,
                "range": {"start": place(5, 0), "end": place(5, 14)},
                "instruction": "List it",
            }
            await client.command("counterpoint.edit", argument)
            await _soon(lambda: offers and _asked(models))
            assert offers[0]["message"].startswith("Review what GPT-5.5 wrote (1 place, Opus 4.7, $")
            (prompt,) = _asked(models)
            assert "rows[1]" in prompt
            async with asyncio.timeout(60):
                while not await _found(client, uri):
                    await asyncio.sleep(0.1)
            await asyncio.sleep(2)
            titles = [one["title"] for one in await client.actions(uri, (6, 0), (6, 0))]
            assert not any("wrote" in title for title in titles), "it was reviewed"
        assert len(offers) == 1


async def test_other_clients_are_told_of_it_in_a_line(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    with ModelServer() as models:
        new = "    rows = [row]\n    return rows[1]"
        models.answer(edits({"line": 6, "old": "    return row", "new": new}), "Request:")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await client.pull(uri)

            def apply(params: Any) -> Any:
                asyncio.get_running_loop().create_task(client.change(uri, 2, CHANGED))
                return {"applied": True}

            client.answers["workspace/applyEdit"] = apply
            argument = {
                "uri": uri,
                "range": {"start": place(5, 0), "end": place(5, 14)},
                "instruction": "List it",
            }
            await client.command("counterpoint.edit", argument)
            told = await client.until(lambda m: m.get("method") == "window/showMessage")
            assert "what GPT-5.5 wrote (1 place" in told["params"]["message"]
            actions = await client.actions(uri, (6, 0), (6, 0))
            titles = [one["title"] for one in actions if one["kind"].startswith("counterpoint.review")]
            assert sum(title.startswith("Review ") for title in titles) <= 3
            assert any(title.startswith("Review what GPT-5.5 wrote (1 place") for title in titles)
        assert _asked(models) == []


async def test_it_is_offered_before_a_commit_unless_that_is_switched_off(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    with ModelServer() as models:
        new = "    rows = [row]\n    return rows[1]"
        models.answer(edits({"line": 6, "old": "    return row", "new": new}), "Request:")
        quiet = {"COUNTERPOINT__REVIEW__OFFER": "false"}
        async with editor(tmp_path, models, FULL, env=quiet) as client:
            uri = await client.open(path)
            await client.pull(uri)

            def apply(params: Any) -> Any:
                asyncio.get_running_loop().create_task(client.change(uri, 2, CHANGED))
                return {"applied": True}

            client.answers["workspace/applyEdit"] = apply
            range_ = {"start": place(5, 0), "end": place(5, 14)}
            await client.command("counterpoint.edit", {"uri": uri, "range": range_, "instruction": "List it"})
            await asyncio.sleep(3)
            path.write_text(CHANGED)
            await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            await client.command("counterpoint.reviews", {"uri": uri})
            assert client.notices("window/showMessage") == []
        async with editor(tmp_path, models, FULL, env=MAY) as client:
            uri = await client.open(path)
            await client.pull(uri)
            await client.command("counterpoint.reviews", {"uri": uri})  # by now git was asked once
            git(tmp_path, "add", "-A")
            told = await client.until(lambda m: m.get("method") == "window/showMessage")
            assert told["params"]["message"].startswith(
                "Before you commit: Review what GPT-5.5 wrote (1 place"
            )


async def test_the_hover_tells_by_whom_and_at_what_cost(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)
    with ModelServer() as models:
        _script(models, INDEX)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await _review(client, uri, "file")
            where = {"textDocument": {"uri": uri}, "position": place(6, 12)}
            text = (await client.request("textDocument/hover", where))["contents"]["value"]
            assert "Found by Opus 4.7, pass correctness." in text
            assert "looked again" in text and "cost $0." in text and "counterpoint.dismiss" in text


async def test_only_proven_fixes_are_offered_and_all_of_a_pass_at_once(tmp_path: Path) -> None:
    path = _repository(tmp_path)
    path.write_text(CHANGED)

    def fix(old: str, new: str, line: int) -> dict[str, Any]:
        edit = {"path": "shop.py", "line": line, "old": old, "new": new, "reason": "So"}
        return {"title": f"Write {new.strip()}", "edits": [edit]}

    good = {**INDEX, "fix": fix("    return rows[1]", "    return rows[0]", 7)}
    bad = {**WRONG, "fix": fix("    return total / count", "    return (total /", 2)}
    with ModelServer() as models:
        _script(models, good, bad)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await _review(client, uri, "file")
            items = await _found(client, uri)
            assert len(items) == 2
            actions = await client.actions(uri, (6, 12), (6, 12), items, only=["quickfix"])
            (offered,) = [one for one in actions if one.get("isPreferred")]
            assert offered["title"].startswith("Write return rows[0] (applies, parses"), offered["title"]
            (every,) = await client.actions(uri, (0, 0), (0, 0), only=["source.counterpoint.fixAll"])
            resolved = await client.request("codeAction/resolve", every)
            assert resolved["edit"]["documentChanges"][0]["edits"][0]["newText"] == "    return rows[0]"
            command = resolved["command"]
            assert await client.command(command["command"], command["arguments"][0]) == {"findings": 1}
