"""A repository that tries each protected setting through every file it can carry, in the real server.

What would be seen if one took effect: a request at another address, to another model, with another header or
with a secret in it; a command that runs, which leaves a file; another budget in the status.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from counterpoint.settings import protected_paths
from tests.e2e.cli.running import git, keys
from tests.e2e.lsp.product import FULL, Editor, edits, findings, place, verdicts
from tests.e2e.lsp.raw import environment
from tests.hostile import NAMED, REFUSED_WHOLE, bad, complete, files, nested, plant, programs
from tests.modelserver import ModelServer

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform == "win32", reason="its programs are shell scripts"),
]
SECRET = "sk-proj-" + "Zx81Kq" * 8
TEXT = f'KEY = "{SECRET}"\n\n\ndef mean(total, count):\n    return total / count\n'
WRONG = {
    "quote": "total / count", "line": 5, "title": "Divides by zero", "category": "logic",
    "fix": {"title": "Guard", "edits": [
        {"path": "shop.py", "line": 5, "old": "total / count", "new": "total / max(count, 1)", "reason": "x"}
    ]},
}  # fmt: skip
CAPABILITIES = {**FULL, "workspace": {**FULL["workspace"], "configuration": True}}


@dataclass
class Trap:
    """An address where nothing may arrive, a folder where nothing may appear, and the repository."""

    root: Path
    canary: Path
    values: dict[str, Any]
    listening: socket.socket
    err: list[str] = field(default_factory=list)

    def called(self) -> bool:
        """Whether anybody connected to the address."""
        try:
            self.listening.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Trap]:
    root, canary = tmp_path / "shop", tmp_path / "canary"
    root.mkdir()
    canary.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "shop.py").write_text(TEXT.replace("count\n", "count + 0\n"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        values = bad(f"http://127.0.0.1:{listening.getsockname()[1]}", canary)
        assert complete(values)
        plant(root, {name: text for name, text in programs(canary).items() if not name.startswith(".git/")})
        git(root, "add", "-A")
        git(root, "commit", "-qm", "x")
        plant(root, {name: text for name, text in programs(canary).items() if name.startswith(".git/")})
        (root / "shop.py").write_text(TEXT)
        yield Trap(root, canary, values, listening)


@contextlib.asynccontextmanager
async def served(
    trap: Trap, models: ModelServer, options: Any, settings: Any, capabilities: Mapping[str, Any]
) -> AsyncIterator[Editor]:
    """The server as an editor starts it that was itself started in the folder."""
    # `-P` as a console script has it: the folder is no place to import from.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "counterpoint", "serve", "--stdio"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment({**keys(models), "COUNTERPOINT__COMPLETION__DEBOUNCE_MS": "10"}),
        cwd=trap.root,
        limit=2**26,
    )
    client = Editor(process)
    reading = asyncio.create_task(_drain(process.stderr, trap.err))
    client.answers["window/workDoneProgress/create"] = lambda params: None
    client.answers["workspace/applyEdit"] = lambda params: {"applied": True}
    client.answers["workspace/diagnostic/refresh"] = lambda params: None
    client.answers["window/showMessageRequest"] = lambda params: None
    client.answers["workspace/configuration"] = lambda params: [settings]
    try:
        folder = {"uri": trap.root.as_uri(), "name": "shop"}
        await client.initialize(
            capabilities=capabilities, workspaceFolders=[folder], initializationOptions=options
        )
        yield client
    finally:
        await client.close()
        await reading


async def _drain(stream: asyncio.StreamReader | None, into: list[str]) -> None:
    assert stream is not None
    while line := await stream.readline():
        into.append(line.decode("utf-8", "replace"))


async def everything(client: Editor, trap: Trap, models: ModelServer) -> None:
    """What a user does in a day: complete, edit, review, save, look into, ask for a commit message."""
    uri = await client.open(trap.root / "shop.py")
    status = await client.until(lambda m: m.get("method") == "counterpoint/status")
    assert status["params"]["budgetToday"] == 5.0
    models.answer("    return 0\n", match="<here/>")
    assert len(await client.inline(uri, 5, 0)) == 1
    models.answer(edits({"old": "total / count", "new": "total // count", "line": 5}))
    edit = {"uri": uri, "version": 1, "instruction": "Whole numbers", "range": whole(4)}
    result = await client.command("counterpoint.edit", edit)
    assert result["applied"], result
    models.answer(findings(WRONG), match="You review code", repeat=True)
    models.answer(verdicts(), match="second look", repeat=True)
    for scope in ("file", "changes"):
        reviewed = await client.command("counterpoint.review", {"uri": uri, "scope": scope})
        assert reviewed["complete"] and reviewed["findings"] == 1, reviewed
    models.answer(edits({"old": "total / count", "new": "total / (count or 1)", "line": 5}))
    refactor = {"uri": uri, "version": 1, "instruction": "Guard it", "range": whole(4)}
    assert (await client.command("counterpoint.refactor", refactor))["applied"]
    await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    asked = len(models.log)
    await client.actions(uri, (4, 0), (4, 5))
    await client.pull(uri)
    await asyncio.sleep(0.5)  # a review on saving would begin at once
    assert len(models.log) == asked


def whole(line: int) -> dict[str, Any]:
    return {"start": place(line, 0), "end": place(line, 24)}


SENDS = {
    "VS Code": ({"user": {}}, {}, {"user": True}),
    "VS Code of old": ({}, "plain", {}),
    "Zed": ("handed", "plain", {}),
    "whatever the file says": ("handed", "dotted", {}),
    "Sublime Text, made to vouch": ("handed", "plain", {"user": True}),
}
"""What an editor sends of the repository's files: options, settings, and what it says of itself."""


