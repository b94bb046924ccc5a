"""A gateway in front of the vendors, under `/gateway`: LiteLLM's proxy (release 1.106) as it was seen to pass
on their errors and headers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from .catalog import Vendor
from .http import HttpRequest

PREFIX = "/gateway"
_NAMES = {400: "BadRequestError", 401: "AuthenticationError", 404: "NotFoundError", 429: "RateLimitError"}
_FOOT = "\n\nLiteLLM: model group 'a' failed with the error above. No fallback was attempted."


def behind(request: HttpRequest) -> HttpRequest | None:
    """The request as it goes on to the vendor, or None where it did not come through the gateway."""
    if not request.path.startswith(f"{PREFIX}/"):
        return None
    return replace(request, target=request.target.removeprefix(PREFIX))


def passed_on(headers: dict[str, str]) -> dict[str, str]:
    """The vendor's headers: all of them behind a prefix, some of the limits as they are too."""
    shown = {name: text for name, text in headers.items() if "-limit-" in name or "-remaining-" in name}
    named = headers.get("x-request-id") or headers.get("request-id")
    prefixed = {f"llm_provider-{name}": text for name, text in headers.items()}
    return {**prefixed, **shown, **({"request-id": named} if named else {})}


def refused(
    vendor: Vendor, status: int, body: Any, headers: dict[str, str]
) -> tuple[int, Any, dict[str, str]]:
    """(status, JSON, headers) in place of the vendor's error answer."""
    name = _NAMES.get(status, "InternalServerError")
    if vendor == "anthropic":
        text = f"litellm.{name}: AnthropicException - {json.dumps(body)}{_FOOT}"
        kind = "rate_limit_error" if status == 429 else "api_error"
        told = {"type": "error", "error": {"type": kind, "message": text}}
        return 500 if status == 529 else status, told, {}  # nothing of the vendor's headers on this wire
    text = f"litellm.{name}: {name}: OpenAIException - {json.dumps(body)}{_FOOT}"
    told = {"error": {"message": text, "type": "throttling_error", "param": None, "code": str(status)}}
    return status, told, passed_on(headers)
