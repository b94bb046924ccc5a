"""Response headers as each vendor sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .catalog import Vendor

REQUESTS_LIMIT = 500
TOKENS_LIMIT = 2_000_000


def vendor_headers(vendor: Vendor, request_id: str, number: int, used_tokens: int) -> dict[str, str]:
    """Request id and rate-limit headers; compatible servers have neither."""
    requests = max(0, REQUESTS_LIMIT - number)
    left = max(0, TOKENS_LIMIT - used_tokens)
    if vendor == "openai":
        return {
            "x-request-id": request_id,
            "openai-processing-ms": "12",
            "x-ratelimit-limit-requests": str(REQUESTS_LIMIT),
            "x-ratelimit-remaining-requests": str(requests),
            "x-ratelimit-reset-requests": "120ms",
            "x-ratelimit-limit-tokens": str(TOKENS_LIMIT),
            "x-ratelimit-remaining-tokens": str(left),
            "x-ratelimit-reset-tokens": "6m0s",
        }
    if vendor == "anthropic":
        reset = (datetime.now(UTC) + timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = {"request-id": request_id}
        limits = {
            "requests": (REQUESTS_LIMIT, requests),
            "tokens": (TOKENS_LIMIT, left),
            "input-tokens": (TOKENS_LIMIT, left),
            "output-tokens": (TOKENS_LIMIT // 5, left // 5),
        }
        for name, (limit, remaining) in limits.items():
            found[f"anthropic-ratelimit-{name}-limit"] = str(limit)
            found[f"anthropic-ratelimit-{name}-remaining"] = str(remaining)
            found[f"anthropic-ratelimit-{name}-reset"] = reset
        return found
    return {}
