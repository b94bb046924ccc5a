"""Base URLs: who set them, how each vendor's form is kept, and which of them lie on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from counterpoint.endpoints import base_url, destination, endpoint_for, is_loopback
from counterpoint.errors import ConfigError
from counterpoint.keys import Key
from counterpoint.providers import Endpoint
from counterpoint.settings import Endpoints, EndpointSettings, Network, Settings


def settings(
    provider: str = "openai", url: str = "", headers: dict[str, str] | None = None, **net: Any
) -> Settings:
    one = EndpointSettings(base_url=url, headers=headers or {})
    return Settings(endpoints=Endpoints(**{provider: one}), network=Network(**net))


def test_a_setting_wins_over_the_vendors_variable_and_that_over_the_vendor() -> None:
    environ = {"OPENAI_BASE_URL": "https://env.example/v1", "ANTHROPIC_BASE_URL": "https://env.example"}
    found = base_url("openai", settings(url="https://set.example/v1"), environ)
    assert (found.url, found.origin) == ("https://set.example/v1", "endpoints.openai.base_url")
    found = base_url("openai", Settings(), environ)
    assert (found.url, found.origin) == ("https://env.example/v1", "OPENAI_BASE_URL")
    found = base_url("anthropic", Settings(), environ)
    assert (found.url, found.origin) == ("https://env.example", "ANTHROPIC_BASE_URL")
    assert base_url("openai", Settings(), {}).url is None
    assert base_url("embedded", Settings(), environ).url is None


@pytest.mark.parametrize(
    ("provider", "given", "taken", "noted"),
    [
        ("openai", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", False),
        ("openai", "http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1", False),
        ("openai", "http://127.0.0.1:11434", "http://127.0.0.1:11434/v1", True),
        ("openai", "http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1", True),
        ("openai", "https://gate.example/v1/v1", "https://gate.example/v1", True),
        ("openai", "https://gate.example/v1beta/openai", "https://gate.example/v1beta/openai", False),
        ("anthropic", "https://gate.example", "https://gate.example", False),
        ("anthropic", "https://gate.example/v1", "https://gate.example", True),
        ("anthropic", "https://gate.example/v1/v1/", "https://gate.example", True),
        ("anthropic", "https://gate.example/anthropic/v1", "https://gate.example/anthropic", True),
        ("anthropic", " http://[::1]:9/ ", "http://[::1]:9", False),
    ],
)
def test_each_vendors_form_is_kept_and_a_mended_one_is_told(
    provider: str, given: str, taken: str, noted: bool
) -> None:
    found = base_url(provider, settings(provider, given), {})
    assert (found.url, bool(found.note)) == (taken, noted)
    assert not noted or (taken in found.note and f"endpoints.{provider}.base_url" in found.note)


@pytest.mark.parametrize(
    "given",
    [
        "api.example/v1", "ftp://x/v1", "http://", "http://x:99999/v1", "http://[::1/v1", "https://a b/v1",
        "https://x/v1\nEvil: 1", "https://ann:pw@x/v1", "https://x/v1?key=1", "https://x/v1#a",
        "https://x/v1/chat/completions", "https://x/v1/responses", "https://x/v1/messages/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_what_is_no_base_address_is_an_error_that_names_its_origin(provider: str, given: str) -> None:
    with pytest.raises(ConfigError, match=rf"endpoints\.{provider}\.base_url") as error:
        base_url(provider, settings(provider, given), {})
    assert error.value.fix
    assert "pw" not in str(error.value)


def test_an_endpoint_carries_all_the_adapter_needs_and_hides_the_key(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    given = settings(
        url="https://gate.example/v1", headers={"X-Team": "a b"}, proxy="http://p:3128", ca_file=str(bundle)
    )
    found = endpoint_for("openai", given, Key("sk-1", "editor"), {})
    assert found == Endpoint(
        "openai", "sk-1", "https://gate.example/v1", "http://p:3128", str(bundle), {"X-Team": "a b"}
    )
    assert "sk-1" not in repr(found)
    assert endpoint_for("openai", Settings(), None, {}) == Endpoint("openai")
    assert endpoint_for("embedded", Settings(), None, {}) == Endpoint("embedded")


def test_a_loopback_endpoint_gets_no_proxy() -> None:
    given = settings(url="http://localhost:11434/v1", proxy="http://p:3128")
    assert endpoint_for("openai", given, None, {}).proxy is None


@pytest.mark.parametrize("proxy", ["p:3128", "socks5://p:1", "http://", "http://p:99999"])
def test_a_proxy_that_is_no_http_url_is_an_error(proxy: str) -> None:
    with pytest.raises(ConfigError, match=r"network\.proxy"):
        endpoint_for("openai", settings(proxy=proxy), None, {})


def test_an_absent_ca_bundle_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"network\.ca_file"):
        endpoint_for("openai", settings(ca_file=str(tmp_path / "none.pem")), None, {})


@pytest.mark.parametrize("headers", [{"A": "x\r\nB: y"}, {"A b": "x"}, {"": "x"}, {"A:": "x"}, {"A": "é"}])
def test_a_header_that_could_smuggle_another_is_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"endpoints\.openai\.headers"):
        endpoint_for("openai", settings(headers=headers), None, {})


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://127.8.9.1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://[::ffff:127.0.0.1]/v1", True),
        ("http://LOCALHOST:1", True),
        ("http://model.localhost/v1", True),
        ("http://localhost.evil.example/v1", False),
        ("http://127.0.0.1.evil.example/v1", False),
        ("http://0.0.0.0/v1", False),
        ("http://192.168.0.2/v1", False),
        ("http://2130706433/v1", False),
        ("https://api.example/127.0.0.1", False),
        (None, False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(url: str | None, local: bool) -> None:
    assert is_loopback(Endpoint("openai", base_url=url)) is local


def test_the_embedded_model_is_on_this_machine() -> None:
    assert is_loopback(Endpoint("embedded"))


def test_a_destination_names_the_vendor_and_any_other_host() -> None:
    assert destination(Endpoint("openai")) == "openai"
    assert destination(Endpoint("openai", base_url="https://Gate.example:8/v1")) == "openai at gate.example:8"
