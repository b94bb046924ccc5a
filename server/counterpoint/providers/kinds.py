"""Which class of failure it is: by a vendor's name for it, the status, and in the end its words. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TypeAlias

from counterpoint.errors import (
    BadRequest,
    BillingRequired,
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

Kind: TypeAlias = type[ProviderError]

BY_CODE: Mapping[str, Kind] = {
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
    "overloaded": Overloaded,
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
    "budget_exceeded": BillingRequired,
    "no_db_connection": Unauthorized,
    "token_not_found_in_db": Unauthorized,
    "expired_key": Unauthorized,
    "auth_error": Unauthorized,
    "key_model_access_denied": Forbidden,
    "team_model_access_denied": Forbidden,
    "user_model_access_denied": Forbidden,
    "RESOURCE_EXHAUSTED": RateLimited,
    "UNAUTHENTICATED": Unauthorized,
    "PERMISSION_DENIED": Forbidden,
    "INVALID_ARGUMENT": BadRequest,
    "FAILED_PRECONDITION": BillingRequired,
    "UNAVAILABLE": Overloaded,
    "DEADLINE_EXCEEDED": ProviderTimeout,
}
"""What the vendors call it, in an error body or an event amid the stream: Google in large letters. A gateway
without a data base, as `no_db_connection` says, knows one key only."""

_NARROWER = frozenset({BillingRequired, PromptTooLong, Refused})
"""Codes that say more than the status they come with; for the others the status is the better witness."""
_OF_GATEWAYS = frozenset({"no_db_connection", "token_not_found_in_db", "expired_key"}) | {
    f"{who}_model_access_denied" for who in ("key", "team", "user")
}
"""The same, of a gateway: a key that is wrong is a 400 to it, a model that is not given a 401."""

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
    r"prompt is too long|context (window|length|size)|maximum context|too many tokens"
    r"|exceeds the maximum number of tokens",
    re.I,
)
_BAD_KEY = re.compile(r"API key (not valid|expired|not found)", re.I)
_NO_MODEL = re.compile(r"invalid model name passed", re.I)
_MONEY = re.compile(
    r"credit balance|budget has been exceeded|spend(ing)? (limit|cap)|usage limit"
    r"|insufficient (funds|credits)",
    re.I,
)


def kind_of(
    status: int, names: Collection[str], message: str, *, bare: bool = False, wrapped: bool = False
) -> Kind:
    """The class of an answer with an error status, which the vendor calls by `names`.

    `bare`: a 429 without a word about a pause is one about money here. `wrapped`: the status is a gateway's,
    the names are the vendor's, and weigh more.
    """
    known = [name for name in names if name in BY_CODE]
    for name in known:
        says_much = BY_CODE[name] not in (ServerFault, BadRequest)
        if (wrapped and says_much) or BY_CODE[name] in _NARROWER or name in _OF_GATEWAYS:
            return _in_words(BY_CODE[name], message)
    if status == 429 and bare:
        return BillingRequired
    kind = _BY_STATUS.get(status) or (ServerFault if status >= 500 else BadRequest)
    return _in_words(kind, message)


def _in_words(kind: Kind, message: str) -> Kind:
    if kind in (BadRequest, Forbidden):
        return by_words(message) or kind
    if kind is RateLimited and _MONEY.search(message):
        return BillingRequired
    return kind


def by_words(message: str) -> Kind | None:
    """Some causes share the vendors' plain 400 with every other, and only the words tell them apart."""
    if _TOO_LONG.search(message):
        return PromptTooLong
    if _BAD_KEY.search(message):
        return Unauthorized
    if _NO_MODEL.search(message):
        return NotFound
    return BillingRequired if _MONEY.search(message) else None
