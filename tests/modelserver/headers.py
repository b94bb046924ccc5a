"""Response headers as each vendor sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil

from .catalog import Vendor

Told = dict[str, tuple[int, int, float]]
"""(limit, remaining, seconds until all of it is there) by name."""


def vendor_headers(vendor: Vendor, request_id: str, limits: Told) -> dict[str, str]:
    """Request id and rate-limit headers; Google and compatible servers have neither."""
    if vendor == "openai":
        found = {"x-request-id": request_id, "openai-processing-ms": "12"}
        for name, (limit, remaining, reset) in limits.items():
            found[f"x-ratelimit-limit-{name}"] = str(limit)
            found[f"x-ratelimit-remaining-{name}"] = str(remaining)
            found[f"x-ratelimit-reset-{name}"] = duration(reset)
        return found
    if vendor == "anthropic":
        found = {"request-id": request_id}
        for name, (limit, remaining, seconds) in limits.items():
            moment = datetime.now(UTC) + timedelta(seconds=ceil(seconds))
            found[f"anthropic-ratelimit-{name}-limit"] = str(limit)
            found[f"anthropic-ratelimit-{name}-remaining"] = str(remaining)
            found[f"anthropic-ratelimit-{name}-reset"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return found
    return {}


def duration(seconds: float) -> str:
    """As OpenAI writes it: `120ms`, `1.5s`, `6m0s`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}m{rest:.0f}s" if minutes else f"{rest:.3g}s"
