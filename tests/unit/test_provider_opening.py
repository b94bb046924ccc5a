"""Adapters are opened late, off the loop, one at a time, once for each endpoint."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from counterpoint.errors import ConfigError, Unauthorized
from counterpoint.providers import Endpoint, Provider
from counterpoint.providers.opening import Providers, open_now
from counterpoint.providers.scripted import ScriptedProvider

ONE = Endpoint("openai", "k", "http://127.0.0.1:1/v1", headers={"x-a": "1"})


class Opener:
    """Builds scripted providers slowly, and counts what happens."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.opened: list[Endpoint] = []
        self.threads: set[int] = set()
        self.failures: list[Exception] = []
        self.at_once = self.most_at_once = 0

    def __call__(self, endpoint: Endpoint) -> Provider:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds)
        self.at_once -= 1
        self.opened.append(endpoint)
        if self.failures:
            raise self.failures.pop(0)
        return ScriptedProvider(name=endpoint.provider)


@pytest.mark.asyncio
async def test_one_adapter_for_each_endpoint() -> None:
    opener = Opener()
    providers = Providers(opener)
    first = await providers.get(ONE)
    assert await providers.get(replace(ONE, headers={"x-a": "1"})) is first
    assert await providers.get(replace(ONE, key="other")) is not first
    assert await providers.get(replace(ONE, headers={})) is not first
    assert len(opener.opened) == 3
    assert threading.get_ident() not in opener.threads
    await providers.close()


@pytest.mark.asyncio
async def test_one_at_a_time_and_callers_share() -> None:
    opener = Opener(0.05)
    providers = Providers(opener)
    await providers.warm([ONE, ONE, Endpoint("anthropic", "k"), replace(ONE, key="other")])
    assert opener.most_at_once == 1
    assert len(opener.opened) == 3
    await providers.close()


@pytest.mark.asyncio
async def test_a_cancelled_caller_does_not_stop_the_opening() -> None:
    opener = Opener(0.2)
    providers = Providers(opener)
    waiting = asyncio.create_task(providers.get(ONE))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await providers.get(ONE)
    assert len(opener.opened) == 1
    await providers.close()


@pytest.mark.asyncio
async def test_a_failure_is_told_and_may_be_mended() -> None:
    opener = Opener()
    opener.failures = [ConfigError("no"), ConfigError("no")]
    providers = Providers(opener)
    await providers.warm([ONE])
    with pytest.raises(ConfigError):
        await providers.get(ONE)
    assert (await providers.get(ONE)).name == "openai"
    await providers.close()


@pytest.mark.asyncio
async def test_closing_waits_for_what_is_being_opened() -> None:
    opener = Opener(0.1)
    opener.failures = [ConfigError("no")]
    providers = Providers(opener)
    waiting = [asyncio.create_task(providers.get(endpoint)) for endpoint in (ONE, replace(ONE, key="other"))]
    await asyncio.sleep(0.02)
    await providers.close()
    failed, opened = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(failed, ConfigError)
    assert isinstance(opened, ScriptedProvider)
    await Providers(opener).close()


@pytest.mark.asyncio
async def test_what_was_begun_is_what_is_given_later_and_fails_there() -> None:
    calls: list[str] = []

    def opener(endpoint: Endpoint) -> Provider:
        calls.append(endpoint.provider)
        if endpoint.provider == "bad":
            raise ConfigError("no")
        return ScriptedProvider(name=endpoint.provider)

    providers = Providers(opener)
    good, bad = (providers.begin(Endpoint(name)) for name in ("good", "bad"))
    await asyncio.wait([good, bad])
    assert await providers.get(Endpoint("good")) is good.result()
    assert sorted(calls) == ["bad", "good"]
    with pytest.raises(ConfigError, match="no"):
        await providers.get(Endpoint("bad"))
    await providers.close()


@pytest.mark.asyncio
async def test_the_real_ones() -> None:
    for name in ("openai", "anthropic"):
        provider = await asyncio.to_thread(open_now, Endpoint(name, "k"))
        assert provider.name == name
        await provider.close()
        with pytest.raises(Unauthorized, match=f"counterpoint keys set {name}"):
            open_now(Endpoint(name))
    with pytest.raises(ConfigError, match="nobody"):
        open_now(Endpoint("nobody"))


def test_the_embedded_model_is_opened_by_its_own_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "counterpoint.providers.embedded.open_embedded",
        lambda endpoint: ScriptedProvider(name=endpoint.provider),
    )
    assert open_now(Endpoint("embedded")).name == "embedded"


def test_no_sdk_is_imported_before_it_is_needed() -> None:
    """In a process of its own: the modules an editor's start imports, then the first opening of each."""
    script = """
import sys
import counterpoint.providers, counterpoint.providers.opening, counterpoint.providers.scripted
heavy = {"openai", "anthropic", "httpx2", "xllamacpp", "pydantic", "anyio"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
from counterpoint.providers import Endpoint
from counterpoint.providers.opening import open_now
open_now(Endpoint("openai", "k", "http://127.0.0.1:1/v1"))
assert "openai" in sys.modules and "anthropic" not in sys.modules
open_now(Endpoint("anthropic", "k", "http://127.0.0.1:1"))
assert "anthropic" in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
