"""The second question about a file is billed at the vendors' cache prices, by the model server's bill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.context import Snippet
from counterpoint.context.question import Question, Selection
from counterpoint.flows.complete import complete
from counterpoint.text import Document, Situation, Span
from counterpoint.workspace import Workspace, open_workspace
from tests.integration.test_workspace import environment
from tests.modelserver import ModelServer, Record

MODELS = {"openai": "gpt-5.5", "anthropic": "claude-opus-4-7"}
LIBRARY = "".join(f"def total_{number}(items, limit={number}): return sum(items)\n" for number in range(400))
BUFFER = "".join(f"result_{number} = total_{number}(items)\n" for number in range(20)) + "final = "


def snippet(first: int, last: int) -> Snippet:
    text = "\n".join(LIBRARY.split("\n")[first - 1 : last])
    return Snippet("library.py", first, last, text, "named in the file", len(text) // 4)


@contextmanager
def served(answer: str) -> Iterator[ModelServer]:
    with ModelServer() as server:
        server.answer(answer, repeat=True)
        yield server


@asynccontextmanager
async def opened(server: ModelServer, folder: Path, vendor: str) -> AsyncIterator[Workspace]:
    root = folder / "project"
    root.mkdir()
    (root / "library.py").write_text(LIBRARY)
    (root / "AGENTS.md").write_text("Use tabs.\n" * 100)
    environ = environment(server, folder / "home")
    other = "ANTHROPIC" if vendor == "openai" else "OPENAI"
    environ = {name: value for name, value in environ.items() if not name.startswith(other)}
    workspace = await open_workspace(root, environ=environ)
    try:
        yield workspace
    finally:
        await workspace.close()


async def typed(workspace: Workspace, server: ModelServer, text: str, *chosen: Snippet) -> Record:
    """One completion at the end of the text, for which the index would choose these snippets."""

    async def gathered(question: Question, seconds: float) -> Selection:
        return Selection(chosen)

    workspace.engine.ports = replace(workspace.engine.ports, gather=gathered)
    document = Document.of("app.py", text, "python")
    await complete(workspace.engine, Situation(document, Span(len(text), len(text)), workspace.project))
    await workspace.engine.close()
    server.wait_idle(5)
    return server.log[-1]


def read_at_cache_price(record: Record) -> float:
    usage = record.usage
    return usage.cached / (usage.input + usage.cached + usage.write_5m + usage.write_1h)


@pytest.mark.asyncio
@pytest.mark.parametrize("vendor", MODELS)
async def test_the_second_completion_in_a_file_reads_what_the_first_wrote(
    tmp_path: Path, vendor: str
) -> None:
    with served("total_3(items)\n") as server:
        async with opened(server, tmp_path, vendor) as workspace:
            chosen = snippet(1, 60), snippet(100, 130)
            first = await typed(workspace, server, BUFFER, *chosen)
            again = await typed(workspace, server, f"{BUFFER}to", *chosen)
            # A new line above, other names at hand: what is chosen now is chosen besides.
            moved = f"import os\n{BUFFER}total_2(items)\nother = "
            third = await typed(workspace, server, moved, snippet(200, 204), *chosen)
            later = await typed(workspace, server, moved, snippet(110, 120))
            assert [record.body["model"] for record in server.log] == [MODELS[vendor]] * 4
            assert first.usage.cached == 0
            assert read_at_cache_price(again) > 0.8
            assert read_at_cache_price(later) > 0.8
            assert read_at_cache_price(third) > 0.6
            assert again.cost_usd < 0.6 * first.cost_usd


@pytest.mark.asyncio
@pytest.mark.parametrize("vendor", MODELS)
async def test_after_ten_minutes_the_order_begins_anew_and_a_changed_file_is_not_repeated(
    tmp_path: Path, vendor: str
) -> None:
    with served("total_3(items)\n") as server:
        async with opened(server, tmp_path, vendor) as workspace:
            await typed(workspace, server, BUFFER, snippet(1, 60))
            (workspace.root / "library.py").write_text("# gone\n")
            now = [4.0]
            stable = workspace.engine.planner.stable
            clock, stable._clock = stable._clock, lambda: clock() + now[0]
            record = await typed(workspace, server, f"{BUFFER}total_300(", snippet(300, 302))
            assert "total_30(" not in str(record.body)
            assert "def total_300(" in str(record.body)
