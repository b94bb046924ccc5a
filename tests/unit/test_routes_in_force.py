"""Who is asked in the end, through the engine: settings, files, health, budget and measurements together."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from counterpoint import config
from counterpoint.answers import ChangeSet, Findings, Insertion, Verdicts
from counterpoint.engine import Engine, Ports
from counterpoint.errors import CounterpointError, RateLimited
from counterpoint.ledger import Caps, JobOutcome, Ledger
from counterpoint.models import Usage, load_catalogue
from counterpoint.paths import folders
from counterpoint.project import Project
from counterpoint.providers import Begun, Chunk, Done, Endpoint, Provider, Request
from counterpoint.routing import escalated
from counterpoint.settings import Settings
from counterpoint.tasks import TASKS, Task
from counterpoint.text import Document, Situation, Span
from counterpoint.vendors import vendors_of

TABLE = Path(__file__).parents[1] / "cases" / "routes_in_force.md"
VENDORS = {"o": "openai", "a": "anthropic"}
VALUE, FIRST = "claude-sonnet-4-6", "gpt-5.5"
ANSWERS: dict[Any, str] = {
    ChangeSet: '{"assumptions": [], "edits": []}',
    Findings: '{"findings": []}',
    Verdicts: '{"verdicts": []}',
    Insertion: "1",
}


@dataclass(frozen=True)
class Row:
    task: str
    keys: str
    settings: str
    file: str
    closed: str
    spent: str
    measured: str
    asked: str
    told: str


def rows() -> list[Row]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert len(cells) >= 60
    return [Row(*one) for one in cells]


@dataclass
class Vendor:
    """Answers with nothing in the right form, and remembers who was asked."""

    answer: str
    name: str = "vendor"
    asked: list[str] = field(default_factory=list)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.asked.append(request.model.name)
        yield Begun(Usage(input_tokens=10), "r")
        yield self.answer
        yield Done("end", Usage(input_tokens=10, output_tokens=2), request.model.id)

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None


def settings_of(row: Row, root: Path) -> Settings:
    """As the user's own config.toml gives them."""
    file = folders().config / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(row.settings.replace("; ", "\n") + "\n")
    loaded = config.load(root)
    assert not loaded.problems, loaded.problems
    return loaded.settings


def engine_of(row: Row, root: Path, vendor: Provider) -> Engine:
    """The engine of the row's world, with its money spent, its models closed and its jobs judged."""
    settings = settings_of(row, root)
    catalogue = load_catalogue({"models": settings.models, "roles": settings.roles})
    project = Project(root, local_only=settings.privacy.local_only)
    keys = frozenset(VENDORS[letter] for letter in row.keys)

    async def usable() -> frozenset[str]:
        return keys

    async def endpoint(name: str) -> Endpoint:
        return Endpoint(name, key="k")

    async def opened(endpoint: Endpoint) -> Provider:
        return vendor

    barred = vendors_of(project, settings.providers.paths, catalogue.providers).barred
    ports = Ports(usable, endpoint, opened, project.why_not_sent_text, lambda endpoint: (), barred)
    engine = Engine(settings, catalogue, Ledger(root / "ledger.sqlite3"), ports)
    for name in row.closed.split():
        model = next(one for key, one in catalogue.models.items() if key.removeprefix("claude-") == name)
        engine.health.failed(model, RateLimited("Too many requests.", retry_after=60.0))
    book(engine.ledger, "spent", "ask", "gpt-5.5", float(row.spent or 0))
    judge(engine.ledger, row)
    return engine


def book(ledger: Ledger, job: str, task: str, model: str, usd: float) -> None:
    if usd:
        call = ledger.reserve(
            job=job, task=task, role="x", provider="x", model=model, kind="other", upper_usd=usd,
            caps=Caps(1_000.0, 1_000.0),
        )  # fmt: skip
        ledger.settle(call, usage=Usage(), cost_usd=usd, seconds=1.0, outcome="ok")


def judge(ledger: Ledger, row: Row) -> None:
    if not row.measured:
        return
    mine, theirs, price = row.measured.split()
    draw = random.Random(5)
    for model, share, usd in ((VALUE, mine, 1e-4 * float(price)), (FIRST, theirs, 1e-4)):
        good, of = map(int, share.split("/"))
        for nth in range(of):
            job, task = f"{model}-{nth}", row.task.removeprefix("escalated ")
            book(ledger, job, task, model, usd * draw.uniform(0.9, 1.1))
            ledger.judged(JobOutcome(job, task, "kept" if nth < good else "rewritten", model))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "row", rows(), ids=lambda row: f"{row.task}, {row.settings or row.measured or row.closed}"
)
async def test_who_is_asked(tmp_path: Path, row: Row) -> None:
    again = row.task.startswith("escalated ")
    task: Task[Any] = TASKS[row.task.removeprefix("escalated ")]
    vendor = Vendor(ANSWERS.get(task.shape, "Words."))
    engine = engine_of(row, tmp_path, vendor)
    once_more = escalated(task, engine.settings) if again else task
    told = ["not asked again"]
    if once_more is not None:
        text = "x = 1\n"
        (tmp_path / row.file).parent.mkdir(exist_ok=True)
        (tmp_path / row.file).write_text(text)
        situation = Situation(
            Document.of(row.file, text, "python", 1), Span(4, 4), instruction="Do it", claims="1. It is so."
        )
        try:
            reply = await engine.ask(
                once_more, situation, on_plan=lambda plan: told.append(plan.candidate.reason)
            )
            told.append(reply.notice)
        except CounterpointError as error:
            told.append(str(error))
    assert [one.removeprefix("claude-") for one in vendor.asked] == ([] if row.asked == "-" else [row.asked])
    assert row.told in " / ".join(told)
    await engine.close()
    engine.ledger.close()
