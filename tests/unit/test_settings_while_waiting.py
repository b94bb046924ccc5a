"""A question that waits while settings are read anew keeps to the stricter of both when it is sent."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from counterpoint.engine import Engine
from counterpoint.errors import ConfigError, ConsentRequired, CounterpointError, NotSendable
from counterpoint.lsp.session import Session
from counterpoint.ports import Later
from counterpoint.project import Overlay, Project
from counterpoint.settings import Privacy, Providers, Settings
from counterpoint.tasks import EDIT
from counterpoint.text import Document, Situation, Span
from counterpoint.vendors import vendors_of
from counterpoint.workspace import Workspace
from tests.asking import Said, engine
from tests.modelserver import ModelServer

CHANGED = json.dumps(
    {"assumptions": [], "edits": [{"path": "a.py", "line": 1, "old": "x = 1", "new": "x = 2"}]}
)
NOW = Settings()


def place(project: Project, path: str = "a.py", **more: Any) -> Situation:
    document = Document.of(path, "x = 1\n", "python", 1)
    return Situation(document, Span(0, 6), Overlay(project, {path: document}), "Two", **more)


def under(root: Path, said: Said, settings: Settings, missing: tuple[str, ...] = ()) -> Engine:
    """An engine by some settings."""
    rules, local = settings.providers.paths, settings.privacy.local_only
    project = Project(root, local_only=local)
    made = engine(said, root / "state", settings=settings, guard=project.why_not_sent_text, missing=missing)
    known = ("anthropic", "embedded", "openai")
    made.ports = replace(made.ports, barred=vendors_of(project, rules, known).barred)
    return made


async def asked_meanwhile(
    asked: Engine, situation: Situation, then: Callable[[], Awaitable[Later] | None]
) -> None:
    """Ask a question whose settings are read anew once its prompt stands."""

    async def read_anew() -> None:
        asked.ports = replace(asked.ports, later=then)

    await asked.ask(EDIT, situation, hold=read_anew)


def paths(**rules: tuple[str, ...]) -> Settings:
    return replace(
        NOW, providers=Providers(paths={name.replace("_", "."): who for name, who in rules.items()})
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("now", "missing", "error"),
    [
        (
            replace(NOW, providers=Providers(allow=("anthropic",))),
            (),
            "providers.allow leaves openai out now",
        ),
        (paths(a_py=("anthropic",)), (), "lets only anthropic see a.py"),
        (paths(a_py=()), (), "lets only nobody see a.py"),
        (replace(NOW, privacy=Privacy(local_only=("a.py",))), (), "local only by privacy.local_only"),
        (NOW, ("openai",), "not yet been allowed"),
    ],
    ids=["allow", "paths", "nobody", "local", "consent"],
)
async def test_what_is_forbidden_meanwhile_is_not_sent(
    tmp_path: Path, now: Settings, missing: tuple[str, ...], error: str
) -> None:
    said = Said([CHANGED])
    asked, stricter = under(tmp_path, said, NOW), under(tmp_path, said, now, missing)

    async def later() -> Later:
        return Later(now, stricter.ports)

    with pytest.raises((NotSendable, ConsentRequired), match=error):
        await asked_meanwhile(asked, place(Project(tmp_path)), later)
    assert said.requests == []
    await asked.close()
    (call,) = asked.ledger.calls(date(2000, 1, 1))
    assert (call.outcome, call.error, call.cost_usd) == ("cancelled", "unsent", 0)


@pytest.mark.asyncio
async def test_secrets_that_are_to_be_hidden_by_now_are_not_sent_open(tmp_path: Path) -> None:
    said = Said([CHANGED])
    asked = under(tmp_path, said, replace(NOW, privacy=Privacy(secret_guard=False)))

    async def later() -> Later:
        return Later(NOW, asked.ports)

    with pytest.raises(NotSendable, match="Secrets are to be hidden now"):
        await asked_meanwhile(asked, place(Project(tmp_path)), later)
    assert said.requests == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("was", "now"),
    [
        (NOW, NOW),
        (NOW, paths(b_py=("anthropic",))),
        (paths(b_py=("anthropic",)), NOW),
        (replace(NOW, providers=Providers(allow=("openai",))), NOW),
    ],
)
async def test_what_both_allow_is_sent(tmp_path: Path, was: Settings, now: Settings) -> None:
    said = Said([CHANGED])
    asked, other = under(tmp_path, said, was), under(tmp_path, said, now)

    async def later() -> Later:
        return Later(now, other.ports)

    await asked_meanwhile(asked, place(Project(tmp_path)), later)
    assert [request.model.provider for request in said.requests] == ["openai"]


@pytest.mark.asyncio
async def test_a_file_told_of_earlier_that_was_kept_back_before_holds_nothing_up(tmp_path: Path) -> None:
    said = Said([CHANGED, CHANGED])
    told: dict[str, Any] = {"earlier": "Diff of b\n", "earlier_of": (("b.py", Span(0, 10)),)}
    strict = paths(b_py=("anthropic",))
    for was, sent in ((strict, 1), (NOW, 1)):
        asked, other = under(tmp_path, said, was), under(tmp_path, said, strict)

        async def later(other: Engine = other) -> Later:
            return Later(strict, other.ports)

        try:
            await asked_meanwhile(asked, place(Project(tmp_path), **told), later)
        except NotSendable as error:
            assert was is NOW and "b.py" in str(error)
        assert len(said.requests) == sent
        await asked.close()


@pytest.mark.asyncio
async def test_settings_that_cannot_be_read_by_now_send_nothing(tmp_path: Path) -> None:
    said = Said([CHANGED])
    asked = under(tmp_path, said, NOW)

    async def later() -> Later:
        raise ConfigError("no settings", fix="Correct them.")

    with pytest.raises(ConfigError, match="no settings"):
        await asked_meanwhile(asked, place(Project(tmp_path)), later)
    assert said.requests == []


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


async def opened(session: Session, root: str) -> Workspace:
    workspace = await session.workspace_at(root)
    workspace.index.enabled = False
    return workspace


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("ALLOW", '["anthropic"]', 1),
        ("PATHS", '{"*.py" = ["anthropic"]}', 1),
        ("PATHS", '{"*.go" = ["anthropic"]}', 2),
        ("ALLOW", '["openai', 1),
    ],
)
async def test_a_job_that_waits_for_its_turn_in_an_editor_keeps_to_settings_read_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ModelServer, name: str, value: str, sent: int
) -> None:
    for key, text in {
        "OPENAI_API_KEY": server.openai_key,
        "OPENAI_BASE_URL": server.openai_url,
        "COUNTERPOINT_HOME": str(tmp_path / "home"),
        "COUNTERPOINT__KEYS__KEYRING": "false",
        "COUNTERPOINT__PRIVACY__CONSENT": "true",
        "COUNTERPOINT__PROVIDERS__PARALLEL": "1",
    }.items():
        monkeypatch.setenv(key, text)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    await asyncio.to_thread((tmp_path / "a.py").write_text, "x = 1\n")
    may = threading.Event()
    server.answer(CHANGED, until=may)
    server.answer(CHANGED)
    session, root = Session(cast("Any", None)), tmp_path.as_posix()
    monkeypatch.setattr("counterpoint.lsp.turning._waits", lambda *_: None)
    session.set_roots([root])
    old = await opened(session, root)
    first = asyncio.create_task(old.engine.ask(EDIT, place(old.project)))
    await asyncio.to_thread(server.wait_arrived, 1, 60)
    held = asyncio.Event()

    async def stands() -> None:
        held.set()

    second = asyncio.create_task(old.engine.ask(EDIT, place(old.project), hold=stands))
    both = asyncio.create_task(session.jobs.newest("edit", asyncio.wait({first, second}), "job"))
    await asyncio.wait_for(held.wait(), 60)
    monkeypatch.setenv(f"COUNTERPOINT__PROVIDERS__{name}", value)
    await session.reopen()
    may.set()
    await asyncio.wait_for(first, 60)
    try:
        await asyncio.wait_for(second, 60)
        assert sent == 2
    except CounterpointError as error:
        assert sent == 1 and "providers" in str(error).lower(), error
    assert server.state.arrived == sent
    await both
    await session.close()
