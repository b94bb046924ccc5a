"""Keys: which source is in force, that none of them shows a key, and that no keyring can hold us up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError

from counterpoint.errors import ConfigError
from counterpoint.keys import Key, Keys

SECRET = "sk-test-0123456789"


class Memory(KeyringBackend):
    """A keyring in memory. `hook` runs before each answer, to block or to fail."""

    priority = 1

    def __init__(self, **kept: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept = dict(kept)
        self.reads = 0
        self.hook: Callable[[], Any] = lambda: None

    def get_password(self, service: str, username: str) -> str | None:
        self.reads += 1
        self.hook()
        return self.kept.get(f"{service}_{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.hook()
        self.kept[f"{service}_{username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[f"{service}_{username}"]


@pytest.fixture
def use() -> Iterator[Callable[[KeyringBackend], None]]:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def fails(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.asyncio
async def test_the_environment_comes_before_the_editor_and_the_editor_before_the_keyring(use: Any) -> None:
    use(Memory(counterpoint_openai="ring-key"))
    environ = {"OPENAI_API_KEY": "env-key"}
    keys = Keys(environ=environ)
    keys.set_editor({"openai": "editor-key"})
    assert await keys.get("openai") == Key("env-key", "environment")
    del environ["OPENAI_API_KEY"]
    assert await keys.get("openai") == Key("editor-key", "editor")
    keys.set_editor({"openai": None})
    assert await keys.get("openai") == Key("ring-key", "keyring")
    assert await keys.get("anthropic") is None
    assert await keys.in_force() == {"openai": "keyring", "anthropic": None, "google": None}


@pytest.mark.asyncio
async def test_the_keyring_is_not_touched_where_the_setting_says_so(use: Any) -> None:
    ring = Memory(counterpoint_openai="ring-key")
    use(ring)
    assert await Keys(environ={}, keyring=False).in_force() == dict.fromkeys(
        ("openai", "anthropic", "google")
    )
    assert ring.reads == 0


@pytest.mark.asyncio
async def test_a_provider_that_takes_no_key_has_none() -> None:
    assert await Keys(environ={"EMBEDDED_API_KEY": "x"}).get("embedded") is None


@pytest.mark.asyncio
async def test_no_repr_shows_a_key(use: Any) -> None:
    use(Memory())
    keys = Keys(environ={"OPENAI_API_KEY": SECRET})
    keys.set_editor({"anthropic": SECRET})
    await keys.set("anthropic", SECRET)
    shown = f"{keys!r} {await keys.get('openai')!r} {await keys.get('anthropic')!r}"
    assert SECRET not in shown and "environment" in shown


@pytest.mark.asyncio
async def test_blanks_and_line_ends_of_copying_are_dropped() -> None:
    keys = Keys(environ={"OPENAI_API_KEY": f" {SECRET}\r\n"}, keyring=False)
    assert await keys.get("openai") == Key(SECRET, "environment")


@pytest.mark.asyncio
@pytest.mark.parametrize("value", ["two words", "line\nbreak", "ключ", "nul\0"])
async def test_what_cannot_be_a_key_is_an_error_that_does_not_quote_it(value: str) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as error:
        await Keys(environ={"OPENAI_API_KEY": value}, keyring=False).get("openai")
    assert value not in str(error.value)
    with pytest.raises(ConfigError, match="editor's key for anthropic"):
        Keys(environ={}).set_editor({"anthropic": value})


def test_the_editor_can_only_give_keys_of_known_providers() -> None:
    with pytest.raises(ConfigError, match="takes no key"):
        Keys(environ={}).set_editor({"evil": "x"})


@pytest.mark.asyncio
async def test_the_keyring_is_asked_once(use: Any) -> None:
    ring = Memory(counterpoint_openai="ring-key")
    use(ring)
    keys = Keys(environ={})
    found = await asyncio.gather(*(keys.get("openai") for _ in range(5)))
    assert found == [Key("ring-key", "keyring")] * 5
    assert ring.reads == 1


@pytest.mark.asyncio
async def test_a_keyring_that_fails_counts_as_none_and_is_not_asked_again(use: Any) -> None:
    ring = Memory(counterpoint_openai="ring-key")
    ring.hook = fails(RuntimeError("D-Bus is not there"))
    use(ring)
    keys = Keys(environ={})
    assert await keys.get("openai") is None
    assert await keys.get("openai") is None
    assert ring.reads == 1


@pytest.mark.asyncio
async def test_a_keyring_that_does_not_answer_is_given_up(use: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterpoint.keys._SECONDS", 0.05)
    release = threading.Event()
    ring = Memory(counterpoint_openai="ring-key")
    ring.hook = lambda: release.wait(30)
    use(ring)
    keys = Keys(environ={})
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    assert await asyncio.wait_for(keys.get("openai"), 20) is None
    assert ticks  # the loop was not blocked meanwhile
    with pytest.raises(ConfigError, match="no answer within"):
        await asyncio.wait_for(keys.set("openai", SECRET), 20)
    ticking.cancel()
    release.set()


def test_a_keyring_that_answers_after_the_loop_has_closed_harms_nobody(
    use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterpoint.keys._SECONDS", 0.02)
    release = threading.Event()
    ring = Memory(counterpoint_openai="ring-key")
    ring.hook = lambda: release.wait(30)
    use(ring)
    assert asyncio.run(Keys(environ={}).get("openai")) is None
    threads = [thread for thread in threading.enumerate() if thread.name == "keyring"]
    assert threads and all(thread.daemon for thread in threads)
    release.set()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.asyncio
async def test_a_key_is_stored_found_and_removed(use: Any) -> None:
    use(Memory())
    keys = Keys(environ={})
    assert await keys.get("openai") is None
    assert await keys.set("openai", f"{SECRET}\n") == "keyring"
    assert await keys.get("openai") == Key(SECRET, "keyring")
    assert await keys.remove("openai") is True
    assert await keys.get("openai") is None
    assert await keys.remove("openai") is False


@pytest.mark.asyncio
async def test_whoever_stores_a_key_learns_that_another_source_outranks_it(use: Any) -> None:
    use(Memory())
    assert await Keys(environ={"OPENAI_API_KEY": "env"}).set("openai", SECRET) == "environment"


@pytest.mark.asyncio
async def test_storing_without_a_keyring_names_the_variable_and_never_the_key(use: Any) -> None:
    ring = Memory()
    ring.hook = fails(NoKeyringError(f"cannot store {SECRET}"))
    use(ring)
    for change in (Keys(environ={}).set("openai", SECRET), Keys(environ={}).remove("openai")):
        with pytest.raises(ConfigError, match="OPENAI_API_KEY") as error:
            await change
        assert SECRET not in str(error.value) and "NoKeyringError" in str(error.value)


@pytest.mark.asyncio
async def test_a_keyring_that_forgets_what_it_was_given_is_an_error() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):  # the null keyring of the test environment
        await Keys(environ={}).set("openai", SECRET)


@pytest.mark.asyncio
async def test_an_empty_key_and_an_unknown_provider_are_refused(use: Any) -> None:
    use(Memory())
    with pytest.raises(ConfigError, match="empty"):
        await Keys(environ={}).set("openai", " ")
    with pytest.raises(ConfigError, match="takes no key"):
        await Keys(environ={}).set("evil", SECRET)
    with pytest.raises(ConfigError, match="takes no key"):
        await Keys(environ={}).remove("evil")


@pytest.mark.asyncio
async def test_giving_up_waiting_leaves_nothing_behind(use: Any) -> None:
    asked, release = threading.Event(), threading.Event()
    ring = Memory()

    def hold() -> None:
        asked.set()
        release.wait(30)

    ring.hook = hold
    use(ring)
    asking = asyncio.create_task(Keys(environ={}).get("openai"))
    assert await asyncio.to_thread(asked.wait, 30)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    threads = [thread for thread in threading.enumerate() if thread.name == "keyring"]
    release.set()
    for thread in threads:
        await asyncio.to_thread(thread.join, 30)
    await asyncio.sleep(0)  # the late answer is delivered to nobody
    assert not any(thread.is_alive() for thread in threads)
