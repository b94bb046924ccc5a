"""The HTTP client under an SDK: TLS, proxies and redirects as the endpoint's settings say."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import httpx2

from counterpoint.errors import ConfigError, Unauthorized
from counterpoint.providers import Endpoint, Seen
from counterpoint.providers.addresses import is_loopback_url
from counterpoint.providers.failures import Who, failure

CONNECT_SECONDS = 5.0
_IDLE_SECONDS = 50.0
"""Idle connections are kept this long: between two keystrokes the next call finds one open."""
_FRESH_SECONDS = 40.0
"""For so long after its last use a connection is taken to be open still."""
_AT_ONCE_BYTES = 65_536
"""A body up to this is handed to the kernel in one piece."""
_SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)
"""The call that a request belongs to: neither SDK hands anything on to the HTTP library."""


def http_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """A client that follows no redirect: another host must not see the key.

    A loopback endpoint never goes through the environment's proxy, which could not reach this machine.
    Reads the CA bundle from disk. Raises ConfigError naming the setting or variable at fault.
    """
    trusting = not is_loopback_url(endpoint.base_url or "")
    try:
        return httpx2.AsyncClient(
            verify=_tls(endpoint.ca_file),
            proxy=endpoint.proxy,
            trust_env=trusting,
            follow_redirects=False,
            event_hooks={"request": [_traced]},
            limits=httpx2.Limits(
                max_connections=100, max_keepalive_connections=20, keepalive_expiry=_IDLE_SECONDS
            ),
        )
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        raise _bad_proxy(endpoint) from error
    except (OSError, ssl.SSLError) as error:
        raise _bad_certificates(endpoint) from error


@contextmanager
def watched(seen: Seen) -> Iterator[None]:
    """What is asked within is this call: `seen` is told when the request has gone out whole."""
    seen.sent = False
    token = _SEEN.set(seen)
    try:
        yield
    finally:
        _SEEN.reset(token)


async def _traced(request: httpx2.Request) -> None:
    seen, tunnel = _SEEN.get(), False
    if seen is None:
        return

    # What the kernel takes at once is gone when the library begins to write it: it may be cancelled after
    # that, before it says so.
    size = int(request.headers.get("content-length", "0"))
    gone = "send_request_body.started" if size <= _AT_ONCE_BYTES else "send_request_body.complete"

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        nonlocal tunnel
        if event.endswith("send_request_headers.started"):
            tunnel = info["request"].method == b"CONNECT"  # of a proxy: nothing of the call is in it
        elif event.endswith(gone) and not tunnel:
            seen.sent = True

    request.extensions = {**request.extensions, "trace": trace}


class Line:
    """The connection to one endpoint, opened ahead of the call that needs it."""

    def __init__(self, client: httpx2.AsyncClient, base_url: str) -> None:
        self._client = client
        address = urlsplit(base_url)
        # On this machine there is nothing to gain, and a server of one's own may log or refuse the question.
        self._origin = "" if is_loopback_url(base_url) else f"{address.scheme}://{address.netloc}/"
        self._used = float("-inf")

    def used(self) -> None:
        """A call is being made: its connection stays open for the next."""
        self._used = time.monotonic()

    async def connect(self) -> None:
        """Open a connection unless one was used of late, by a question that names nobody and carries no text.

        What stands in the way is told by the call that comes.
        """
        if not self._origin or time.monotonic() - self._used < _FRESH_SECONDS:
            return
        self.used()
        try:
            await self._client.head(self._origin, timeout=timeouts(CONNECT_SECONDS))
        except (httpx2.HTTPError, OSError):
            self._used = float("-inf")


def rehearse() -> None:
    """Import what the HTTP library imports only at its first call, where a thread of its own has the time."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        anyio.run(_locked)


async def _locked() -> None:
    async with anyio.Lock():
        await anyio.lowlevel.checkpoint()


def timeouts(seconds: float) -> httpx2.Timeout:
    """Limits for one call. The total is kept by the caller; these only bound each single step."""
    return httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))


def _tls(ca_file: str | None) -> ssl.SSLContext | bool:
    return ssl.create_default_context(cafile=ca_file) if ca_file else True


def _bad_certificates(endpoint: Endpoint) -> ConfigError:
    if endpoint.ca_file:
        return ConfigError(
            f"network.ca_file {endpoint.ca_file} cannot be read as certificates.",
            fix="Name a PEM file, or leave it empty.",
        )
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        value = os.environ.get(name)
        if value:
            return ConfigError(
                f"The variable {name} names {value}, which cannot be read as certificates.",
                fix=f"Correct or unset {name}.",
            )
    return ConfigError("The system's certificates cannot be read.", fix="Set network.ca_file to a PEM file.")


def _bad_proxy(endpoint: Endpoint) -> ConfigError:
    if endpoint.proxy:
        return ConfigError(
            "network.proxy cannot be used.", fix="Give an address of the form http://host:port."
        )
    names = [name for name in os.environ if name.lower() in ("all_proxy", "http_proxy", "https_proxy")]
    socks = [name for name in names if os.environ[name].lower().startswith("socks")]
    found = " and ".join(sorted(socks or names)) or "The proxy variable"
    kind = "a SOCKS proxy, which is not supported" if socks else "a proxy that cannot be used"
    return ConfigError(
        f"{found} names {kind}.",
        fix="Set network.proxy to an address of the form http://host:port, or unset the variable.",
    )


def api_key(vendor: str, endpoint: Endpoint) -> str:
    """The key to send. Servers of one's own often need none, but the SDKs want a text.

    Raises Unauthorized where the vendor itself would be asked without a key.
    """
    if endpoint.key:
        return endpoint.key
    if endpoint.base_url is None:
        raise failure(Who(endpoint.provider, vendor), Unauthorized, "there is none")
    return "unused"


def title(vendor: str, endpoint: Endpoint) -> str:
    """What messages call the endpoint: the vendor, and the host where it is not the vendor's own."""
    host = urlsplit(endpoint.base_url).netloc if endpoint.base_url else ""
    return f"{vendor} at {host}" if host else vendor
