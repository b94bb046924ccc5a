"""What was used last, up to a number of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A mapping that forgets what was not used for longest. Sizes are the caller's estimates, in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[Key, tuple[Value, int]] = {}
        self.size = 0

    def get(self, key: Key) -> Value | None:
        """The value, which counts as used now."""
        found = self._held.pop(key, None)
        if found is None:
            return None
        self._held[key] = found
        return found[0]

    def several(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """The values of those keys that are known, which all count as used now."""
        held, found = self._held, {}
        for key in keys:
            item = held.pop(key, None)
            if item is not None:
                held[key] = item
                found[key] = item[0]
        return found

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value, unless it is so large that it would push out half of the others."""
        self.drop(key)
        if size > self._limit // 2:
            return
        self._held[key] = (value, size)
        self.size += size
        while self.size > self._limit:
            self.drop(next(iter(self._held)))

    def drop(self, key: Key) -> None:
        """Forget a key."""
        found = self._held.pop(key, None)
        if found is not None:
            self.size -= found[1]

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()
        self.size = 0

    def __len__(self) -> int:
        return len(self._held)
