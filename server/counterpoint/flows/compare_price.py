"""What a comparison would cost and take, before anything is sent; and whether that may be spent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from counterpoint.answers import Insertion
from counterpoint.comparing.values import Case
from counterpoint.engine import Engine
from counterpoint.errors import BudgetExceeded, NotSendable
from counterpoint.flows.compare import Opened, Question, Wanted
from counterpoint.flows.compare_review import alone, plain, price_of, seconds_of
from counterpoint.ledger_rows import usd
from counterpoint.plan import LONG_PROMPT, estimate

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of a comparison. `models` has that of each, in USD, low and high; `left_out` are cases that
    cannot be asked, with the reasons. `asks_first`: a prompt is so long, or a model so dear, that the user is
    asked first in any case. `what` says what a run is; of a review `requests` are those that look for
    findings, and money and time have the second looks in them that may follow."""

    cases: tuple[Case, ...]
    requests: int
    input_tokens: int
    output_tokens: Range
    cost_usd: Range
    seconds: Range
    models: Mapping[str, Range]
    efforts: Mapping[str, str]
    left_out: tuple[tuple[str, str], ...] = ()
    asks_first: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True)
class _One:
    """What one run of a case by one model comes to."""

    requests: int
    input_tokens: int
    output_tokens: Range
    cost_usd: Range
    seconds: Range
    effort: str
    asks_first: bool


async def priced(
    cases: Sequence[Case],
    opened: Opened,
    wanted: Wanted,
    step: Callable[[str, int, int], None] = lambda text, done, total: None,
) -> Priced:
    """Plan every case for every model, told by `step`; nothing is sent. A case that may not go to one of
    the models is left out for all. Raises NoUsableRole and ConfigError for a model that cannot be asked."""
    estimates: dict[str, list[_One]] = {name: [] for name in wanted.models}
    stay: list[Case] = []
    left_out: list[tuple[str, str]] = []
    what = ""
    for at, case in enumerate(cases):
        step(case.name, at, len(cases))
        try:
            async with opened(case) as question:
                what = wanted.what(question.engine.settings)
                one = _reviewed if wanted.is_review else _asked
                found = [await one(question, wanted, name) for name in wanted.models]
        except NotSendable as error:
            left_out.append((case.name, str(error)))
            continue
        stay.append(case)
        for name, run in zip(wanted.models, found, strict=True):
            estimates[name].append(run)
    every = [one for some in estimates.values() for one in some]
    return Priced(
        tuple(stay),
        sum(one.requests for one in every) * wanted.runs,
        sum(one.input_tokens for one in every) * wanted.runs,
        _sum([one.output_tokens for one in every], wanted.runs),
        _sum([one.cost_usd for one in every], wanted.runs),
        _sum([one.seconds for one in every], wanted.runs),
        {name: _sum([one.cost_usd for one in some], wanted.runs) for name, some in estimates.items()},
        {name: some[-1].effort for name, some in estimates.items() if some},
        tuple(left_out),
        any(one.asks_first for one in every),
        what,
    )


async def _asked(question: Question, wanted: Wanted, model: str) -> _One:
    """One question, asked once."""
    engine = question.engine
    task = wanted.bound(model, engine.settings)
    plan = await engine.plan(task, question.situation)
    found = estimate(await engine.learned(task, plan), plan, engine.settings)
    dear = plan.input_tokens > LONG_PROMPT or plan.candidate.model.can("asks-first")
    effort = plan.candidate.effort or ""
    return _One(1, found.input_tokens, found.output_tokens, found.cost_usd, found.seconds, effort, dear)


async def _reviewed(question: Question, wanted: Wanted, model: str) -> _One:
    """A whole review, with the second looks that may follow."""
    engine = alone(question.engine, model, wanted.effort)
    try:
        first = (await engine.route(wanted.bound(model, engine.settings))).first
        found = await price_of(engine, question.reviewing or plain(question.situation))
    finally:
        await engine.close()
    return _One(
        len(found.asks),
        sum(one.input_tokens for one in found.asks),
        _sum([one.output_tokens for one in found.asks], 1),
        _sum([one.cost_usd for one in found.asks], 1),
        seconds_of(found, engine.settings.review.parallel),
        first.effort or "",
        first.model.can("asks-first") or any(one.input_tokens > LONG_PROMPT for one in found.alone),
    )


def _sum(pairs: Sequence[Range], times: int) -> Range:
    return times * sum(low for low, _ in pairs), times * sum(high for _, high in pairs)


async def affordable(engine: Engine, price: Priced, wanted: Wanted) -> None:
    """Raise BudgetExceeded where the comparison could go beyond `max_usd` or a cap of the settings."""
    high = price.cost_usd[1]
    if wanted.max_usd is not None and high > wanted.max_usd:
        raise BudgetExceeded(
            f"The comparison could cost up to ${high:.4f}, more than --max-cost {wanted.max_usd:g}.",
            fix="Raise it, or compare fewer cases or runs.",
        )
    budget, ledger = engine.settings.budget, engine.ledger
    completions = budget.completions_day_usd if wanted.task.shape is Insertion else None

    def spent() -> tuple[tuple[str, float, float | None], ...]:
        month = sum(one.cost_usd for one in ledger.totals(date.today().replace(day=1)))
        return (
            ("budget.day_usd", ledger.spent_today(), budget.day_usd),
            ("budget.completions_day_usd", ledger.spent_today("completion"), completions),
            ("budget.month_usd", month, budget.month_usd or None),
            ("budget.session_usd", ledger.spent_here, budget.session_usd or None),
        )

    for setting, used, cap in await asyncio.to_thread(spent):
        if cap is not None and used + high > cap:
            raise BudgetExceeded(
                f"The comparison could cost up to ${high:.4f}, but ${used:.4f} of the {usd(cap)} of"
                f" {setting} is spent.",
                fix=f"Raise {setting} in your own config.toml, or compare fewer cases or runs.",
            )
