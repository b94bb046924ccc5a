"""What a call raised, as a failure of ours. Knows the exceptions of the HTTP library and of the SDKs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anyio
import httpx2

from counterpoint.errors import BrokenStream, ConnectionFailed, ProviderError, ProviderTimeout
from counterpoint.providers.failures import Failure, Who, failure, from_status
from counterpoint.rates import rates_of


@dataclass(frozen=True, slots=True)
class Sdk:
    """The exception classes of a vendor's SDK, so that nothing shared imports one."""

    error: type[Exception]
    status: type[Exception]
    timeout: type[Exception]


FAULTS: tuple[type[Exception], ...] = (
    ProviderError,
    ValueError,
    OSError,
    httpx2.HTTPError,
    httpx2.StreamError,
    anyio.EndOfStream,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
)
"""What a call may end in besides the SDK's own errors. Cancellation is none of them."""

_TIMEOUTS = (TimeoutError, httpx2.TimeoutException)


def explained(error: Exception, who: Who, sdk: Sdk) -> Failure:
    """The failure that `error` means, and whether the same call may be tried again."""
    if isinstance(error, ProviderError):
        found = error
    elif isinstance(error, sdk.status):
        return _of_status(error, who)
    elif isinstance(error, (sdk.timeout, *_TIMEOUTS)):
        found = failure(who, ProviderTimeout)
    elif isinstance(error, ValueError):
        found = failure(who, BrokenStream, _broken(error))
    elif isinstance(error, httpx2.DecodingError):
        found = failure(who, BrokenStream, "its compression is broken")
    else:
        found = _connection(error, who)
    return Failure(found, found.retry)


def _of_status(error: Exception, who: Who) -> Failure:
    response = getattr(error, "response", None)
    headers: Mapping[str, str] = getattr(response, "headers", {})
    found = from_status(who, int(getattr(error, "status_code", 0)), headers, getattr(error, "body", None))
    found.error.rates = rates_of(headers)
    return found


def _broken(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "bytes that are no UTF-8"
    if "JSON" in type(error).__name__:
        return "an event with broken JSON"
    return str(error)


def _connection(error: Exception, who: Who) -> ProviderError:
    cause = error.__cause__ or error
    if "CERTIFICATE_VERIFY_FAILED" in str(cause):
        return failure(
            who,
            ConnectionFailed,
            "its certificate is not trusted here",
            fix="Set network.ca_file to the certificates of your organisation.",
        )
    if isinstance(cause, httpx2.ProxyError):
        return failure(who, ConnectionFailed, "the proxy refused it")
    if isinstance(cause, httpx2.ConnectError):
        return failure(who, ConnectionFailed, "nothing answers there")
    return failure(who, ConnectionFailed, "it broke off")