@pytest.mark.parametrize("how", [*SENDS])
async def test_nothing_a_repository_carries_takes_effect(trap: Trap, how: str) -> None:
    plant(trap.root, files(trap.values))
    (trap.root / ".counterpoint" / "ignore").unlink()  # it may narrow, and here would hide a whole day
    tree = nested(trap.values)
    forms = {"plain": {"counterpoint": tree, "user": tree}, "dotted": trap.values}
    options, settings, said = SENDS[how]
    handed = {**tree, "user": tree} if options == "handed" else options
    sent = forms.get(str(settings), settings)
    capabilities = {**CAPABILITIES, "experimental": {"counterpoint": said}}
    with ModelServer() as models:
        async with served(trap, models, handed, sent, capabilities) as client:
            await everything(client, trap, models)
            changed = {"settings": {"counterpoint": {**tree, "user": tree}}}
            await client.notify("workspace/didChangeConfiguration", changed)
            costs = await client.command("counterpoint.costs", {})
            assert costs["budgetTodayUsd"] == 5.0
        asked = [record for record in models.log if record.method == "POST"]
        text = str([record.body for record in asked])
        assert {record.model for record in asked} == {"gpt-5.5", "claude-opus-4-7"}
        assert all(record.key == "good" and "x-copy-to" not in record.headers for record in asked)
        assert SECRET not in text
        assert next(record.model for record in asked if "<here/>" in str(record.body)) == "gpt-5.5"
    assert not trap.called()
    assert [*trap.canary.iterdir()] == []
    log = "".join(trap.err)
    for source in NAMED:
        for path in protected_paths():
            assert f"{source}: {path} was refused" in log, (source, path)
    for source in REFUSED_WHOLE:
        assert f"{source}: its front matter has the unknown field" in log
    if how != "VS Code":
        assert all(f"editor: {path} was refused" in log for path in protected_paths())


async def test_plain_git_and_python_would_run_what_lies_there(trap: Trap) -> None:
    """The trap works, else the rest would show nothing."""
    for command in (["git", "diff"], [sys.executable, "-c", "import counterpoint, openai"]):
        before = len([*trap.canary.iterdir()])
        process = await asyncio.create_subprocess_exec(
            *command, cwd=trap.root, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        await asyncio.wait_for(process.wait(), 60)
        assert len([*trap.canary.iterdir()]) > before, command


async def test_with_other_settings_the_same_day_would_be_seen(trap: Trap) -> None:
    """Nor is the model server all there is to reach: from the user's own part, these settings take effect."""
    chosen = ("budget.day_usd", "review.on", "endpoints.openai.base_url", "providers.allow")
    user = nested({path: trap.values[path] for path in chosen[:3]})
    with ModelServer() as models:
        async with served(trap, models, {"user": user}, {}, CAPABILITIES) as client:
            uri = await client.open(trap.root / "shop.py")
            await client.until(
                lambda m: m.get("method") == "counterpoint/status" and m["params"]["budgetToday"] == 10_000
            )
            await client.start("textDocument/inlineCompletion", inline(uri))
            async with asyncio.timeout(60):
                while not trap.called():
                    await asyncio.sleep(0.05)


def inline(uri: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": place(5, 0), "context": {"triggerKind": 1}}
