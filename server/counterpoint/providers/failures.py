"""Every failure of a vendor, its server or the way there, as one class of `counterpoint.errors`. Pure.

Messages are ours. Of the vendor's own words at most one short line is shown, and none of it where it
may hold a key, or a piece of what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from counterpoint.errors import (
    BadRequest,
    BillingRequired,
    BrokenStream,
    ConnectionFailed,
    Forbidden,
    NotFound,
    Overloaded,
    PromptTooLong,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    Refused,
    ServerFault,
    Unauthorized,
)
from counterpoint.providers.reading import one_line, words

Kind: TypeAlias = type[ProviderError]

_BY_CODE: Mapping[str, Kind] = {
    "insufficient_quota": BillingRequired,
    "billing_hard_limit_reached": BillingRequired,
    "billing_not_active": BillingRequired,
    "billing_error": BillingRequired,
    "context_length_exceeded": PromptTooLong,
    "request_too_large": PromptTooLong,
    "string_above_max_length": PromptTooLong,
    "exceed_context_size_error": PromptTooLong,
    "rate_limit_exceeded": RateLimited,
    "rate_limit_error": RateLimited,
    "overloaded_error": Overloaded,
    "server_overloaded": Overloaded,
    "slow_down": Overloaded,
    "timeout_error": ProviderTimeout,
    "authentication_error": Unauthorized,
    "invalid_api_key": Unauthorized,
    "permission_error": Forbidden,
    "not_found_error": NotFound,
    "model_not_found": NotFound,
    "content_policy_violation": Refused,
    "invalid_prompt": Refused,
    "server_error": ServerFault,
    "api_error": ServerFault,
    "invalid_request_error": BadRequest,
}
"""What the vendors call it, in an error body or an event amid the stream."""

_NARROWER = frozenset({BillingRequired, PromptTooLong, Refused})
"""Codes that say more than the status they come with; for the others the status is the better witness."""

_BY_STATUS: Mapping[int, Kind] = {
    400: BadRequest,
    401: Unauthorized,
    402: BillingRequired,
    403: Forbidden,
    404: NotFound,
    405: NotFound,
    407: Forbidden,
    408: ProviderTimeout,
    409: ServerFault,
    410: NotFound,
    413: PromptTooLong,
    422: BadRequest,
    429: RateLimited,
    503: Overloaded,
    529: Overloaded,
}

_TOO_LONG = re.compile(
    r"prompt is too long|context (window|length|size)|maximum context|too many tokens", re.I
)
_MONEY = re.compile(r"credit balance|spend(ing)? (limit|cap)|usage limit|insufficient (funds|credits)", re.I)

_SAYS: Mapping[Kind, tuple[str, str]] = {
    Unauthorized: (
        "{title} did not accept the key.",
        "Set a working key with `counterpoint keys set {provider}`.",
    ),
    BillingRequired: (
        "{title} has no credit left for this key, or its spending limit is reached.",
        "Check the credit and the limits of the account.",
    ),
    Forbidden: (
        "{title} does not let this key use the model.",
        "Check the key's rights, the region, and endpoints.{provider}.",
    ),
    NotFound: (
        "{title} does not know the model or the address.",
        "Check the id in the model's row and endpoints.{provider}.base_url.",
    ),
    BadRequest: (
        "{title} refused the form of the request.",
        "If the model's row is your own, check its abilities; else report this.",
    ),
    PromptTooLong: ("What was to be sent is too long for {title}.", "Ask about a smaller part."),
    RateLimited: ("{title} asks for a pause.", "Ask again {wait}."),
    Overloaded: ("{title} is overloaded.", "Ask again {wait}."),
    ServerFault: ("{title} failed inside.", "Ask again {wait}."),
    ProviderTimeout: ("{title} did not answer in time.", "Ask again, or raise the time limit."),
    ConnectionFailed: (
        "The connection to {title} failed.",
        "Check the network, the proxy, and endpoints.{provider}.base_url.",
    ),
    BrokenStream: (
        "{title} sent something that is no answer.",
        "Check endpoints.{provider}.base_url, and whether a proxy or a login page answers in its place.",
    ),
    Refused: ("{title} declined to answer.", "Put the question differently."),
}


class Told(Exception):
    """The vendor reported a failure amid the stream. Turned into a ProviderError where the call ends."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    @classmethod
    def of(cls, error: Mapping[str, Any]) -> Told:
        """Read either vendor's error object."""
        code = words(error, "code")
        kind = words(error, "type")
        return cls(code or ("" if kind == "error" else kind), words(error, "message"))


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a message speaks of. `sent` is text that no message may repeat, `key` likewise."""

    provider: str
    title: str
    key: str | None = field(default=None, repr=False)
    sent: tuple[str, ...] = field(default=(), repr=False)
    bare_429_is_money: bool = False
    """Anthropic's 429 without `retry-after` is a spending cap, not a pace."""


