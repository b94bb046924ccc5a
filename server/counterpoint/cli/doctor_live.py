"""One tiny call for each feature of a vendor's wire that Counterpoint relies on, with what differed.

Nothing of the user's is sent: the texts are filler of ours. Every call is in the ledger like any other.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

from counterpoint.calls import Call, Meter
from counterpoint.errors import CounterpointError, ProviderError
from counterpoint.ledger import Caps, Ledger, Outcome
from counterpoint.models import Model, Usage, cost_of
from counterpoint.providers import Describes, Part, Provider, Request

DEADLINE = 60.0
_REFUSALS = ("unauthorized", "billing", "forbidden", "connection", "budget")
"""Codes of what holds for whatever is asked of a vendor."""
_SYSTEM = "You are being checked by a program. Answer as briefly as you can."
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
_THOUGHT = 512
"""Tokens that a model may think about what is asked here, where it cannot be kept from it."""
_MARGIN = 1.35
"""The newest tokenizers make up to a third more of a text than the row's average says."""


@dataclass(frozen=True, slots=True)
class Line:
    """The outcome of one check. `ok` None means that it does not apply here, or only `warns`."""

    vendor: str
    feature: str
    ok: bool | None
    detail: str
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A check: the requests it makes, the most they cost, and what to make of their meters."""

    feature: str
    requests: tuple[Request, ...]
    judge: Callable[[Sequence[Meter]], tuple[bool, str]]
    stop_early: bool = False

    def upper_usd(self) -> float:
        return sum(_upper(request) for request in self.requests)


def checks_for(model: Model) -> tuple[Check, ...]:
    """The checks that fit what the model's row says it can do."""
    quiet, extra = "none" if "none" in model.efforts else None, _THOUGHT if model.thinks_always else 0
    plain = Request(model, _SYSTEM, (Part("Say ok."),), 32 + extra, effort=quiet, deadline=DEADLINE)
    found = [Check("stream and terminal event", (plain,), _streamed)]
    if "low" in model.efforts:
        thinking = replace(
            plain, effort="low", max_output_tokens=300 + extra, parts=(Part("What is 17 + 25?"),)
        )
        found.append(Check("effort", (thinking,), _answered))
    if model.can("schema"):
        asked = Part("Give the sum of 17 and 25.")
        shaped = replace(
            plain, schema=_SCHEMA, schema_name="sum", max_output_tokens=64 + extra, parts=(asked,)
        )
        found.append(Check("schema", (shaped,), _shaped))
    if model.cache_min_tokens:
        long = replace(
            plain, parts=(Part(filler(model), cache=True), Part("Say ok.")), cache_key="counterpoint-doctor"
        )
        found.append(Check("caching, twice", (long, long), _cached))
    counting = replace(plain, parts=(Part("Count from 1 to 100 in words."),), max_output_tokens=160 + extra)
    found.append(Check("cancel", (counting,), _cancelled, stop_early=True))
    return tuple(found)


def filler(model: Model) -> str:
    """A text a little longer than the shortest prefix the vendor caches, the same in every run."""
    wanted = int(model.cache_min_tokens * model.characters_per_token * 1.25)
    rows = (
        f"Line {number}: the quick brown fox jumps over lazy dog number {number}.\n" for number in range(9999)
    )
    text = ""
    for row in rows:
        if len(text) >= wanted:
            break
        text += row
    return text


def _upper(request: Request) -> float:
    characters = len(request.system) + sum(len(part.text) for part in request.parts)
    tokens = int(request.model.tokens_in(characters) * _MARGIN) + 40
    written = tokens if request.model.can("breakpoints") and any(part.cache for part in request.parts) else 0
    return cost_of(request.model, Usage(tokens, request.max_output_tokens, written_5m_tokens=written))


def _streamed(meters: Sequence[Meter]) -> tuple[bool, str]:
    meter = meters[0]
    done = meter.done
    if done is None or meter.first is None:
        return False, "the stream ended without a terminal event or without text"
    if done.usage.estimated:
        return False, "no usage figures came with the terminal event"
    return True, f"first token after {meter.first - meter.started:.2f} s; served by {done.model}"


def _answered(meters: Sequence[Meter]) -> tuple[bool, str]:
    meter = meters[0]
    thought = meter.usage.reasoning_tokens
    if meter.done is None:
        return False, "no terminal event"
    if meter.done.stop == "length":
        return False, "the answer was cut off: more tokens were thought than the least effort should"
    return bool(meter.text.strip()), f"answered with {thought} tokens of reasoning"


