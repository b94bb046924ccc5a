"""What holds of every route, whatever the settings, rows, keys, files, health, money and measurements."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from counterpoint.answers import ChangeSet, Findings, Insertion, Verdicts
from counterpoint.choosing import TRIES, cheaper, may_see
from counterpoint.engine import Engine, Ports
from counterpoint.errors import (
    BillingRequired,
    BudgetExceeded,
    CounterpointError,
    NotSendable,
    NoUsableRole,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    Unauthorized,
)
from counterpoint.health import Closed
from counterpoint.ledger import Ledger
from counterpoint.models import Catalogue, Usage, load_catalogue
from counterpoint.providers import Begun, Chunk, Done, Endpoint, Provider, Request
from counterpoint.routing import escalated, route, without
from counterpoint.settings import Budget, Providers, Routing, Settings
from counterpoint.stepping import Evidence, Shown
from counterpoint.tasks import TASKS, Role, Task
from counterpoint.text import Document, Situation, Span

SHIPPED = load_catalogue()
VENDORS = ("openai", "anthropic", "google", "embedded")
NAMES = sorted(SHIPPED.models)
ROLES: tuple[Role, ...] = ("fast", "deep", "value")
PLACE = Situation(
    Document.of("pay/a.py", "x = 1\n", "python", 1), Span(4, 4), instruction="Two", claims="1. So."
)
ANSWERS: dict[Any, str] = {
    ChangeSet: '{"assumptions": [], "edits": []}',
    Findings: '{"findings": []}',
    Verdicts: '{"verdicts": []}',
    Insertion: "1",
}


@dataclass(frozen=True)
class World:
    """One draw of everything a route depends on."""

    task: Task[Any]
    catalogue: Catalogue
    settings: Settings
    keys: frozenset[str]
    tokens: int
    evidence: Evidence
    closed: frozenset[str]
    barred: frozenset[str]

    @property
    def excluded(self) -> frozenset[str]:
        """Vendors that must never see this question: not allowed, without a key, barred from its file."""
        allowed = set(self.settings.providers.allow) & self.keys
        return frozenset(VENDORS) - allowed | (self.barred - {"embedded"})

    def why_barred(self, path: str, provider: str) -> str | None:
        return "excluded" if provider in self.barred and provider != "embedded" else None


def world(draw: random.Random) -> World:
    def some(of: Sequence[str]) -> tuple[str, ...]:
        return tuple(draw.sample(of, draw.randint(0, len(of))))

    roles: dict[str, tuple[str, ...]] = {
        role: tuple(draw.sample(NAMES, draw.randint(0, 5))) for role in ROLES
    }
    own = {draw.choice(sorted(TASKS)): tuple(draw.sample(NAMES, draw.randint(1, 3)))}
    catalogue = replace(SHIPPED, roles={**SHIPPED.roles, **roles, **(own if draw.random() < 0.3 else {})})
    task: Task[Any] = TASKS[draw.choice(sorted(TASKS))]
    other = draw.random()
    if other < 0.1:
        task = replace(task, role=draw.choice(ROLES))
    elif other < 0.2:
        task = replace(task, model=draw.choice(NAMES))
    elif other < 0.3:
        task = replace(task, vendor=draw.choice(VENDORS))
    elif other < 0.4:
        task = escalated(task, Settings()) or task
    settings = replace(
        Settings(),
        providers=Providers(allow=some(VENDORS) if draw.random() < 0.4 else VENDORS),
        routing=Routing(step_down=draw.choice(("measured", "never"))),
        budget=Budget(
            day_usd=draw.choice((0.0, 0.01, 0.3, 5.0, 5.0)),
            completions_day_usd=draw.choice((0.0, 0.005, 2.0)),
            month_usd=draw.choice((0.0, 0.0, 0.2)),
            session_usd=draw.choice((0.0, 0.0, 0.1)),
            roles={role: draw.choice((0.05, 3.0)) for role in draw.sample(ROLES, draw.randint(0, 2))},
        ),
    )
    return World(
        task,
        catalogue,
        settings,
        frozenset(some(VENDORS) if draw.random() < 0.4 else VENDORS),
        draw.choice((0, 500, 9_000, 272_001, 600_000, 900_000, 2_000_000)),
        evidence(draw, task.name),
        frozenset(some(NAMES) if draw.random() < 0.5 else ()),
        frozenset(some(VENDORS) if draw.random() < 0.3 else ()),
    )


def evidence(draw: random.Random, task: str) -> Evidence:
    """As if some models had been measured to be as good as any other."""
    if draw.random() < 0.5:
        return {}
    return {
        (task, model, other): Shown(model, other, task, 60, 64, 60, 64, 0.3)
        for model in draw.sample(NAMES, 8)
        for other in NAMES
    }


def test_no_route_leads_past_a_window_or_to_whom_the_user_excluded() -> None:
    draw = random.Random(71)
    found_any, stepped = 0, 0
    for _ in range(2_000):
        one = world(draw)
        asked = {"catalogue": one.catalogue, "settings": one.settings, "usable": one.keys}
        try:
            found = route(one.task, **asked, input_tokens=one.tokens, evidence=one.evidence)  # type: ignore[arg-type]
            found = may_see(found, one.task, PLACE, one.why_barred)
        except (NoUsableRole, NotSendable) as error:
            assert str(error)
            continue
        busy = RateLimited("busy", provider="x")
        found = without(found, {name: Closed(name, 5.0, busy) for name in one.closed})
        found_any += 1
        stepped += found.first.role == "value" and one.task.role != "value"
        names = [candidate.model.name for candidate in found.candidates]
        assert names and len(set(names)) == len(names)
        for candidate in found.candidates:
            model = candidate.model
            assert model.provider not in one.excluded
            assert one.tokens <= model.max_input_tokens or model.provider == "embedded"
            assert one.task.vendor in ("", model.provider) or model.provider == "embedded"
            assert one.task.model in ("", model.name)
            assert candidate.reason
            if candidate.role == "value" != one.task.role:
                assert one.settings.routing.step_down == "measured"
                assert one.task.name in ("document", "commit", "explain", "tests")
            assert not model.can("raw-continuation") or one.task.shape is Insertion
        assert len(list(cheaper(one.task, PLACE))) <= 4
    assert found_any > 400 and stepped > 10


@dataclass
class Vendor:
    """Fails as it is told to, or answers in the right form at a price that is known."""

    draw: random.Random
    answer: str
    name: str = "vendor"
    requests: list[Request] = field(default_factory=list)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        fails: tuple[type[ProviderError], ...] = (Overloaded, ServerFault, Unauthorized, BillingRequired)
        if self.draw.random() < 0.4:
            raise self.draw.choice(fails)("no", provider=request.model.provider)
        yield Begun(Usage(input_tokens=400), "r")
        yield self.answer
        yield Done("end", Usage(input_tokens=400, output_tokens=self.draw.randint(1, 400)), request.model.id)

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None


@pytest.mark.asyncio
async def test_no_question_goes_past_a_budget_or_the_tries_or_fails_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterpoint.sending._pause", lambda failure, tries: 0.0)
    draw = random.Random(72)
    asked = refused = 0
    for number in range(220):
        one = world(draw)
        vendor = Vendor(draw, ANSWERS.get(one.task.shape, "Words."))
        ledger = Ledger(tmp_path / f"{number % 8}.sqlite3")  # shared by some: what was spent before counts
        before = len(ledger.job("x"))
        engine = engine_of(one, ledger, vendor)
        spent = ledger.spent_today()
        try:
            async with asyncio.timeout(20):
                await engine.ask(one.task, PLACE, job=f"j{number}")
        except BudgetExceeded:
            refused += 1
        except CounterpointError as error:
            assert str(error)
        await engine.close()
        made = ledger.job(f"j{number}")
        asked += bool(vendor.requests)
        assert before == 0 and len(vendor.requests) == len(made) <= TRIES
        assert all(request.model.provider not in one.excluded for request in vendor.requests)
        budget = one.settings.budget
        if made:
            assert spent + made[-1].reserved_usd <= budget.day_usd + 1e-9
            assert ledger.spent_here <= (budget.session_usd or 1e9) + 1e-9
            assert all(call.reserved_usd <= budget.roles.get(call.role, 1e9) for call in made)
        ledger.close()
    assert asked > 40 and refused > 5


def engine_of(one: World, ledger: Ledger, vendor: Provider) -> Engine:
    async def usable() -> frozenset[str]:
        return one.keys

    async def endpoint(name: str) -> Endpoint:
        return Endpoint(name, key="k")

    async def opened(endpoint: Endpoint) -> Provider:
        return vendor

    ports = Ports(usable, endpoint, opened, lambda path, text: None, lambda endpoint: (), one.why_barred)
    settings = replace(one.settings, providers=replace(one.settings.providers, paths={"pay/**": ()}))
    return Engine(settings, one.catalogue, ledger, ports)
