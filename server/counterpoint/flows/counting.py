"""Prompts counted by their vendors' own endpoints: free, but the prompt goes there like any question's.

So it goes only where a question may: to a vendor that is allowed, has a key and the user's consent. What was
sent is in the ledger as calls of the task `count` that cost nothing. Where nobody counts, it is estimated.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from counterpoint.booking import caps_of
from counterpoint.engine import Engine
from counterpoint.errors import ConsentRequired, NotFound, ProviderError
from counterpoint.ledger import Outcome, Sent
from counterpoint.models import Model, Usage
from counterpoint.plan import Plan, request_for, sent_of
from counterpoint.providers import Describes, Part, Provider, Request
from counterpoint.tasks import Task
from counterpoint.text import Situation

TASK = "count"
"""The name of such calls in the ledger."""
_SECONDS = 30.0
_MOST_FAILURES = 2
_SYSTEM = "Count."


def is_free_count(task: str, cost_usd: float) -> bool:
    """Whether calls of a task only counted tokens, for nothing: no row of figures is worth it."""
    return task == TASK and not cost_usd


@dataclass
class _Told:
    """What became of a model's counts."""

    exact: int = 0
    estimated: int = 0
    failures: int = 0
    why: str = ""


@dataclass
class Counter:
    """Counts for one job. Belongs to one event loop; nothing of it is kept afterwards."""

    engine: Engine
    job: str
    _told: dict[str, _Told] = field(default_factory=dict, init=False)
    _bases: dict[str, int] = field(default_factory=dict, init=False)

    async def prompt(self, task: Task[Any], situation: Situation, plan: Plan) -> tuple[int, bool]:
        """Tokens of a planned prompt, and whether the vendor counted them. Raises ConsentRequired."""
        request = request_for(task, plan, self.engine.settings, "")
        found = await self._asked(request, sent_of(situation, plan))
        if found is not None:
            return found, True
        model = plan.candidate.model
        return self._estimated(model, model.tokens_in(plan.rendered.characters)), False

    async def text(self, model: Model, name: str, text: str) -> tuple[int, bool]:
        """Tokens of a text as part of a prompt, by what it adds to one. Raises ConsentRequired."""
        raw = text.encode("utf-8", "surrogatepass")
        sent = Sent(name, hashlib.sha256(raw).hexdigest(), len(raw))
        found = await self._asked(_alone(model, text), [sent])
        if found is not None and model.name not in self._bases:
            base = await self._asked(_alone(model, "."), [])
            if base is not None:
                self._bases[model.name] = base - 1
        if found is None or model.name not in self._bases:
            return self._estimated(model, model.tokens_in(len(text))), False
        return max(1, found - self._bases[model.name]), True

    def said(self, model: Model) -> str:
        """Whose the counts of a model are, in words."""
        told = self._told.get(model.name, _Told())
        if not told.estimated:
            return f"counted by the endpoint of {model.provider}"
        whole = "all" if not told.exact else f"{told.estimated} of {told.estimated + told.exact}"
        return f"{whole} estimated from characters: {told.why}"

    async def shutdown(self, model: Model) -> str:
        """The date its vendor has set for the end of a model; "" where there is none or nobody says."""
        provider = await self._provider(model)
        if provider is None or not isinstance(provider, Describes):
            return ""
        with suppress(ProviderError):
            notice = await provider.describe(model, _SECONDS)
            return (notice.shutdown_date or "") if notice else ""
        return ""

    def _estimated(self, model: Model, tokens: int) -> int:
        self._told.setdefault(model.name, _Told()).estimated += 1
        return tokens

    async def _asked(self, request: Request, sent: Sequence[Sent]) -> int | None:
        model, told = request.model, self._told.setdefault(request.model.name, _Told())
        provider = None if told.failures >= _MOST_FAILURES else await self._provider(model)
        if provider is None:
            return None
        entry = await asyncio.to_thread(self._entered, model, sent)
        begun, error = time.monotonic(), ""
        outcome: Outcome = "cancelled"
        found: int | None = None
        try:
            found = await provider.count(replace(request, deadline=_SECONDS))
            outcome = "ok"
        except ProviderError as failed:
            unknown = isinstance(failed, NotFound)
            told.why = f"{model.provider} does not know the model {model.id}" if unknown else failed.message
            told.failures += _MOST_FAILURES if unknown else 1
            outcome, error = "error", failed.code
        finally:
            seconds = time.monotonic() - begun
            await asyncio.shield(asyncio.to_thread(self._settled, entry, outcome, error, seconds))
        if found is None:
            told.why = told.why or "the endpoint has no such call"
            return None
        told.exact, told.failures = told.exact + 1, 0
        return found

    async def _provider(self, model: Model) -> Provider | None:
        """Who counts, or None; `_told` says why. Raises ConsentRequired."""
        told, ports = self._told.setdefault(model.name, _Told()), self.engine.ports
        if model.provider not in self.engine.settings.providers.allow:
            told.why = f"providers.allow leaves {model.provider} out"
            return None
        if model.provider == "embedded" or not model.can("count"):
            told.why = "nobody counts for it"
            return None
        if model.provider not in await ports.usable():
            told.why = f"there is no key for {model.provider}"
            return None
        endpoint = await ports.endpoint(model.provider)
        if missing := await asyncio.to_thread(ports.missing_consent, endpoint):
            raise ConsentRequired(
                f"This workspace's code has not yet been allowed to go to {', '.join(missing)}.",
                fix="Agree when asked, or pass --yes: counting sends the prompts, and costs nothing.",
            )
        return await ports.open(endpoint)

    def _entered(self, model: Model, sent: Sequence[Sent]) -> int:
        return self.engine.ledger.reserve(
            job=self.job,
            task=TASK,
            role="",
            provider=model.provider,
            model=model.name,
            kind="other",
            upper_usd=0.0,
            caps=caps_of(self.engine.settings.budget),
            sent=sent,
            deadline=_SECONDS,
        )

    def _settled(self, entry: int, outcome: Outcome, error: str, seconds: float) -> None:
        ledger = self.engine.ledger
        ledger.settle(entry, usage=Usage(), cost_usd=0.0, seconds=seconds, outcome=outcome, error=error)


def _alone(model: Model, text: str) -> Request:
    return Request(model, _SYSTEM, (Part(text),), 16)
