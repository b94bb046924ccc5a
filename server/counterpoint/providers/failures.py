"""Every failure of a vendor, its server or the way there, as one class of `counterpoint.errors`. Pure.

Messages are ours. Of the vendor's own words at most one short line is shown, and none of it where it
may hold a key, or a piece of what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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
from counterpoint.providers.gateways import header, pause_in_words, unwrapped
from counterpoint.providers.kinds import BY_CODE, Kind, by_words, kind_of
from counterpoint.providers.pauses import day_is_over, retry_after, told_pause
from counterpoint.providers.reading import one_line, words

_SAYS: Mapping[Kind, tuple[str, str]] = {
    Unauthorized: (
        "{title} did not accept the key.",
        "Set a working key with `counterpoint keys set {provider}`;"
        " a key in the environment comes before it.",
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
        """Read any vendor's error object."""
        code = words(error, "code")
        code = words(error, "status") if not code or code.isdigit() else code
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
    error, _ = unwrapped({"code": told.code, "message": told.message})
    told = Told.of(error)
    kind = BY_CODE.get(told.code, ServerFault)
    if kind is BadRequest:
        kind = by_words(told.message) or kind
    return failure(who, kind, shown(who, told.message), request_id=request_id)


def from_status(who: Who, status: int, headers: Mapping[str, str], body: object) -> Failure:
    """An answer with an error status. `body` is parsed JSON if it was JSON; `headers` ignore case."""
    request_id = header(headers, "x-request-id") or headers.get("request-id")
    if 300 <= status < 400:
        return Failure(_redirect(who, status, request_id), False)
    error, wrapped = unwrapped(error_object(body))
    told, message = Told.of(error), words(error, "message")
    pause = next((one for one in _pauses(headers, error, message) if one is not None), None)
    bare = who.bare_429_is_money and pause is None and "request-id" in headers and not wrapped
    kind = kind_of(status, (told.code, words(error, "type")), message, bare=bare, wrapped=wrapped)
    if status == 429 and day_is_over(error):
        kind, pause = BillingRequired, None
    detail, fix = _told(who, kind, status, message, wrapped)
    found = failure(who, kind, detail, status=status, retry_after=pause, request_id=request_id, fix=fix)
    advised = headers.get("x-should-retry", "").lower()
    return Failure(found, {"true": True, "false": False}.get(advised, kind.retry))


def _pauses(headers: Mapping[str, str], error: Mapping[str, Any], message: str) -> Iterator[float | None]:
    yield retry_after(headers)
    yield told_pause(error)
    yield pause_in_words(message)


def _told(who: Who, kind: Kind, status: int, message: str, wrapped: bool) -> tuple[str, str | None]:
    """What is added to a message, and what to do where that is not what the class says."""
    if kind is Unauthorized:
        none = "" if who.key else "there is none"
        said = "it has a key of its own for the vendor, which the vendor refused" if wrapped else none
    else:
        said = shown(who, message)
    if not said and kind in (BadRequest, ServerFault):
        said = f"status {status}"
    ask = "Ask whoever runs the gateway." if wrapped and kind in (Unauthorized, BillingRequired) else None
    return said, ask


def _redirect(who: Who, status: int, request_id: str | None) -> ProviderError:
    return failure(
        who,
        NotFound,
        f"it redirects elsewhere ({status}), and keys are not sent to another address",
        status=status,
        request_id=request_id,
        fix=f"Set endpoints.{who.provider}.base_url to the final address.",
    )


def error_object(body: object) -> Mapping[str, Any]:
    """`{"error": {...}}` of all vendors, alone or as the one item of a list, or the bare object that the SDK
    or some servers give."""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error", body)
    return inner if isinstance(inner, Mapping) else {"message": str(inner)}


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
