"""What `counterpoint costs` tells, in whatever form: the ledger's figures since a day, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from counterpoint import ledger_jobs
from counterpoint.cli import costs_parts
from counterpoint.cli.costs_caps import Cap, caps_told
from counterpoint.cli.costs_unheard import Unheard, unheard
from counterpoint.flows.advising import Advice, advice
from counterpoint.ledger import Acceptance, Edits, Judged, Ledger, Precision
from counterpoint.ledger_jobs import month_at_this_pace
from counterpoint.ledger_rows import NANO
from counterpoint.ledger_sums import Sums
from counterpoint.ledger_trials import Voices
from counterpoint.models import Model
from counterpoint.settings import Budget
from counterpoint.trials import Seen, seen
from counterpoint.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Told:
    """`spent_today` and `month`, what was spent since the first of this month, are in USD and hold what is
    reserved; `month_cap` is None where there is none."""

    since: date
    today: date
    sums: Sums
    accepted: Sequence[Acceptance]
    edits: Sequence[Edits]
    precise: Sequence[Precision]
    spent_today: float
    month: float
    day_cap: float
    month_cap: float | None = None
    judged: Sequence[Judged] = ()
    parts: Sequence[costs_parts.Part] = ()
    dearest: Sequence[costs_parts.Part] = ()
    trials: Sequence[Seen] = ()
    voices: Sequence[Voices] = ()
    advice: Sequence[Advice] = ()
    unheard: Unheard = field(default_factory=Unheard)
    unheard_today: Unheard = field(default_factory=Unheard)
    caps: Sequence[Cap] = ()

    @property
    def cost_usd(self) -> float:
        return ledger_jobs.cost_usd(self.sums)

    @property
    def pace(self) -> float:
        """USD that this month comes to if its days go on as they did."""
        return month_at_this_pace(self.month, self.today)

    @property
    def absent_share(self) -> float | None:
        """How much of what models reported rests on a quote that stands nowhere; None without any."""
        absent = sum(one.absent for one in self.precise if one.model)
        said = absent + sum(one.shown for one in self.precise if one.model)
        return absent / said if said else None


async def gathered(workspace: Workspace, since: date, today: date) -> Told:
    """Read the ledger. Raises ConfigError if it cannot be read."""
    given = (workspace.ledger, workspace.settings.budget, workspace.catalogue.models, since, today)
    found = await asyncio.to_thread(figures, *given)
    suggested = await advice(workspace.engine)
    return replace(found, advice=suggested)


def figures(ledger: Ledger, budget: Budget, models: Mapping[str, Model], since: date, today: date) -> Told:
    """All but the advice. Reads the ledger: use a thread. Raises ConfigError if it cannot be read."""
    spent = ledger.spent()
    edits, precise = ledger.daily.fates(since)
    sums = ledger.daily.sums(since, costs_parts.long_input(models.values()))
    return Told(
        since,
        today,
        sums,
        ledger_jobs.acceptance(sums),
        edits,
        precise,
        spent.day / NANO,
        spent.month / NANO,
        budget.day_usd,
        budget.month_usd or None,
        ledger_jobs.judged(sums),
        *costs_parts.parts_of(sums, models),
        seen(ledger.trials),
        ledger.trials.voices(since),
        unheard=unheard(sums),
        unheard_today=unheard(sums, today.isoformat()),
        caps=caps_told(budget, spent),
    )
