"""A review in a comparison: the product's own from its units to its proofs, by one model in all its parts.

    reviewing = await made_ready(situation, apart, tools, project)
    done = await reviewed(alone(engine, "gpt-5.5", ""), reviewing, Terms(job))

It is what the verb `review` does where the model on trial fills every role: the same passes and rules, the
same checks of quotes and places, the second look by that model again, and the proofs of its fixes. Nothing is
recalled and nothing put down, so that every run is paid for and asked anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any, cast

from counterpoint import passes
from counterpoint.answers import Findings
from counterpoint.calls import Call
from counterpoint.engine import Engine
from counterpoint.errors import (
    BillingRequired,
    BudgetExceeded,
    Forbidden,
    NotFound,
    NotSendable,
    Unauthorized,
)
from counterpoint.flows.review import Apart, Options, Priced, Review, Tools, priced, review, unit_of, units_of
from counterpoint.project import Project
from counterpoint.reviewing.unit import Unit
from counterpoint.settings import Settings
from counterpoint.text import Situation

_ENDING = {one.code: one for one in (BillingRequired, Forbidden, NotFound, Unauthorized)}
"""Failures after which a model fails at every question, by their codes."""
_ASKED = ("review", "verify")
"""Stages that ask a model: what else can fail is our own."""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What a review of a case is made of."""

    units: tuple[Unit, ...]
    options: Options
    tools: Tools