@dataclass(frozen=True, slots=True)
class Failure:
    """`retry`: whether the same call may be tried again, by its class or by the server's own word."""

    error: ProviderError
    retry: bool


def failure(
    who: Who,
    kind: Kind,
    detail: str = "",
    *,
    status: int | None = None,
    retry_after: float | None = None,
    request_id: str | None = None,
    fix: str | None = None,
) -> ProviderError:
    """An error of class `kind` in plain words. `detail` is shown as given: ours, or passed by `shown`."""
    says, then = _SAYS[kind]
    wait = f"in {retry_after:.0f} s" if retry_after and retry_after >= 1 else "in a moment"
    text = says.format(title=who.title)
    return kind(
        f"{text[:-1]}: {detail.rstrip('.')}." if detail else text,
        provider=who.provider,
        fix=fix or then.format(provider=who.provider, wait=wait),
        status=status,
        retry_after=retry_after,
        request_id=request_id,
    )


def from_event(who: Who, told: Told, request_id: str | None = None) -> ProviderError:
    """An error event amid the stream; a code nobody knows counts as a fault of the server."""
    kind = _BY_CODE.get(told.code, ServerFault)
    if kind is BadRequest:
        kind = _by_words(told.message) or kind
    return failure(who, kind, shown(who, told.message), request_id=request_id)


def from_status(who: Who, status: int, headers: Mapping[str, str], body: object) -> Failure:
    """An answer with an error status. `body` is parsed JSON if it was JSON; `headers` ignore case."""
    request_id = headers.get("x-request-id") or headers.get("request-id")
    if 300 <= status < 400:
        return Failure(_redirect(who, status, request_id), False)
    error = _error_object(body)
    code, message = Told.of(error).code, words(error, "message")
    pause = retry_after(headers)
    kind = _kind(who, status, code, words(error, "type"), message, pause)
    detail = "" if kind is Unauthorized else shown(who, message)
    if not detail and kind in (BadRequest, ServerFault):
        detail = f"status {status}"
    found = failure(who, kind, detail, status=status, retry_after=pause, request_id=request_id)
    advised = headers.get("x-should-retry", "").lower()
    return Failure(found, {"true": True, "false": False}.get(advised, kind.retry))


def _redirect(who: Who, status: int, request_id: str | None) -> ProviderError:
    return failure(
        who,
        NotFound,
        f"it redirects elsewhere ({status}), and keys are not sent to another address",
        status=status,
        request_id=request_id,
        fix=f"Set endpoints.{who.provider}.base_url to the final address.",
    )


def _error_object(body: object) -> Mapping[str, Any]:
    """`{"error": {...}}` of both vendors, or the bare object that the SDK or some servers give."""
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error", body)
    return inner if isinstance(inner, Mapping) else {"message": str(inner)}


def _kind(who: Who, status: int, code: str, kind: str, message: str, pause: float | None) -> Kind:
    for name in (code, kind):
        if _BY_CODE.get(name) in _NARROWER:
            return _BY_CODE[name]
    if status == 429 and who.bare_429_is_money and pause is None:
        return BillingRequired
    if status in (400, 403):
        return _by_words(message) or _BY_STATUS[status]
    return _BY_STATUS.get(status) or (ServerFault if status >= 500 else BadRequest)


def _by_words(message: str) -> Kind | None:
    """Two causes share the vendors' plain 400 with every other, and only the words tell them apart."""
    if _TOO_LONG.search(message):
        return PromptTooLong
    return BillingRequired if _MONEY.search(message) else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `retry-after` (seconds or a date); None where neither is."""
    found = _number(headers.get("retry-after-ms"))
    if found is not None:
        return found / 1000
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = _number(text)
    return seconds if seconds is not None else _until(text)


def _number(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if 0 <= found < 1e9 else None


def _until(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


_KEY = re.compile(r"\b(?:sk|pk|rk|key|gsk|xai)[-_][\w*.-]{4,}|[\w+/=*-]{32,}")
_ECHO = re.compile(r"[\"']?\binput(?:_value)?\b[\"']?\s*[:=].*", re.S)
_RUN = 16


def shown(who: Who, message: str) -> str:
    """The vendor's words as far as they may be shown: one short line without keys and without our text.

    Empty where the message repeats sixteen or more characters (found at every eighth) of what was sent.
    """
    line = _KEY.sub("[...]", one_line(_ECHO.sub("", message), 160))
    if who.key and who.key in message:
        return ""
    runs = [line[at : at + _RUN] for at in range(0, max(1, len(line) - _RUN + 1), _RUN // 2)]
    if any(len(run) == _RUN and run in text for run in runs for text in who.sent):
        return ""
    return line
