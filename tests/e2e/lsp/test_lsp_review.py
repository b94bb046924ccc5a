"""Diagnostics, the code-action menu, reviews and quick fixes over the wire."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, PLAIN, Editor, editor, findings, place, verdicts
from tests.modelserver import Fault, ModelServer

pytestmark = pytest.mark.asyncio

SHOP = "async def save(row):\n    pass\n\n\nasync def go():\n    save(1)\n    return total / count\n"
WRONG = {"quote": "total / count", "line": 7, "title": "Division by zero", "category": "logic"}


def _shop(root: Path, text: str = SHOP) -> Path:
    path = root / "shop.py"
    path.write_bytes(text.encode())
    return path


def _highest(title: str) -> float:
    """The upper end of the price in a title."""
    return float(title.rpartition("$")[2].partition(",")[0].rpartition("-")[2])


def _without(capabilities: dict[str, Any], *path: str) -> dict[str, Any]:
    head, *rest = path
    inner = {key: value for key, value in capabilities.items() if key != head}
    return {**inner, head: _without(capabilities[head], *rest)} if rest else inner


async def _pushed(client: Editor, uri: str, count: int) -> list[dict[str, Any]]:
    def fits(message: dict[str, Any]) -> bool:
        params = message.get("params") or {}
        pushed = message.get("method") == "textDocument/publishDiagnostics"
        return pushed and params["uri"] == uri and len(params["diagnostics"]) == count

    message = await client.until(fits)
    return list(message["params"]["diagnostics"])


async def test_static_rules_are_pulled_with_a_result_id(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(path)
        report = await client.pull(uri)
        (item,) = report["items"]
        assert (item["code"], item["source"]) == ("py-missing-await", "counterpoint")
        assert item["range"] == {"start": place(5, 4), "end": place(5, 11)}
        assert item["relatedInformation"][0]["location"]["uri"] == uri
        again = await client.pull(uri, report["resultId"])
        assert again == {"kind": "unchanged", "resultId": report["resultId"]}
        await client.change(uri, 2, SHOP.replace("    save(1)", "    await save(1)"))
        clean = await client.pull(uri, report["resultId"])
        assert clean["kind"] == "full" and clean["items"] == []
        assert client.notices("textDocument/publishDiagnostics") == []


async def test_static_rules_are_pushed_on_open_and_save(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, PLAIN) as client:
        uri = await client.open(path)
        await _pushed(client, uri, 1)
        assert client.notices("textDocument/publishDiagnostics")[-1]["version"] == 1
        await client.change(uri, 2, SHOP.replace("    save(1)", "    await save(1)"))
        await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await _pushed(client, uri, 0)


async def test_a_client_is_never_both_pushed_to_and_asked_to_pull(tmp_path: Path) -> None:
    for capabilities, pulls in ((FULL, True), (PLAIN, False)):
        async with editor(tmp_path, None, capabilities) as client:
            (reply,) = [m for m in client.seen if "capabilities" in (m.get("result") or {})]
            assert ("diagnosticProvider" in reply["result"]["capabilities"]) == pulls


async def test_a_review_shows_findings_that_move_with_the_text(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(findings(WRONG, {"quote": "not there at all", "line": 1}))
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            result = await client.command("counterpoint.review", {"uri": uri, "scope": "file"})
            assert result["complete"] and result["findings"] == 2
            assert [item["reason"] for item in result["dropped"]] == ["absent"]
            await client.until(lambda m: m.get("method") == "workspace/diagnostic/refresh")
            items = (await client.pull(uri))["items"]
            (wrong,) = [item for item in items if item["code"] == "correctness/logic"]
            assert wrong["range"] == {"start": place(6, 11), "end": place(6, 24)}
            await client.change(uri, 2, "# 漢😀\n\n" + SHOP)
            items = (await client.pull(uri))["items"]
            (wrong,) = [item for item in items if item["code"] == "correctness/logic"]
            assert wrong["range"]["start"] == place(8, 11)
            explained = await client.command("counterpoint.why", {"uri": uri, "position": place(8, 12)})
            assert "Division by zero" in explained["markdown"]
            where = {"textDocument": {"uri": uri}, "position": place(8, 12)}
            hovered = await client.request("textDocument/hover", where)
            assert hovered["contents"]["value"] == explained["markdown"]
            await client.command(
                "counterpoint.dismiss", {"id": wrong["data"]["id"], "reason": "no", "for": "me"}
            )
            assert [item["code"] for item in (await client.pull(uri))["items"]] == ["py-missing-await"]
            ends = [note["value"]["kind"] for note in client.notices("$/progress")]
            assert ends[0] == "begin" and ends[-1] == "end"


async def test_findings_in_unopened_files_are_pushed_until_they_are_opened(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    other = tmp_path / "other.py"
    other.write_text("def late():\n    return 1 / 0\n")
    with ModelServer() as models:
        models.answer(findings({**WRONG, "path": "other.py", "quote": "1 / 0", "line": 2}))
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await client.command("counterpoint.review", {"uri": uri, "scope": "file"})
            (item,) = await _pushed(client, other.as_uri(), 1)
            assert item["range"]["start"] == place(1, 11)
            opened = await client.open(other)
            await _pushed(client, opened, 0)
            assert len((await client.pull(opened))["items"]) == 1


def _begins(message: dict[str, Any]) -> bool:
    return message.get("method") == "$/progress" and message["params"]["value"]["kind"] == "begin"


async def test_cancelling_a_review_closes_the_socket(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(findings(WRONG), first_token=60, repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            run = {"command": "counterpoint.review", "arguments": [{"uri": uri, "scope": "file"}]}
            first = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            second = await client.start("workspace/executeCommand", run)
            assert (await client.reply(first))["error"]["code"] == -32802, "the newer review wins"
            await asyncio.to_thread(models.wait_arrived, 2, 60)
            await client.notify("$/cancelRequest", {"id": second})
            assert (await client.reply(second))["error"]["code"] == -32800
            tokens = {one["token"] for one in client.notices("$/progress")}
            third = await client.start("workspace/executeCommand", run)
            begun = await client.until(lambda m: _begins(m) and m["params"]["token"] not in tokens)
            token = begun["params"]["token"]
            await asyncio.to_thread(models.wait_arrived, 3, 60)
            await client.notify("window/workDoneProgress/cancel", {"token": token})
            assert (await client.reply(third))["error"]["code"] == -32802
            fourth = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 4, 60)
            assert await client.command("counterpoint.cancel", {}) == {"cancelled": 1}
            await client.reply(fourth)
            await asyncio.to_thread(models.wait_idle, 60)
        assert [record.closed_early for record in models.log] == [True] * 4


async def test_a_provider_that_fails_leaves_the_static_findings(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.fault(Fault.UNAUTHORIZED, repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            result = await client.command("counterpoint.review", {"uri": uri, "scope": "file"})
            assert not result["complete"] and result["findings"] == 1
            assert result["errors"][0]["code"] == "unauthorized"


async def test_a_review_without_a_key_runs_the_static_rules(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(path)
        result = await client.command("counterpoint.review", {"uri": uri, "scope": "file"})
        assert result["complete"] and result["findings"] == 1
        assert "keys set" in result["notice"]


async def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(path)

        async def error(argument: Any, name: str = "review") -> dict[str, Any]:
            run = {"command": f"counterpoint.{name}", "arguments": argument}
            return await client.error("workspace/executeCommand", run)

        assert (await error([]))["code"] == -32602
        assert (await error([{}, {}]))["code"] == -32602
        assert (await error([{}]))["code"] == -32602
        assert (await error([{"uri": uri, "scope": "all"}]))["code"] == -32602
        assert (await error([{"uri": uri, "scope": "symbol"}]))["code"] == -32602
        assert (await error([{"uri": uri, "scope": "symbol", "range": {"start": 1}}]))["code"] == -32602
        assert (await error([{"uri": uri, "passes": "security"}]))["code"] == -32602
        assert (await error([{"minutes": "x"}], "pause"))["code"] == -32602
        assert (await error([{"uri": uri, "effort": "utmost"}]))["code"] == -32602
        assert "Name the files" in (await error([{"uri": uri, "scope": "staged"}]))["data"]["fix"]
        gone = await error([{"uri": (tmp_path / "gone.py").as_uri(), "scope": "file"}])
        assert gone["code"] == -32803 and gone["data"]["fix"]
        assert (await error([{"uri": uri, "position": place(0, 0)}], "why"))["data"]["fix"]
        unsaid = await client.command("counterpoint.dismiss", {"id": "x", "reason": "", "for": "team"})
        assert unsaid == {"id": "x", "dismissed": False}, "nobody gave a reason"
        assert (await error([{"id": "x", "for": "all"}], "dismiss"))["code"] == -32602
        assert (await error([{}], "nothing"))["code"] == -32602


async def test_the_menu_lists_what_can_be_done_with_its_price(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await client.pull(uri)
            actions = await client.actions(uri, (6, 0), (6, 24))
            edits = [one["title"] for one in actions if one["kind"] == "refactor.rewrite.counterpoint"]
            assert len(edits) <= 7 and edits[-1] == "More edits..."
            actions = [one for one in actions if one["kind"].startswith("counterpoint.review")]
            kinds = [action["kind"] for action in actions]
            assert kinds == [
                "counterpoint.review.selection",
                "counterpoint.review.file",
                "counterpoint.review.concurrency",
                "counterpoint.review.more",
            ]
            assert actions[1]["title"].startswith("Review file: correctness, security (Opus 4.7, $0.")
            assert actions[1]["title"].endswith(("s)", "min)"))
            assert actions[1]["tags"] == [1]
            advertised = next(m for m in client.seen if "capabilities" in (m.get("result") or {}))
            provider = advertised["result"]["capabilities"]["codeActionProvider"]
            heads = tuple(provider["codeActionKinds"])
            assert all(kind.startswith(heads) for kind in kinds)
            only = await client.actions(uri, (6, 0), (6, 0), only=["source"])
            bases = {action["kind"].rpartition(".")[0] for action in only}
            assert bases == {"source.counterpoint.review", "source.counterpoint.fixAll"}
            paid = [one["command"]["arguments"][0] for one in only if "$" in one["title"]]
            assert paid and all(one["confirm"] for one in paid)
            only = await client.actions(uri, (6, 0), (6, 0), only=["refactor.rewrite"])
            assert all(action["kind"].startswith("refactor.rewrite.counterpoint") for action in only)
            only = await client.actions(uri, (6, 0), (6, 0), only=["counterpoint.review.performance"])
            assert [action["kind"] for action in only] == ["counterpoint.review.performance"]
            assert await client.actions(uri, (6, 0), (6, 0), only=["quickfix"]) == []
            assert await client.actions("file:///nowhere.py", (0, 0), (0, 0)) == []
        assert models.log == (), "no menu is paid for"


@pytest.mark.alone
async def test_the_menu_answers_in_milliseconds(tmp_path: Path) -> None:
    path = _shop(tmp_path, SHOP * 2_000)
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            report = await client.pull(uri)
            diagnostics = report["items"][:5]
            await client.actions(uri, (6, 0), (6, 0), diagnostics)
            taken, trivial = [], []
            for _ in range(20):
                start = time.perf_counter()
                await client.actions(uri, (6, 0), (6, 0), diagnostics)
                middle = time.perf_counter()
                await client.pull(uri, report["resultId"])
                taken.append(middle - start)
                trivial.append(time.perf_counter() - middle)
            # A model would cost hundreds of times the request that answers `unchanged`.
            assert sorted(taken)[10] < 10 * sorted(trivial)[10]


async def test_without_a_key_entries_are_disabled_or_left_out(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    cannot_disable = _without(FULL, "textDocument", "codeAction", "disabledSupport")
    for capabilities, count in ((FULL, 2), (cannot_disable, 0)):
        async with editor(tmp_path, None, capabilities) as client:
            uri = await client.open(path)
            await client.pull(uri)
            actions = await client.actions(uri, (6, 0), (6, 0))
            disabled = [action for action in actions if action.get("disabled")]
            assert len([a for a in disabled if "keys set" in a["disabled"]["reason"]]) >= count
            assert bool(disabled) == bool(count)
            free = [action["title"] for action in actions if "static rules, free" in action["title"]]
            assert len(free) == 1


FIXED = {"start": place(5, 0), "end": place(5, 11)}


async def test_a_quick_fix_is_located_when_it_is_taken(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(path)
        diagnostics = (await client.pull(uri))["items"]
        action, *others = await client.actions(uri, (5, 4), (5, 4), diagnostics, only=["quickfix"])
        assert action["isPreferred"] and "edit" not in action
        assert "command" not in action, "nothing is fixed as yet"
        assert [one["command"]["command"] for one in others] == ["counterpoint.dismiss"] * 3
        await client.change(uri, 2, "# one line more\n" + SHOP)
        resolved = await client.request("codeAction/resolve", action)
        (change,) = resolved["edit"]["documentChanges"]
        assert resolved["command"]["command"] == "counterpoint.outcome"
        assert change["textDocument"] == {"uri": uri, "version": 2}
        assert change["edits"][0]["newText"] == "    await save(1)"
        assert change["edits"][0]["range"]["start"] == place(6, 0)
        await client.change(uri, 3, "save = 1\n")
        gone = await client.request("codeAction/resolve", action)
        assert "edit" not in gone
        run = {key: gone["command"][key] for key in ("command", "arguments")}
        told = await client.error("workspace/executeCommand", run)
        assert "no longer fits" in told["message"], "it is not taken for fixed"
        left = await client.actions(uri, (0, 0), (0, 0), diagnostics, only=["quickfix"])
        assert not any(one.get("isPreferred") for one in left)
        for foreign in ({"title": "x"}, {"title": "x", "data": None}, {"title": "x", "data": {"fix": 1}}):
            assert (await client.request("codeAction/resolve", foreign))["title"] == "x"


@pytest.mark.parametrize("missing", ["resolveSupport", "codeActionLiteralSupport"])
async def test_clients_that_cannot_resolve_get_the_edit_or_a_command(tmp_path: Path, missing: str) -> None:
    path = _shop(tmp_path, SHOP.replace("\n", "\r\n"))
    capabilities = _without(PLAIN, "textDocument", "codeAction", missing)
    if missing == "resolveSupport":
        capabilities = _without(capabilities, "textDocument", "codeAction", "dataSupport")
    async with editor(tmp_path, None, capabilities) as client:
        uri = await client.open(path)
        diagnostics = await _pushed(client, uri, 1)
        actions = await client.actions(uri, (5, 4), (5, 4), diagnostics)
        if missing == "resolveSupport":
            assert actions[0]["edit"]["changes"][uri][0]["newText"] == "    await save(1)"
            reviews = [action for action in actions if "Review" in action["title"]]
            assert {action["kind"] for action in reviews} == {"refactor.rewrite"}
            return
        assert {type(action["command"]) for action in actions} == {str}
        fix = actions[0]
        assert fix["command"] == "counterpoint.applyFix"
        await client.command(fix["command"], fix["arguments"][0])
        (applied,) = [m["params"] for m in client.seen if m.get("method") == "workspace/applyEdit"]
        assert applied["edit"]["changes"][uri][0]["range"] == FIXED


async def test_what_another_linter_reports_is_not_said_twice(tmp_path: Path) -> None:
    path = _shop(tmp_path, "import asyncio\n\n\ndef read(rows=[]):\n    rows.append(1)\n    return rows\n")
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(path)
        (mine,) = (await client.pull(uri))["items"]
        theirs = {**mine, "source": "Ruff", "code": "B006", "data": None}
        await client.actions(uri, (3, 9), (3, 9), [mine, theirs])
        await client.until(lambda m: m.get("method") == "workspace/diagnostic/refresh")
        assert (await client.pull(uri))["items"] == []


async def test_more_reviews_ask_which_and_confirmation_can_be_wanted(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(findings(WRONG), "You review code", repeat=True)
        models.answer(verdicts(), "You take a second look", repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            asked: list[str] = []
            listed: list[list[str]] = []
            choices = iter(("Review file: concurrency,", None, "Cancel", "Run"))

            def choose(params: Any) -> Any:
                asked.append(params["message"])
                start = next(choices)
                titles = [one["title"] for one in params["actions"]]
                listed.append(titles)
                return {"title": next(one for one in titles if one.startswith(start))} if start else None

            client.answers["window/showMessageRequest"] = choose
            uri = await client.open(path)
            await client.pull(uri)
            more = (await client.actions(uri, (0, 0), (0, 0)))[-1]["command"]
            assert (await client.command(more["command"], more["arguments"][0]))["findings"] == 2
            assert await client.command(more["command"], more["arguments"][0]) == {"job": None}
            argument = {"uri": uri, "scope": "file", "confirm": True}
            run = {"command": "counterpoint.review", "arguments": [argument]}
            assert (await client.error("workspace/executeCommand", run))["code"] == -32802
            assert (await client.request("workspace/executeCommand", run))["complete"]
            assert asked[2].startswith("Review shop.py: ") and "Opus 4.7, $0." in asked[2]
            quick = next(one for one in listed[0] if one.startswith("Review file: quick"))
            deep = next(one for one in listed[0] if one.startswith("Review file: deep"))
            assert _highest(quick) < _highest(deep)
            assert listed[0][0].startswith("Review save: correctness, security (Opus 4.7, $"), listed[0]
            assert any(one.startswith("Review the workspace") for one in listed[0])
        finding = [one for one in models.log if "You review code" in str(one.body)]
        assert "concurrency" in str(finding[0].body)


async def test_static_rules_see_the_unsaved_text_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text("def save(row):\n    pass\n")
    path = _shop(tmp_path, "from store import save\n\n\nasync def go():\n    save(1)\n")
    async with editor(tmp_path, None, FULL) as client:
        store = await client.open(tmp_path / "store.py")
        await client.change(store, 2, "async def save(row):\n    pass\n")
        uri = await client.open(path)
        report = await client.pull(uri)
        assert [item["code"] for item in report["items"]] == ["py-missing-await"]
