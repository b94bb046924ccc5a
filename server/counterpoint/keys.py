"""API keys: found in the environment, the editor's secret store or the operating system's keyring.

The first of these that has one is in force, in this order. A key is never written to a file of ours,
logged, shown in a `repr`, or put into an argument. This is the only module that imports keyring; it does
so in a thread of its own, because a locked or absent keyring may block, and gives up after two seconds.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from counterpoint.errors import ConfigError

Source: TypeAlias = Literal["environment", "editor", "keyring"]
T = TypeVar("T")

VARIABLES: Mapping[str, str] = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GEMINI_API_KEY",
}
_ALSO: Mapping[str, str] = {"google": "GOOGLE_API_KEY"}
"""A second name of the variable, as Google's own libraries have it."""
_SERVICE = "counterpoint"
_SECONDS = 2.0
_PLAIN = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True)
class Key:
    """A key and where it was found."""

    value: str = field(repr=False)
    source: Source


class Keys:
    """The keys this process may use. Safe to use from one event loop."""

    def __init__(self, *, environ: Mapping[str, str] = os.environ, keyring: bool = True) -> None:
        """`keyring` is the setting `keys.keyring`: False never touches the operating system's."""
        # That of the process is copied: it encodes and decodes anew what every key typed asks it for.
        self._environ = dict(environ) if environ is os.environ else environ
        self._cleaned: dict[str, tuple[str, Key | None]] = {}
        """By variable the text that it had, and the key that this is."""
        self._use_keyring = keyring
        self._editor: dict[str, str] = {}
        self._from_keyring: dict[str, str | None] = {}
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Keys(keyring={self._use_keyring})"

    async def get(self, provider: str) -> Key | None:
        """The key in force, or None. Raises ConfigError if what was found cannot be a key."""
        variable = VARIABLES.get(provider)
        for name in filter(None, (variable, _ALSO.get(provider))):
            if key := self._from_environ(name):
                return key
        if value := self._editor.get(provider, ""):
            return Key(value, "editor")
        if variable and self._use_keyring and (stored := await self._read_keyring(provider)):
            return Key(stored, "keyring")
        return None

    def _from_environ(self, name: str) -> Key | None:
        text = self._environ.get(name)
        if not text:
            return None
        known = self._cleaned.get(name)
        if known is None or known[0] != text:
            value = _clean(text, name)
            known = self._cleaned[name] = text, Key(value, "environment") if value else None
        return known[1]

    def set_editor(self, keys: Mapping[str, str | None]) -> None:
        """Take the editor's keys in place of those it gave before; empty means none.

        Raises ConfigError for an unknown provider or a text that cannot be a key.
        """
        self._editor = {
            _known(provider): value
            for provider, text in keys.items()
            if (value := _clean(text or "", f"the editor's key for {_known(provider)}"))
        }

    async def in_force(self) -> dict[str, Source | None]:
        """For each provider, the source of the key in force."""
        found = {provider: await self.get(provider) for provider in VARIABLES}
        return {provider: key.source if key else None for provider, key in found.items()}

    async def set(self, provider: str, value: str) -> Source | None:
        """Store a key in the keyring; returns the source now in force, which may outrank the keyring.

        Raises ConfigError if there is no keyring to store it in.
        """
        value = _clean(value, f"the key for {_known(provider)}")
        if not value:
            raise ConfigError("The key is empty.", fix=f"Give the key, or set {VARIABLES[provider]}.")

        def store() -> None:
            import keyring

            keyring.set_password(_SERVICE, provider, value)
            if keyring.get_password(_SERVICE, provider) != value:
                raise OSError("the keyring did not keep the key")

        await self._change(provider, store)
        return (await self.in_force())[provider]

    async def remove(self, provider: str) -> bool:
        """Delete a key from the keyring; False if there was none. Raises ConfigError without a keyring."""

        def delete() -> bool:
            import keyring

            if keyring.get_password(_SERVICE, _known(provider)) is None:
                return False
            keyring.delete_password(_SERVICE, provider)
            return True

        return await self._change(_known(provider), delete)

    async def _change(self, provider: str, change: Callable[[], T]) -> T:
        self._from_keyring.pop(provider, None)
        outcome = await _in_thread(change)
        if isinstance(outcome, _Failed):
            raise ConfigError(
                f"The operating system's keyring cannot be used ({outcome.reason}).",
                fix=f"Set {VARIABLES[provider]} in your environment instead.",
            )
        return outcome

    async def _read_keyring(self, provider: str) -> str | None:
        """Asked once per provider and remembered, also when it failed: a key press must not wait twice."""
        if provider in self._from_keyring:
            return self._from_keyring[provider]
        async with self._lock:
            if provider not in self._from_keyring:
                outcome = await _in_thread(lambda: _read(provider))
                self._from_keyring[provider] = None if isinstance(outcome, _Failed) else outcome
            return self._from_keyring[provider]


@dataclass(frozen=True, slots=True)
class _Failed:
    reason: str


def _read(provider: str) -> str | None:
    import keyring

    return _clean(keyring.get_password(_SERVICE, provider) or "", "the keyring's key") or None


async def _in_thread(work: Callable[[], T]) -> T | _Failed:
    """Run in a daemon thread, so that a keyring that never answers cannot hold up the end of the process."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T | _Failed] = loop.create_future()

    def deliver(outcome: T | _Failed) -> None:
        if not answer.done():
            answer.set_result(outcome)

    def run() -> None:
        outcome: T | _Failed
        try:
            outcome = work()
        except Exception as error:  # noqa: BLE001 - keyring back ends are plug-ins and raise anything
            outcome = _Failed(type(error).__name__)  # never its text: it might quote the key
        try:
            loop.call_soon_threadsafe(deliver, outcome)
        except RuntimeError:
            return  # the loop has closed: nobody waits any more

    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        return await asyncio.wait_for(answer, _SECONDS)
    except TimeoutError:
        return _Failed(f"no answer within {_SECONDS:g} s")


def _known(provider: str) -> str:
    if provider not in VARIABLES:
        raise ConfigError(f"{provider!r} takes no key.", fix=f"Use one of: {', '.join(VARIABLES)}.")
    return provider


def _clean(value: str, name: str) -> str:
    """Without the blanks and line ends that copying adds. An odd character inside would break the header."""
    value = value.strip()
    if not _PLAIN.fullmatch(value):
        raise ConfigError(f"{name} holds a character no key has.", fix="Copy the key again.")
    return value
