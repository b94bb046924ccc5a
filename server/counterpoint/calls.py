"""One call while it runs: what it has cost so far, how it ended, and the record kept of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace

from counterpoint.breaking import Broken, booked, most_of
from counterpoint.errors import ProviderError, Refused
from counterpoint.ledger import Told
from counterpoint.models import Model, Usage, cost_of
from counterpoint.providers import Begun, Chunk, Done, Request, Seen

logger = logging.getLogger(__name__)

_UNHEARD = ("timeout", "connection", "broken-stream")
"""Failures in which no vendor has said that it would not answer."""
OUTCOMES = {"end": "ok", "length": "length", "refusal": "refused", "filter": "refused"}


@dataclass(frozen=True, slots=True)
class Call:
    """A finished call. `seconds` and `first_token_seconds` are wall time; `outcome` is the ledger's word.
    `began` is by the clock of calls, which tells what ran beside what; None where that is not known."""

    job: str
    task: str
    role: str
    model: str
    provider: str
    usage: Usage
    cost_usd: float
    seconds: float
    first_token_seconds: float | None
    outcome: str
    error: str = ""
    began: float | None = None
    heard: bool = False
    """Whether the vendor had begun to answer."""
    reason: str = ""
    """Why this model was asked."""


@dataclass
class Meter:
    """Follows a stream. `input_tokens` is our own estimate, used where the vendor sends no figures; `told` is
    what its figures for earlier calls of the kind say of one that is broken off. Every call is asked by
    `asks`, and ended by `call`, whatever ends it: both go into what is booked."""

    model: Model
    input_tokens: int
    told: Told | None = None
    started: float = field(default_factory=time.monotonic)
    begun: Begun | None = None
    done: Done | None = None
    text: str = ""
    first: float | None = None
    outcome: str = "cancelled"
    error: str = ""
    request: Request | None = None
    seen: Seen = field(default_factory=Seen)
    last: float = 0.0
    ended: float | None = None
    turned_down: bool = False

    def asks(self, request: Request) -> Request:
        """The request to send: one that is seen on its way."""
        self.request = replace(request, seen=self.seen)
        return self.request

    def failed(self, error: ProviderError) -> None:
        """The call has failed: by its vendor's word, or on the way."""
        self.outcome, self.error = ("refused" if isinstance(error, Refused) else "error"), error.code
        told = error.status is not None or error.code not in _UNHEARD
        self.turned_down = told and self.begun is None

    def take(self, chunk: Chunk) -> str:
        """Note a chunk; returns the text it adds."""
        self.last = time.monotonic()
        if isinstance(chunk, Begun):
            self.begun = chunk
            return ""
        if isinstance(chunk, Done):
            self.done = chunk
            self.outcome = OUTCOMES[chunk.stop]
            return ""
        if self.first is None:
            self.first = self.last
        self.text += chunk
        return chunk

    @property
    def usage(self) -> Usage:
        """The vendor's figures; before its last word, the most that it may bill by now."""
        if self.done is not None:
            return self.done.usage
        if self.request is None:  # it had not come to the wire
            return Usage(estimated=True)
        return booked(self._broken(), most_of(self.request, self.input_tokens, self.told))

    def _broken(self) -> Broken:
        now = time.monotonic() if self.ended is None else self.ended
        rest = sum(len(chunk) for chunk in self.seen.rest if isinstance(chunk, str))
        return Broken(
            self.seen.sent,
            self.turned_down,
            None if self.begun is None else self.begun.usage,
            len(self.text) + rest,
            waited=(now if self.first is None else self.first) - self.started,
            idle=max(0.0, now - max(self.last or self.started, self.seen.read or 0.0)),
        )

    def _end(self) -> None:
        """Nothing more comes. What was read with the last text, and not taken, may have the figures."""
        if self.ended is None:
            self.ended = time.monotonic()
            self.done = next((one for one in self.seen.rest if isinstance(one, Done)), self.done)

    @property
    def tier(self) -> str | None:
        """As the vendor has told, else as it was asked for: the dearer of those it may have been."""
        if self.done is not None:
            return self.done.tier
        return self.request.tier if self.request else None

    @property
    def request_id(self) -> str | None:
        last = self.done or self.begun
        return last.request_id if last else None

    def refuse(self) -> None:
        """Raise Refused if the model has declined to answer."""
        if self.outcome == "refused":
            detail = (self.done.detail if self.done else "").rstrip(".")
            raise Refused(
                f"{self.model.label} declined to answer{': ' + detail if detail else ''}.",
                provider=self.model.provider,
                fix="Word the request differently, or ask about another part.",
            )

    def call(self, job: str, task: str, role: str, reason: str = "") -> Call:
        """The record, once the stream is closed."""
        self._end()
        return Call(
            job=job,
            task=task,
            role=role,
            model=self.model.name,
            provider=self.model.provider,
            usage=self.usage,
            cost_usd=cost_of(self.model, self.usage, self.tier),
            seconds=(self.ended or time.monotonic()) - self.started,
            first_token_seconds=None if self.first is None else self.first - self.started,
            outcome=self.outcome,
            error=self.error,
            began=self.started,
            heard=self.begun is not None,
            reason=reason,
        )


def log_call(call: Call) -> None:
    """One line for a call that has ended: who was asked for what and why, and what it came to. Nothing of
    what was asked or answered."""
    logger.info(
        "%s: %s (%s) %s, %d tokens in of which %d cached, %d out, $%.6f, %.1f s%s",
        call.task,
        call.model,
        call.reason,
        call.outcome,
        call.usage.input_tokens,
        call.usage.cached_tokens,
        call.usage.output_tokens,
        call.cost_usd,
        call.seconds,
        f", {call.error}" if call.error else "",
    )
