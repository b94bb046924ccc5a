"""Where each provider is reached: base URLs from protected settings or the environment, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from counterpoint.errors import ConfigError
from counterpoint.keys import Key
from counterpoint.providers import Endpoint
from counterpoint.providers.addresses import is_loopback_url
from counterpoint.settings import EndpointSettings, Settings

VARIABLES: Mapping[str, str] = {
    "openai": "OPENAI_BASE_URL",
    "anthropic": "ANTHROPIC_BASE_URL",
    "google": "GEMINI_BASE_URL",
}


PASSES_ON = "on this machine, so nobody is asked for consent; a gateway there may pass code on to a vendor"
"""What is said of an address that `is_loopback`: only who has set it knows what answers there."""


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """`url` in the vendor's own form, None for the vendor itself; `origin` says who set it.

    `note` is a sentence where the text given was mended, else empty.
    """

    url: str | None
    origin: str
    note: str = ""


def base_url(provider: str, settings: Settings, environ: Mapping[str, str] = os.environ) -> BaseUrl:
    """The base URL in force: the setting, else the vendor's own variable, else the vendor.

    Raises ConfigError for a text that is no base URL.
    """
    own = _settings_of(provider, settings)
    if own is None:
        return BaseUrl(None, "default")
    name = f"endpoints.{provider}.base_url"
    text, origin = own.base_url.strip(), name
    if not text:
        origin = VARIABLES[provider]
        text = environ.get(origin, "").strip()
    if not text:
        return BaseUrl(None, "default")
    return _read(provider, text, origin)


@lru_cache(maxsize=16)
def _read(provider: str, text: str, origin: str) -> BaseUrl:
    """Asked twice for each key typed. Raises ConfigError, which is not kept."""
    url, note = _OF_VENDOR[provider](_parts(text, origin), origin)
    return BaseUrl(url, origin, note)


def endpoint_for(
    provider: str, settings: Settings, key: Key | None, environ: Mapping[str, str] = os.environ
) -> Endpoint:
    """Everything an adapter needs to reach its provider. Raises ConfigError naming the setting at fault.

    A loopback endpoint gets no proxy: the system's may not reach this machine.
    """
    own = _settings_of(provider, settings)
    ca_file = settings.network.ca_file or None
    if ca_file and not Path(ca_file).expanduser().is_file():
        raise ConfigError(
            f"network.ca_file {ca_file} is not a file.", fix="Name a PEM file, or leave it empty."
        )
    found = Endpoint(
        provider,
        key=key.value if key else None,
        base_url=base_url(provider, settings, environ).url,
        ca_file=str(Path(ca_file).expanduser()) if ca_file else None,
        headers=_headers(provider, own) if own else {},
    )
    if not settings.network.proxy or is_loopback(found):
        return found
    return Endpoint(
        provider, found.key, found.base_url, _proxy(settings.network.proxy), found.ca_file, found.headers
    )


def is_loopback(endpoint: Endpoint) -> bool:
    """True if the endpoint is on this machine, so that nothing sent to it leaves."""
    if endpoint.provider == "embedded":
        return True
    return is_loopback_url(endpoint.base_url or "")


def destination(endpoint: Endpoint) -> str:
    """Who receives what is sent there, for a question of consent: a vendor, or a vendor's wire at a host."""
    if endpoint.base_url is None:
        return endpoint.provider
    return f"{endpoint.provider} at {urlsplit(endpoint.base_url).netloc.lower()}"


def _settings_of(provider: str, settings: Settings) -> EndpointSettings | None:
    known = settings.endpoints
    return {"openai": known.openai, "anthropic": known.anthropic, "google": known.google}.get(provider)


def _parts(text: str, origin: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ConfigError(f"{origin} is not a URL: {error}.", fix=_EXAMPLE) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not text.isprintable() or " " in text:
        raise ConfigError(f"{origin} is not a URL of the form http(s)://host.", fix=_EXAMPLE)
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(
            f"{origin} holds a user name, a query or a fragment.",
            fix="Give the plain base address; put credentials into endpoints.<vendor>.headers.",
        )
    return parts


_EXAMPLE = "Give an address such as http://127.0.0.1:8080/v1."
_CALLS = ("/chat/completions", "/responses", "/completions", "/messages", "/messages/count_tokens")


def _path(parts: SplitResult, origin: str) -> str:
    path = parts.path.rstrip("/")
    for call in _CALLS:
        if path.endswith(call):
            base = path.removesuffix(call)
            raise ConfigError(
                f"{origin} names a single call ({call}), not the base address.",
                fix=f"Give {parts._replace(path=base).geturl()}.",
            )
    while path.endswith("/v1/v1"):
        path = path.removesuffix("/v1")
    return path


def _openai(parts: SplitResult, origin: str) -> tuple[str, str]:
    """OpenAI's form ends in /v1. A gateway with a path of its own is left as it is."""
    path = _path(parts, origin) or "/v1"
    return _mended(parts, path, origin, "the OpenAI form ends in /v1, once")


def _anthropic(parts: SplitResult, origin: str) -> tuple[str, str]:
    """Anthropic's form has no /v1: the SDK adds it."""
    path = _path(parts, origin).removesuffix("/v1")
    return _mended(parts, path, origin, "the Anthropic form has no /v1 at its end")


def _google(parts: SplitResult, origin: str) -> tuple[str, str]:
    """Google's form ends in /v1beta/openai. A gateway with a path of its own is left as it is."""
    path = _path(parts, origin)
    path = "/v1beta/openai" if path in ("", "/v1beta") else path
    return _mended(parts, path, origin, "the Google form ends in /v1beta/openai")


def _mended(parts: SplitResult, path: str, origin: str, why: str) -> tuple[str, str]:
    url = parts._replace(path=path).geturl()
    same = path == parts.path.rstrip("/")
    return url, "" if same else f"{origin} was taken as {url}: {why}."


_OF_VENDOR = {"openai": _openai, "anthropic": _anthropic, "google": _google}


def _headers(provider: str, own: EndpointSettings) -> Mapping[str, str]:
    for name, value in own.headers.items():
        plain = all(" " <= character <= "~" for character in f"{name}{value}")
        if not plain or not name or set(name) & set(" :"):
            raise ConfigError(
                f"endpoints.{provider}.headers has a name or value that no header may have.",
                fix="Use plain ASCII without line ends, and names without blanks or colons.",
            )
    return own.headers


def _proxy(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("network.proxy is not a URL of the form http(s)://host:port.", fix="Correct it.")
    return text
