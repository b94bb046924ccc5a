"""One call while it runs: what it has cost so far, how it ended, and the record kept of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from counterpoint.errors import Refused
from counterpoint.models import Model, Usage, cost_of
from counterpoint.providers import Begun, Chunk, Done

OUTCOMES = {"end": "ok", "length": "length", "refusal": "refused", "filter": "refused"}


@dataclass(frozen=True, slots=True)
class Call:
    """A finished call. `seconds` and `first_token_seconds` are wall time; `outcome` is the ledger's word."""

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


@dataclass
class Meter:
    """Follows a stream. `input_tokens` is our own estimate, used where the vendor sends no figures."""

    model: Model
    input_tokens: int
    started: float = field(default_factory=time.monotonic)
    begun: Begun | None = None
    done: Done | None = None
    text: str = ""
    first: float | None = None
    outcome: str = "cancelled"
    error: str = ""

    def take(self, chunk: Chunk) -> str:
        """Note a chunk; returns the text it adds."""
        if isinstance(chunk, Begun):
            self.begun = chunk
            return ""
        if isinstance(chunk, Done):
            self.done = chunk
            self.outcome = OUTCOMES[chunk.stop]
            return ""
        if self.first is None:
            self.first = time.monotonic()
        self.text += chunk
        return chunk

    @property
    def usage(self) -> Usage:
        """The vendor's figures; before its last word, what it had begun to bill plus the text received."""
        if self.done is not None:
            return self.done.usage
        if self.begun is None:
            return Usage(estimated=True)
        known = self.begun.usage
        return replace(
            known,
            input_tokens=known.input_tokens or self.input_tokens,
            output_tokens=max(known.output_tokens, self.model.tokens_in(len(self.text))),
            estimated=True,
        )

    @property
    def tier(self) -> str | None:
        return self.done.tier if self.done else None

    @property
    def request_id(self) -> str | None:
        last = self.done or self.begun
        return last.request_id if last else None

    def refuse(self) -> None:
        """Raise Refused if the model has declined to answer."""
        if self.outcome == "refused":
            detail = self.done.detail if self.done else ""
            raise Refused(
                f"{self.model.label} declined to answer{': ' + detail if detail else ''}.",
                provider=self.model.provider,
                fix="Word the request differently, or ask about another part.",
            )

    def call(self, job: str, task: str, role: str) -> Call:
        """The record, as of now."""
        return Call(
            job=job,
            task=task,
            role=role,
            model=self.model.name,
            provider=self.model.provider,
            usage=self.usage,
            cost_usd=cost_of(self.model, self.usage, self.tier),
            seconds=time.monotonic() - self.started,
            first_token_seconds=None if self.first is None else self.first - self.started,
            outcome=self.outcome,
            error=self.error,
        )
