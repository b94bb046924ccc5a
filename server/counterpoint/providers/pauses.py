"""How long a vendor asks us to wait: what its headers say, and what Google says in the body. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from counterpoint.providers.gateways import header
from counterpoint.rates import duration, number


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `retry-after` (seconds or a date); None where neither is."""
    found = number(header(headers, "retry-after-ms"))
    if found is not None:
        return found / 1000
    return duration(header(headers, "retry-after"), headers.get("date"))


def told_pause(error: Mapping[str, Any]) -> float | None:
    """Seconds to wait by the `RetryInfo` of Google's error; None where there is none."""
    for detail in _details(error):
        delay = detail.get("retryDelay")
        if isinstance(delay, str) and delay.endswith("s"):
            return number(delay[:-1])
    return None


def day_is_over(error: Mapping[str, Any]) -> bool:
    """Whether Google's quota of a day is used up: the pause it names for that is one of a minute."""
    quotas = (one for detail in _details(error) for one in detail.get("violations") or ())
    return any("PerDay" in str(one.get("quotaId", "")) for one in quotas if isinstance(one, Mapping))


def _details(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    given = error.get("details")
    yield from (one for one in given or () if isinstance(one, Mapping)) if isinstance(given, list) else ()
