"""Every failure a user can meet, as one closed tree.

    CounterpointError
    ├── UsageError              wrong arguments, a missing path                       exit 2
    ├── ConfigError             a setting that cannot be used                         exit 2
    ├── NoUsableRole            no key, no model for this role                        exit 2
    ├── ConsentRequired         the workspace's owner has not agreed to send code     exit 2
    ├── NotSendable             the file is ignored, secret-like, binary or too large exit 2
    ├── BudgetExceeded          a cap on spending would be passed                     exit 4
    ├── PriceNotAgreed          a prompt so long that its price is asked first        exit 4
    ├── BadAnswer               the model's answer could not be read                  exit 3
    └── ProviderError           a vendor or its endpoint failed                       exit 3
        ├── Unauthorized        401: the key is wrong or revoked
        ├── BillingRequired     402, quota 429: no credit left
        ├── Forbidden           403: this key may not use this model or region
        ├── NotFound            404: model id or endpoint
        ├── BadRequest          400, 422: the request itself was refused
        ├── PromptTooLong       413, "prompt is too long", context window exceeded
        ├── RateLimited         429 with a pause
        ├── Overloaded          503, 529
        ├── ServerFault         500, 502, 504, an error event amid the stream
        ├── ProviderTimeout     no first byte, or the total deadline passed
        ├── ConnectionFailed    refused, reset, dropped; an end without a terminal event
        ├── BrokenStream        bytes that are no stream: HTML, broken JSON, invalid UTF-8
        └── Refused             the model declined to answer

`retry` says whether the same question may be asked again of the same model, `next_model` whether
another model may be tried. Both hold only before the first byte has been shown to the user.
"""

from __future__ import annotations

from copy import copy
from typing import ClassVar

from counterpoint.rates import NOTHING, Rates


class CounterpointError(Exception):
    """Base of all failures meant for the user. `fix` is one sentence that says what to do next."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}" if self.fix else self.message


class UsageError(CounterpointError):
    code = "usage"


class ConfigError(CounterpointError):
    code = "config"


class NoUsableRole(CounterpointError):
    code = "no-usable-role"


class ConsentRequired(CounterpointError):
    code = "consent-required"


class NotSendable(CounterpointError):
    code = "not-sendable"


def refused(path: str, reason: str) -> NotSendable:
    """The error for a file that is not sent."""
    return NotSendable(f"{path} is not sent to a model: {reason}.", fix="Nothing was sent.")


class BudgetExceeded(CounterpointError):
    code = "budget"
    exit_code = 4


class PriceNotAgreed(CounterpointError):
    """`low_usd` and `high_usd` are what the call would cost."""

    code = "price"
    exit_code = 4

    def __init__(self, message: str, *, low_usd: float, high_usd: float, fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.low_usd = low_usd
        self.high_usd = high_usd


class BadAnswer(CounterpointError):
    code = "bad-answer"
    exit_code = 3


class ProviderError(CounterpointError):
    """A vendor's failure. `retry_after` is in seconds; `request_id` is the vendor's own; `rates` are the
    limits that its reply told. The reply may also have said of itself whether to `retry`."""

    code = "provider"
    exit_code = 3
    retry: bool = False
    next_model: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        fix: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, fix=fix)
        self.provider = provider
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id
        self.rates: Rates = NOTHING

    @property
    def aside(self) -> str:
        """What is told of it where another model has answered: what to do only where it does not pass by
        itself."""
        return str(self) if self.code in ("unauthorized", "billing", "forbidden") else self.message


def after(first: ProviderError | None, last: ProviderError) -> ProviderError:
    """The last failure of a question, told with the one before it, if any: which of the two is to be mended
    is the user's choice."""
    if first is None or first.message in last.message:
        return last
    found = copy(last)
    found.message = f"{last.message} Before that: {first.message}"
    found.fix = " ".join(dict.fromkeys(filter(None, (last.fix, first.fix)))) or None
    found.args = (found.message,)
    return found


class Unauthorized(ProviderError):
    code = "unauthorized"


class BillingRequired(ProviderError):
    code = "billing"


class Forbidden(ProviderError):
    code = "forbidden"


class NotFound(ProviderError):
    code = "not-found"


class BadRequest(ProviderError):
    code = "bad-request"
    next_model = False


class PromptTooLong(ProviderError):
    code = "prompt-too-long"


class RateLimited(ProviderError):
    code = "rate-limited"
    retry = True


class Overloaded(ProviderError):
    code = "overloaded"
    retry = True


class ServerFault(ProviderError):
    code = "server-fault"
    retry = True


class ProviderTimeout(ProviderError):
    code = "timeout"
    retry = True


class ConnectionFailed(ProviderError):
    code = "connection"
    retry = True


class BrokenStream(ProviderError):
    code = "broken-stream"


class Refused(ProviderError):
    code = "refused"