def _shaped(meters: Sequence[Meter]) -> tuple[bool, str]:
    try:
        value = json.loads(meters[0].text)
    except ValueError:
        return False, "the answer is not JSON: the schema was ignored"
    fits = isinstance(value, dict) and set(value) == {"sum"} and isinstance(value["sum"], int)
    return fits, "the answer keeps to the schema" if fits else "the answer does not keep to the schema"


def _cached(meters: Sequence[Meter]) -> tuple[bool, str]:
    total, cached = meters[1].usage.input_tokens, meters[1].usage.cached_tokens
    detail = f"{cached:,} of {total:,} tokens read from the cache the second time"
    return cached > 0, detail if cached else f"{detail}: the prefix was not cached"


def _cancelled(meters: Sequence[Meter]) -> tuple[bool, str]:
    meter = meters[0]
    if meter.done is not None:
        return False, "the whole answer came before it could be cancelled"
    return meter.begun is not None, "closed after the first token; what was read so far is in the ledger"


class Probe:
    """Runs checks against one open provider, each call reserved and settled in the ledger."""

    def __init__(self, provider: Provider, model: Model, ledger: Ledger, caps: Caps, job: str) -> None:
        self._provider = provider
        self._model = model
        self._ledger = ledger
        self._caps = caps
        self._job = job
        self.cost_usd = 0.0
        self._refused = False

    async def run(self) -> AsyncIterator[Line]:
        """A line for each check, as it ends. A vendor's failure is a line, not an exception.

        Where the first is refused for what each of them would be, the others are not tried: the reason is
        told once.
        """
        for number, check in enumerate(checks_for(self._model)):
            yield await self._line(check.feature, self._judged(check))
            if not number and self._refused:
                yield Line(self._model.label, "all else", None, "not tried: the same would be in its way")
                return
        yield await self._line("token count", self._counted())
        yield await self._line("model and shutdown date", self._described())

    async def _line(self, feature: str, work: Awaitable[tuple[bool | None, str]]) -> Line:
        try:
            ok, detail = await work
        except CounterpointError as error:
            self._refused = error.code in _REFUSALS
            ok, detail = False, str(error)
        return Line(self._model.label, feature, ok, detail)

    async def _judged(self, check: Check) -> tuple[bool | None, str]:
        meters = [await self._call(request, check.stop_early) for request in check.requests]
        return check.judge(meters)

    async def _counted(self) -> tuple[bool | None, str]:
        request = checks_for(self._model)[0].requests[0]
        count = await self._provider.count(request)
        if count is None:
            return None, "the endpoint has no such call; tokens are estimated"
        estimate = self._model.tokens_in(len(request.system) + len(request.parts[0].text))
        return count > 0, f"{count} tokens by the vendor, {estimate} by our estimate"

    async def _described(self) -> tuple[bool | None, str]:
        if not isinstance(self._provider, Describes):
            return None, "the endpoint cannot be asked"
        notice = await self._provider.describe(self._model, DEADLINE)
        if notice is None:
            return None, "the endpoint has no such call"
        if notice.shutdown_date:
            return True, f"{notice.id} is shut down on {notice.shutdown_date}"
        return True, f"{notice.id}, no shutdown date announced"

    async def _call(self, request: Request, stop_early: bool) -> Meter:
        meter = Meter(request.model, request.model.tokens_in(sum(len(part.text) for part in request.parts)))
        entry = await asyncio.to_thread(self._reserve, request)
        try:
            async with aclosing(self._provider.stream(meter.asks(request))) as stream:
                async for chunk in stream:
                    if meter.take(chunk) and stop_early:
                        meter.outcome = "cut"
                        break
        except ProviderError as error:
            meter.failed(error)
            raise
        finally:
            call = meter.call(self._job, "doctor", "doctor")
            self.cost_usd += call.cost_usd
            await asyncio.shield(asyncio.to_thread(self._settle, entry, meter, call))
        return meter

    def _reserve(self, request: Request) -> int:
        return self._ledger.reserve(
            job=self._job,
            task="doctor",
            role="doctor",
            provider=self._model.provider,
            model=self._model.name,
            kind="other",
            upper_usd=_upper(request),
            caps=self._caps,
            deadline=DEADLINE,
        )

    def _settle(self, entry: int, meter: Meter, call: Call) -> None:
        self._ledger.settle(
            entry,
            usage=call.usage,
            cost_usd=call.cost_usd,
            seconds=call.seconds,
            first_token_seconds=call.first_token_seconds,
            outcome=cast(Outcome, call.outcome),
            error=call.error,
            tier=meter.tier,
            request_id=meter.request_id,
            vendor_model=meter.done.model if meter.done else None,
        )
