"""Proxies, certificates and keys of the environment: a clear error, or no influence at all."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from counterpoint.errors import ConfigError, ConnectionFailed, Unauthorized
from counterpoint.providers import Endpoint, Part, Request
from counterpoint.providers.addresses import is_loopback_url
from counterpoint.providers.network import api_key, http_client, title
from counterpoint.providers.opening import open_now
from tests.unit.adapter_models import GPT, OPUS

VENDOR = Endpoint("openai", "k")
LOOPBACK = Endpoint("openai", "k", "http://127.0.0.1:9/v1")
ABSENT = "/nonexistent/ca.pem"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80/v1", True), ("http://127.8.9.1", True), ("http://[::1]:1", True),
        ("http://localhost", True), ("http://LOCALHOST.", True), ("http://a.localhost", True),
        ("http://[::ffff:127.0.0.1]", True), ("https://api.openai.com/v1", False), ("http://10.0.0.1", False),
        ("http://localhost.example.com", False), ("http://127.0.0.1.example.com", False), ("", False),
    ],
)  # fmt: skip
def test_loopback(url: str, expected: bool) -> None:
    assert is_loopback_url(url) is expected


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_certificate_file_is_named(
    content: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(ConfigError) as caught:
        http_client(VENDOR)
    assert str(file) in caught.value.message
    assert "SSL_CERT_FILE" in (caught.value.fix or "")


def test_a_bad_ca_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"network\.ca_file"):
        http_client(Endpoint("openai", "k", ca_file=ABSENT))


def test_unreadable_system_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)

    def broken(*_: object, **__: object) -> ssl.SSLContext:
        raise ssl.SSLError("broken")

    monkeypatch.setattr("httpx2.AsyncClient", broken)
    with pytest.raises(ConfigError, match="system's certificates"):
        http_client(VENDOR)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1080", "SOCKS"),
        ("HTTPS_PROXY", "ftp://127.0.0.1:1", "cannot be used"),
    ],
)
def test_a_bad_proxy_variable_is_named(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        http_client(VENDOR)
    assert name in caught.value.message
    assert said in caught.value.message
    assert "network.proxy" in (caught.value.fix or "")


def test_a_bad_proxy_setting_is_named() -> None:
    with pytest.raises(ConfigError, match=r"network\.proxy"):
        http_client(Endpoint("openai", "k", proxy="ftp://proxy:1"))


def test_loopback_ignores_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALL_PROXY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1080")
    monkeypatch.setenv("SSL_CERT_FILE", ABSENT)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert http_client(LOOPBACK).trust_env is False


def test_the_key_is_needed_by_the_vendor_only() -> None:
    with pytest.raises(Unauthorized) as caught:
        api_key("OpenAI", Endpoint("openai"))
    assert "counterpoint keys set openai" in str(caught.value)
    assert api_key("OpenAI", Endpoint("openai", None, "http://127.0.0.1:1/v1"))
    assert api_key("OpenAI", VENDOR) == "k"


def test_titles() -> None:
    assert title("OpenAI", VENDOR) == "OpenAI"
    assert title("OpenAI", LOOPBACK) == "OpenAI at 127.0.0.1:9"


@pytest.mark.asyncio
@pytest.mark.parametrize(("provider", "model", "path"), [("openai", GPT, "/v1"), ("anthropic", OPUS, "")])
async def test_nobody_there(provider: str, model: object, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port is one plain error, also with a proxy in the environment that must not be asked."""
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    adapter = open_now(Endpoint(provider, "k", f"http://127.0.0.1:{port}{path}"))
    request = Request(model, "", (Part("x"),), 100, deadline=20.0)  # type: ignore[arg-type]
    with pytest.raises(ConnectionFailed, match="nothing answers there"):
        async for _ in adapter.stream(request):
            pass
    await adapter.close()
