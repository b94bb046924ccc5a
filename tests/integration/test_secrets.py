"""What must never leave: planted secrets, through the real engine and the real SDKs, by the server's log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from counterpoint.context import Snippet
from counterpoint.context.question import Question, Selection
from counterpoint.engine import Reply
from counterpoint.errors import NotSendable
from counterpoint.flows.complete import complete
from counterpoint.flows.edit import edit
from counterpoint.tasks import EDIT, FIX
from counterpoint.text import Document, Problem, Situation, Span, apply, language_of
from counterpoint.workspace import Workspace, open_workspace
from tests.asking import reviewed
from tests.integration.test_workspace import environment
from tests.modelserver import ModelServer
from tests.planted import TEMPLATES, Planted, planted_files

FILES = planted_files()
NONE = json.dumps({"assumptions": [], "edits": [], "findings": []})


@dataclass(frozen=True)
class Stage:
    server: ModelServer
    workspace: Workspace

    def situation(self, name: str, span: Span | None = None, instruction: str = "Tidy up") -> Situation:
        document = self.workspace.project.read(name)
        if document is None:  # a kind of file that is only seen when it is open in the editor
            document = Document.of(
                name, (self.workspace.root / name).read_bytes().decode(), language_of(name)
            )
        whole = Span(0, len(document.text)) if span is None else span
        return Situation(document, whole, self.workspace.project, instruction)

    @property
    def sent(self) -> str:
        """Everything the server was sent: bodies with their escapes taken off, and headers."""
        bodies = (json.dumps(record.body, ensure_ascii=False) for record in self.server.log)
        text = "\n".join(bodies) + json.dumps([dict(record.headers) for record in self.server.log])
        return text + text.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    root = tmp_path / "project"
    root.mkdir()
    for name, (text, _) in FILES.items():
        (root / name).write_bytes(text.encode())
        (root / f"crlf_{name}").write_bytes(text.replace("\n", "\r\n").encode())
    with ModelServer() as server:
        server.answer(NONE, repeat=True)
        workspace = await open_workspace(root, environ=environment(server, tmp_path / "home"))
        yield Stage(server, workspace)
        await workspace.close()


def left(secrets: Planted, sent: str) -> list[str]:
    return [piece for piece in secrets.pieces if piece in sent]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", TEMPLATES)
async def test_no_planted_secret_reaches_a_model(stage: Stage, name: str) -> None:
    text, secrets = FILES[name]
    engine = stage.workspace.engine
    starts = list(range(0, len(text), max(1, len(text) // 12)))
    for file in (name, f"crlf_{name}"):
        for at in starts:
            with suppress(NotSendable):  # where the cursor stands amid a secret
                await complete(engine, stage.situation(file, Span(at, at)))
        await edit(engine, stage.situation(file))
        middle = Span(len(text) // 3, len(text) // 2)
        problem = Problem(file, middle, f"Do not keep {secrets.password} here", "lint", "S105")
        await edit(engine, Situation(stage.situation(file).document, middle, problems=(problem,)), task=FIX)
        found = await reviewed(engine, [stage.situation(file)])
        assert found.complete
    # Of each file an edit, a fix, a review, and completions wherever the cursor is not amid a secret.
    assert len(stage.server.log) > 2 * 3
    assert all(record.status == 200 for record in stage.server.log)
    assert left(secrets, stage.sent) == []
    assert "SECRET_PASSWORD_" in stage.sent


@pytest.mark.asyncio
@pytest.mark.parametrize("height", [1, 3, 5])
async def test_no_secret_of_another_file_leaves_with_a_snippet_of_it(stage: Stage, height: int) -> None:
    chosen = []
    for name, (text, _) in FILES.items():
        rows = text.split("\n")
        for at in range(0, len(rows), height + 1):
            part = "\n".join(rows[at : at + height])
            last = at + part.count("\n") + 1
            chosen.append(Snippet(name, at + 1, last, part, "called here", len(part) // 4))

    async def gathered(question: Question, seconds: float) -> Selection:
        return Selection(tuple(chosen))

    engine = stage.workspace.engine
    engine.ports = replace(engine.ports, gather=gathered)
    (stage.workspace.root / "main.py").write_text("import store\n")
    await reviewed(engine, [stage.situation("main.py")])
    await complete(engine, stage.situation("main.py", Span(13, 13)))
    assert all(f"From {name}:" in stage.sent for name in FILES)
    assert [left(secrets, stage.sent) for _, secrets in FILES.values()] == [[]] * len(FILES)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", TEMPLATES)
async def test_an_edit_of_masked_lines_restores_every_byte(stage: Stage, name: str) -> None:
    for file in (name, f"crlf_{name}"):
        situation = stage.situation(file)
        text = situation.document.text
        plan = await stage.workspace.engine.plan(EDIT, situation)
        assert plan.masked >= 5
        shown = "".join(plan.rendered.parts)
        masked_lines = [
            line.partition("| ")[2]
            for line in shown.split("\n")
            if "SECRET_" in line and line.partition("| ")[0].isdigit()
        ]
        line = next(one for one in masked_lines if "SECRET_PASSWORD" in one)
        again = {"path": file, "line": 1, "old": line, "new": f"{line} changed", "reason": "r"}
        # A part of a line, from amid a placeholder's left on, is enough of a quotation.
        part = line[line.index("SECRET_PASSWORD") :]
        partly = {"path": file, "line": 1, "old": part, "new": f"{part} once more", "reason": "r"}
        for change, tail in ((again, " changed"), (partly, " once more")):
            answer = json.dumps({"assumptions": [], "edits": [change]})
            stage.server.answer(answer, match=f"Say {tail}")
            asked = Situation(situation.document, situation.span, situation.files, f"Say {tail}")
            reply = await edit(stage.workspace.engine, asked)
            [made] = reply.answer.files
            changed = apply(text, made.edits)
            assert changed.count(tail) == 1
            assert changed.replace(tail, "", 1) == text


@pytest.mark.asyncio
async def test_a_file_whose_secrets_cannot_be_hidden_is_not_sent(stage: Stage) -> None:
    rows = FILES["store.py"][1].rows
    account = json.dumps({"type": "service_account", "private_key": "\n".join(rows)})
    odd = "KEY = [\n" + "".join(f'  chr(1), "~{row}~",\n' for row in rows) + "]\n"
    odd = f'HEAD = "-----BEGIN PRIVATE KEY-----"\n{odd}'
    for name, text in (("account.json", account), ("odd.py", odd), (".env.local", "A=1\n")):
        document = Document.of(name, text, language_of(name))
        situation = Situation(document, Span(0, len(text)), stage.workspace.project, "x")
        for ask in (edit, complete):
            with pytest.raises(NotSendable):
                await ask(stage.workspace.engine, situation)
    assert stage.server.log == ()


@pytest.mark.asyncio
async def test_completions_of_many_keys_at_once_share_one_guard(stage: Stage) -> None:
    text, secrets = FILES["store.go"]
    spans = [Span(at, at) for at in range(0, len(text), len(text) // 8)]
    engine = stage.workspace.engine
    asked = (complete(engine, stage.situation("store.go", span)) for span in spans)
    replies = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(reply) for reply in replies} == {Reply, NotSendable}
    assert left(secrets, stage.sent) == []
