"""What can go wrong with one request, by name. Each value is also the name used over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Options are keyword arguments of `ModelServer.fault`; unknown ones are refused there."""

    # Answered with a status and the vendor's error JSON, nothing billed.
    BAD_REQUEST = "bad_request"
    CONTEXT_TOO_LONG = "context_too_long"
    UNAUTHORIZED = "unauthorized"
    PAYMENT = "payment"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REQUEST_TIMEOUT = "request_timeout"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNPROCESSABLE = "unprocessable"
    RATE_LIMITED = "rate_limited"
    """429 with `retry-after` (option `retry_after`, default 1 second; None leaves the header out)."""
    RATE_LIMITED_BARE = "rate_limited_bare"
    """429 without `retry-after`."""
    QUOTA = "quota"
    """429 for money: `insufficient_quota` at OpenAI, a spend cap without `retry-after` at Anthropic."""
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    """502 with the HTML page of a proxy, as it comes in practice."""
    UNAVAILABLE = "unavailable"
    GATEWAY_TIMEOUT = "gateway_timeout"
    OVERLOADED = "overloaded"
    REDIRECT = "redirect"
    """307 to another origin (option `location`, default this server under the name `localhost`)."""

    # The connection misbehaves.
    HANG_BEFORE_HEADERS = "hang_before_headers"
    HANG_AFTER_HEADERS = "hang_after_headers"
    HANG_MID_STREAM = "hang_mid_stream"
    SLOW_DRIP = "slow_drip"
    """Every token takes `between` seconds (default 0.25)."""
    DROP_BEFORE_HEADERS = "drop_before_headers"
    DROP_MID_STREAM = "drop_mid_stream"
    """The connection ends by a clean FIN in the middle of the body."""
    RESET_MID_STREAM = "reset_mid_stream"
    """The connection ends by a TCP reset in the middle of the body."""

    # The body misbehaves.
    EARLY_END = "early_end"
    """The HTTP body ends properly, but the terminal event never came."""
    NO_BODY = "no_body"
    """200 with an event stream of no bytes."""
    BROKEN_JSON = "broken_json"
    HTML_OK = "html_ok"
    ERROR_EVENT = "error_event"
    """An `error` event amid the stream (option `code`: the vendor's error type or code)."""
    FAILED_EVENT = "failed_event"
    """`response.failed` on the Responses wire; on the others the same as ERROR_EVENT."""
    INVALID_UTF8 = "invalid_utf8"
    SPLIT_UTF8 = "split_utf8"
    """Right bytes, sent one by one, so that every multi-byte character is torn."""
    ODD_FRAMING = "odd_framing"
    """Right content: CRLF, comments, ids, data over several lines, no blank after the colon."""
    UNKNOWN_EVENT = "unknown_event"
    """Right content with events and fields that no documentation names."""

    # The model misbehaves; the wire is in order.
    REFUSAL = "refusal"
    """Declined (option `after_tokens`, default 0: before any output)."""
    TRUNCATED = "truncated"
    """Cut at the output limit (option `after_tokens`, default half of the answer)."""
    CONTENT_FILTER = "content_filter"
    """Stopped by a filter (option `after_tokens`, default half); Anthropic's wire calls it a refusal."""
    EMPTY = "empty"
    """A successful answer without text."""


STATUS_FAULTS: dict[Fault, int] = {
    Fault.BAD_REQUEST: 400,
    Fault.CONTEXT_TOO_LONG: 400,
    Fault.UNAUTHORIZED: 401,
    Fault.PAYMENT: 402,
    Fault.FORBIDDEN: 403,
    Fault.NOT_FOUND: 404,
    Fault.REQUEST_TIMEOUT: 408,
    Fault.CONFLICT: 409,
    Fault.TOO_LARGE: 413,
    Fault.UNPROCESSABLE: 422,
    Fault.RATE_LIMITED: 429,
    Fault.RATE_LIMITED_BARE: 429,
    Fault.QUOTA: 429,
    Fault.SERVER_ERROR: 500,
    Fault.UNAVAILABLE: 503,
    Fault.GATEWAY_TIMEOUT: 504,
    Fault.OVERLOADED: 529,
}
"""Faults that are one JSON error with this status."""

REPLY_FAULTS = frozenset({Fault.REFUSAL, Fault.TRUNCATED, Fault.CONTENT_FILTER, Fault.EMPTY})
"""Faults that change what the model says, not how it is sent."""

OPTIONS = frozenset({"retry_after", "after_tokens", "location", "between", "code", "message"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault drawn for one request, with its options."""

    fault: Fault
    options: dict[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        return self.options.get(name, default)
