"""A whole workspace over real sockets: real settings, real SDKs, real ledger, the strict model server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from counterpoint.cli.costs_unheard import is_unheard
from counterpoint.errors import ConsentRequired, NotSendable, ProviderError
from counterpoint.flows.complete import complete
from counterpoint.flows.edit import edit
from counterpoint.tasks import EDIT
from counterpoint.text import Document, Situation, Span
from counterpoint.workspace import Workspace, open_workspace
from tests.asking import reviewed
from tests.modelserver import Fault, ModelServer

SOURCE = "def area(w, h):\n    return w + h\n"
EDITS = {
    "assumptions": [],
    "edits": [{"path": "shape.py", "line": 2, "old": "w + h", "new": "w * h", "reason": "product"}],
}
FINDINGS = {
    "findings": [
        {
            "path": "shape.py", "line": 2, "quote": "w + h", "severity": "P1", "confidence": 0.9,
            "category": "logic", "title": "Area adds", "body": "It should multiply.", "evidence": [],
            "fix": {"title": "Multiply", "edits": EDITS["edits"]},
        }
    ]
}  # fmt: skip


def environment(server: ModelServer, home: Path) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": server.openai_key,
        "ANTHROPIC_API_KEY": server.anthropic_key,
        "OPENAI_BASE_URL": server.openai_url,
        "ANTHROPIC_BASE_URL": server.anthropic_url,
        "COUNTERPOINT_HOME": str(home),
        "COUNTERPOINT__KEYS__KEYRING": "false",
    }


async def opened(server: ModelServer, folder: Path) -> tuple[Workspace, Situation]:
    root = folder / "project"
    root.mkdir()
    (root / "shape.py").write_text(SOURCE)
    (root / ".env").write_text("TOKEN=abc\n")
    workspace = await open_workspace(root, environ=environment(server, folder / "home"))
    document = workspace.project.read("shape.py")
    assert document is not None
    whole = Span(0, len(document.text))
    return workspace, Situation(document, whole, workspace.project, instruction="Fix it")


@pytest.mark.asyncio
async def test_completion_edit_and_review_cost_what_the_server_bills(tmp_path: Path) -> None:
    with ModelServer() as server:
        workspace, whole = await opened(server, tmp_path)
        server.answer(" * h", match="<before>", repeat=True)
        server.answer(json.dumps(EDITS), match="Fix it", repeat=True)
        server.answer(json.dumps(FINDINGS), match="Scope:", repeat=True)
        cursor = Situation(whole.document, Span(28, 28), workspace.project)
        completed = await complete(workspace.engine, cursor)
        edited = await edit(workspace.engine, whole)
        found = await reviewed(workspace.engine, [whole], static=workspace.check_static)
        assert completed.answer.text
        assert [change.path for change in edited.answer.files] == ["shape.py"]
        assert [(item.title, item.status) for item in found.findings] == [("Area adds", "unverified")]
        assert found.complete
        served = {record.body["model"] for record in server.log}
        assert served == {"gpt-5.5", "claude-opus-4-7"}
        spent = workspace.ledger.spent_today()
        await workspace.close()
        await asyncio.to_thread(server.wait_idle, 60)
        whole_calls = (*edited.calls, *found.calls)
        billed = sum(record.cost_usd for record in server.log if record.finished)
        assert sum(call.cost_usd for call in whole_calls) == pytest.approx(billed - _cut(server), rel=1e-6)
        assert spent >= sum(call.cost_usd for call in whole_calls)


def _cut(server: ModelServer) -> float:
    """The completion's share of the bill, where its stream had ended before it was cut."""
    return sum(record.cost_usd for record in server.log if record.finished and _is_completion(record.body))


def _is_completion(body: object) -> bool:
    return "<before>" in json.dumps(body)


@pytest.mark.asyncio
async def test_what_is_never_sent_is_never_sent(tmp_path: Path) -> None:
    with ModelServer() as server:
        workspace, _ = await opened(server, tmp_path)
        secret = Document.of(".env", "TOKEN=abc\n", "plaintext")
        with pytest.raises(NotSendable):
            await edit(workspace.engine, Situation(secret, Span(0, 3), instruction="x"))
        await workspace.close()
        assert server.log == ()


@pytest.mark.asyncio
async def test_a_vendor_off_this_machine_needs_consent_once(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "shape.py").write_text(SOURCE)
    environ = {"OPENAI_API_KEY": "sk-test", "COUNTERPOINT_HOME": str(tmp_path / "home")}
    environ["COUNTERPOINT__KEYS__KEYRING"] = "false"
    workspace = await open_workspace(root, environ=environ)
    document = workspace.project.read("shape.py")
    assert document is not None
    situation = Situation(document, Span(0, 3), instruction="x")
    with pytest.raises(ConsentRequired, match="openai"):
        await edit(workspace.engine, situation)
    assert workspace.ledger.spent_today() == 0
    await workspace.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.DROP_MID_STREAM, Fault.EARLY_END, Fault.HTML_OK])
