"""The request log and the bill."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .catalog import ModelRow, Usage, cost

_SECRET_HEADERS = ("authorization", "x-api-key", "cookie", "proxy-authorization")


def without_keys(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with every credential's value replaced; the name stays, to show how it was sent."""
    return {k: "[key]" if k in _SECRET_HEADERS else v for k, v in headers.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """One request, written when it is over."""

    number: int
    """Order of arrival, from 1."""
    method: str
    path: str
    headers: Mapping[str, str]
    """Lower-case names; credentials replaced by `[key]`."""
    key: str
    """`good`, `wrong` or `none`."""
    body: Any
    """The parsed JSON, or None."""
    status: int | None
    """None when the connection ended before any."""
    rule: str
    """The rule that refused the request, or empty."""
    fault: str
    model: str
    answer: str
    """The text planned as the answer, sent or not."""
    streamed_tokens: int
    closed_early: bool
    """The client left before the response was complete."""
    closed_after: float | None
    """Seconds from arrival to the client's leaving, when it left early."""
    finished: bool
    """The response was sent to its proper end."""
    seconds: float
    usage: Usage
    """What is billed: all of the input once the response has begun, and the tokens sent until the end."""
    cost_usd: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True, eq=False)
class Exchange:
    """A request while it is served; becomes a Record."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    request_id: str
    started: float = field(default_factory=time.monotonic)
    key: str = "none"
    body: Any = None
    status: int | None = None
    rule: str = ""
    fault: str = ""
    row: ModelRow | None = None
    tier: str = "default"
    answer: str = ""
    full: Usage = field(default_factory=Usage)
    """The usage if all is sent."""
    begun: bool = False
    free: bool = False
    """Declined before any output: the vendor does not bill it."""
    streamed: int = 0
    complete: bool = False
    """The last frame with tokens and the usage were sent."""
    closed_after: float | None = None
    finished: bool = False
    """Set just before the last byte is written, so that no client is ahead of the log."""
    gateway: bool = False
    """It came through the gateway."""
    forgotten: bool = False
    """The server was reset meanwhile."""
    billed_unbegun: bool = False
    """What was cut off before the first token is billed for its input too."""

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def billed(self) -> Usage:
        if self.free or not (self.begun or (self.billed_unbegun and not self.finished)):
            return Usage()
        if self.complete:
            return self.full
        reasoning = self.full.reasoning if self.streamed else 0
        f = self.full
        return Usage(f.input, f.cached, f.write_5m, f.write_1h, self.streamed + reasoning, reasoning)

    def record(self) -> Record:
        usage = self.billed()
        return Record(
            number=self.number,
            method=self.method,
            path=self.path,
            headers=without_keys(self.headers),
            key=self.key,
            body=self.body,
            status=self.status,
            rule=self.rule,
            fault=self.fault,
            model=self.row.id if self.row else "",
            answer=self.answer,
            streamed_tokens=self.streamed,
            closed_early=self.closed_after is not None,
            closed_after=self.closed_after,
            finished=self.finished,
            seconds=self.elapsed(),
            usage=usage,
            cost_usd=cost(self.row, usage, self.tier) if self.row else 0.0,
        )
