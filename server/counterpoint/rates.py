"""What a vendor says of its limits in the headers of a reply, in one form for all vendors. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

MINUTE = 60.0
"""Seconds in which a limit is whole again where the vendor does not say."""
NAMES = ("requests", "tokens", "project-tokens", "input-tokens", "output-tokens")
"""What is limited. Where a vendor tells input and output apart, its `tokens` is the nearest of them."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One limit: `remaining` of `limit` are left, and in `reset` seconds all of it is there again."""

    limit: float
    remaining: float
    reset: float


Rates: TypeAlias = tuple[tuple[str, Rate], ...]
"""Limits with their names, as in `NAMES`; empty where the vendor says nothing."""

NOTHING: Rates = ()

_ROWS = tuple(
    (name, tuple(gateway + form.format(name, what) for what in ("limit", "remaining", "reset")))
    for gateway in ("", "llm_provider-")
    for form in ("x-ratelimit-{1}-{0}", "anthropic-ratelimit-{0}-{1}")
    for name in NAMES
)
_MOMENT = 1e9
"""From here on a number is a moment, in Unix time: as seconds it would be thirty years."""
_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)")
_DURATION = re.compile(rf"(?:{_PIECE.pattern})+")


def rates_of(headers: Mapping[str, str], now: datetime | None = None) -> Rates:
    """The limits that the headers of any reply tell, good or bad. `headers` ignore case. A gateway's own
    limits come before those it passes on with a prefix.

    Moments are reckoned from the reply's own `date`, so that a clock which is wrong here does not matter;
    without one from `now`. What cannot be read is left out.
    """
    told = {name.lower(): text for name, text in headers.items() if "ratelimit" in name.lower()}
    if not told:
        return NOTHING
    found: dict[str, Rate] = {}
    for name, (limit, remaining, reset) in _ROWS:
        most, left = number(told.get(limit)), number(told.get(remaining))
        if most and left is not None and name not in found:
            seconds = duration(told.get(reset), headers.get("date"), now)
            found[name] = Rate(most, min(left, most), MINUTE if seconds is None else seconds)
    return tuple(found.items())


def duration(text: str | None, date: str | None = None, now: datetime | None = None) -> float | None:
    """Seconds that a header means: a number, `6m0s`, `120ms`, or a moment: by RFC 3339, as HTTP has it, or as
    Unix time, which some gateways tell: taken for seconds, nobody would be asked for decades."""
    if not text:
        return None
    found = number(text)
    if found is not None and found < _MOMENT:
        return found
    if found is not None:
        return max(0.0, found - _here(date, now).timestamp())
    text = text.strip()
    if _DURATION.fullmatch(text):
        return sum(float(much) * _UNITS[unit] for much, unit in _PIECE.findall(text))
    moment = _moment(text)
    return None if moment is None else max(0.0, (moment - _here(date, now)).total_seconds())


def number(text: str | None) -> float | None:
    """A number that is not negative, and no more than anybody means."""
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if math.isfinite(found) and 0 <= found < 1e12 else None


def _here(date: str | None, now: datetime | None) -> datetime:
    return (_moment(date) if date else None) or now or datetime.now(UTC)


def _moment(text: str) -> datetime | None:
    # Errors bring this module in wherever they are: an editor that starts has no time for mail.
    from email.utils import parsedate_to_datetime

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