async def test_a_failing_vendor_loses_no_static_finding(tmp_path: Path, fault: Fault) -> None:
    with ModelServer() as server:
        workspace, whole = await opened(server, tmp_path)
        source = (
            "import hmac\n\ndef ok(sig, key, body):\n    good = hmac.new(key, body, 'sha256').hexdigest()\n"
        )
        document = type(whole.document).of("shape.py", source + "    return sig == good\n", "python")
        server.fault(fault, repeat=True)
        unit = Situation(document, Span(0, len(document.text)), workspace.project)
        result = await reviewed(workspace.engine, [unit], static=workspace.check_static)
        assert [item.status for item in result.findings] == ["static"]
        assert len(result.errors) == 1
        assert not result.complete
        await workspace.close()


@pytest.mark.asyncio
async def test_what_a_rule_only_suspects_is_told_the_model_and_nobody_else(tmp_path: Path) -> None:
    with ModelServer() as server:
        workspace, whole = await opened(server, tmp_path)
        source = (
            "def archive(cursor, row, name):\n"
            "    cursor.execute(f\"UPDATE bills SET state = '{row.state}' WHERE age > 3\")\n"
            "    cursor.execute(f\"DELETE FROM bills WHERE name LIKE '%{name}%'\")\n"
        )
        document = type(whole.document).of("shape.py", source, "python")
        server.answer(json.dumps({"findings": []}), match="Scope:", repeat=True)
        unit = Situation(document, Span(0, len(document.text)), workspace.project)
        result = await reviewed(workspace.engine, [unit], static=workspace.check_static)
        assert [(item.rule, item.start.line, item.status) for item in result.findings] == [
            ("py-sql-built", 2, "static")
        ]
        await workspace.close()
        asked = json.dumps(server.log[0].body)
        title = "SQL query built from a string with values in it (counterpoint py-sql-built)"
        known, _, suspected = asked.partition("Suspected by rules that are often wrong")
        assert f"- line 3: {title}" in known and f"- line 2: {title}" not in known
        assert f"- line 2: {title}" in suspected


@pytest.mark.asyncio
async def test_cancelling_closes_the_socket_and_the_ledger_knows(tmp_path: Path) -> None:
    with ModelServer() as server:
        workspace, whole = await opened(server, tmp_path)
        server.answer(json.dumps(EDITS) * 50, repeat=True)
        server.pace(first_token=0.05, between=0.05)
        task = asyncio.create_task(edit(workspace.engine, whole, job="j"))
        await asyncio.to_thread(server.wait_arrived, 1, 60)
        task.cancel()
        with pytest.raises((asyncio.CancelledError, ProviderError)):
            await task
        await workspace.engine.close()
        await asyncio.to_thread(server.wait_idle, 60)
        assert [record.closed_early for record in server.log] == [True]
        [row] = workspace.ledger.job("j")
        assert row.outcome == "cancelled"
        await workspace.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "unheard"), [(Fault.HANG_BEFORE_HEADERS, True), (Fault.HANG_MID_STREAM, False)]
)
async def test_of_a_call_that_is_cancelled_the_ledger_knows_whether_anything_came_back(
    tmp_path: Path, fault: Fault, unheard: bool
) -> None:
    with ModelServer() as server:
        workspace, whole = await opened(server, tmp_path)
        server.answer(json.dumps(EDITS) * 50, repeat=True)
        server.fault(fault)
        begun = asyncio.Event()
        asking = workspace.engine.ask(EDIT, whole, job="j", on_text=lambda text: begun.set())
        task = asyncio.create_task(asking)
        await asyncio.to_thread(server.wait_arrived, 1, 60)
        if not unheard:
            await asyncio.wait_for(begun.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await workspace.engine.close()
        [row] = workspace.ledger.job("j")
        assert row.outcome == "cancelled" and row.usage.estimated and row.cost_usd > 0
        assert is_unheard(row) is unheard
        assert row.characters > len(SOURCE)
        await workspace.close()


@pytest.mark.asyncio
async def test_a_repository_adds_static_rules_of_its_own(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / ".counterpoint" / "rules").mkdir(parents=True)
    (root / ".counterpoint" / "rules" / "no-print.yml").write_text(
        "id: no-print\nlanguage: python\nseverity: warning\n"
        "message: No print here\nrule:\n  pattern: print($$$)\n"
    )
    (root / "a.py").write_text("print(1)\n")
    workspace = await open_workspace(root, environ={"COUNTERPOINT_HOME": str(tmp_path / "home")})
    document = workspace.project.read("a.py")
    assert document is not None
    result = await workspace.check_static([document])
    await workspace.close()
    assert result.errors == ()
    assert [item.title for item in result.findings] == ["No print here"]


@pytest.mark.asyncio
async def test_ahead_of_need_only_the_vendor_that_completes_is_opened(tmp_path: Path) -> None:
    with ModelServer() as server:
        workspace, _ = await opened(server, tmp_path)
        assert workspace.providers.idle() and workspace.cooled()
        await workspace.warm()
        assert not workspace.providers.idle() and not workspace.cooled()
        opened_now = [await task for task in workspace.providers._open.values()]
        assert [provider.name for provider in opened_now] == ["openai"]
        assert server.log == ()
        await workspace.close()


@pytest.mark.asyncio
async def test_where_nothing_can_be_opened_it_is_not_tried_at_every_key(tmp_path: Path) -> None:
    workspace = await open_workspace(tmp_path, environ={"COUNTERPOINT_HOME": str(tmp_path / "home")})
    assert workspace.cooled()
    await workspace.warm()
    assert workspace.providers.idle() and not workspace.cooled()
    await workspace.close()