@dataclass(frozen=True, slots=True)
class Terms:
    """Which job its calls are of, what they may cost together, in USD, and whether very long prompts are
    agreed to."""

    job: str
    left_usd: float | None = None
    price_agreed: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What a model's findings are once everything was checked, and all calls it took. `error` is the code of
    what failed, "" for nothing, `said` that in words; `partly` are parts of the case that nobody was asked
    about."""

    findings: Findings
    calls: tuple[Call, ...]
    error: str = ""
    said: str = ""
    partly: tuple[str, ...] = ()


async def made_ready(situation: Situation, apart: Apart, tools: Tools, project: Project) -> Reviewing:
    """The review of a situation with the passes that it names, the repository's own with their words.

    Reads files. Raises UsageError for a pass that is none, NotSendable where there is nothing to review.
    """
    known = await asyncio.to_thread(passes.known, project)
    rows = passes.named(situation.passes, known)
    lens = passes.lens_of(rows) if any(row.source for row in rows) else ""
    units = await units_of((situation,), apart)
    if not units:
        raise NotSendable(f"{situation.document.path} holds nothing to review.", fix="Name another file.")
    return Reviewing(units, Options(tuple(row.name for row in rows), lens), bare(tools))


def plain(situation: Situation) -> Reviewing:
    """The review of a situation as one unit, where nobody takes documents apart."""
    return Reviewing((unit_of(situation),), Options(situation.passes), Tools(situation.files))


def bare(tools: Tools) -> Tools:
    """What a review works with, without what it remembers and what it writes down: neither what it knows of
    the code nor who wrote that may put one model before another."""
    return replace(tools, store=None, written=None, root="")


def alone(engine: Engine, model: str, effort: str) -> Engine:
    """An engine whose every role is filled by one model: it finds, it looks a second time and it answers for
    what it found. `effort` "" is that of the settings. To be closed by whoever made it."""
    settings = engine.settings
    if effort:
        settings = replace(settings, review=replace(settings.review, effort=cast(Any, effort)))
    roles = dict.fromkeys((*engine.catalogue.roles, "fast", "deep", "value"), (model,))
    return Engine(settings, replace(engine.catalogue, roles=roles), engine.ledger, engine.ports)


async def price_of(engine: Engine, reviewing: Reviewing) -> Priced:
    """What one run would cost, second looks included. Raises NotSendable where nothing can be asked about."""
    found = await priced(engine, reviewing.units, reviewing.options, reviewing.tools)
    if not found.asks:
        whys = "; ".join(dict.fromkeys(why for _, why in found.skipped))
        raise NotSendable(f"{reviewing.units[0].path} cannot be asked about: {whys}", fix="Leave it out.")
    return found


def seconds_of(found: Priced, parallel: int) -> tuple[float, float]:
    """How long a run takes: the first request alone, to write the prompt cache, the others side by side."""
    times = [one.seconds for one in found.asks]
    rest = [(low / max(1, parallel), high / max(1, parallel)) for low, high in times[1:]]
    every = (*times[:1], *rest)
    return sum(low for low, _ in every), sum(high for _, high in every)


async def reviewed(engine: Engine, reviewing: Reviewing, terms: Terms) -> Done:
    """One review. Raises BudgetExceeded where it could cost more than is left, or was cut short for money;
    the failures after which a model fails at everything; NotSendable where nothing was asked about."""
    if terms.left_usd is not None:
        await _keep_within(engine, reviewing, terms.left_usd)
    options = replace(reviewing.options, job=terms.job, price_agreed=terms.price_agreed)
    try:
        found = await review(engine, reviewing.units, options, reviewing.tools)
    finally:
        await engine.close()
    _ended(found)
    partly = tuple(dict.fromkeys(f"{row.path}: {row.detail}" for row in found.told if row.how == "skipped"))
    if not found.calls and not found.errors:
        raise NotSendable(f"Nothing was asked about: {'; '.join(partly)}")
    kept = tuple(one for one in found.findings if one.status != "static")
    failed = next((one for one in found.errors if one.stage in _ASKED), None)
    if failed is not None:
        return Done(Findings(()), found.calls, failed.code, failed.message, partly)
    return Done(Findings(kept, found.dropped), found.calls, partly=partly)


def _ended(found: Review) -> None:
    """Raise what the whole comparison ends with."""
    if found.brief or any(one.code == BudgetExceeded.code for one in found.errors):
        said = next((one.message for one in found.errors if one.code == BudgetExceeded.code), "")
        raise BudgetExceeded(said or "The budget left room for a review with little context only.")
    for one in found.errors:
        if one.code in _ENDING:
            raise _ENDING[one.code](one.message, provider=one.provider, fix=one.fix or None)


async def _keep_within(engine: Engine, reviewing: Reviewing, left: float) -> None:
    """Give the engine what is left as a cap of its own, which every call keeps to. Raises BudgetExceeded
    where a review is likely to meet it: it would be another one then, with little context."""
    found = await price_of(engine, reviewing)
    at_once = sorted((one.upper_usd for one in found.alone), reverse=True)[: engine.settings.review.parallel]
    usual = sum(one.cost_usd[1] for one in found.asks)
    upper = min(found.upper_usd, usual + sum(at_once))
    if upper > left:
        raise BudgetExceeded(f"A review could cost up to ${upper:.4f}, more than the ${left:.4f} left of it.")
    budget = engine.settings.budget
    cap = engine.ledger.spent_here + left
    capped = min(cap, budget.session_usd) if budget.session_usd else cap
    engine.settings = replace(engine.settings, budget=replace(budget, session_usd=capped))


def wording(settings: Settings) -> str:
    """What a run of a review is, in words for whoever reads its figures."""
    strategy, how = settings.review.strategy, settings.verify
    parts = [f"the passes {', '.join(settings.review.passes)}"]
    parts += ["the static rules' remarks as evidence"] if settings.review.static else []
    parts += ["drafts by the same model"] if strategy == "draft-verify" else []
    if strategy != "direct" and how.by != "none":
        votes = min(5, max(1, how.votes))
        parts.append("a second look by the same model" + (f" ({votes} votes)" if votes > 1 else ""))
    else:
        parts.append("no second look, as the settings say")
    return (
        f"Each run is a whole review by one model alone, as `review` makes it: {'; '.join(parts)}; quotes and"
        " places checked, fixes proved. Money and tokens are of all its requests; seconds are those in which"
        " one of them was under way. Nothing was recalled."
    )


ALONE = "Each answer is one model's own: no other stands in for it, and nothing in it is repaired."
AS_FOUND = f"{ALONE} Findings are as they came: nobody takes a second look at them."
