"""What was sent with each file last time, so that the next prompt begins with the same bytes.

The only memory between two questions: per file, task and model the order of the snippets, and for some
seconds the project's instructions. It reads files, so it belongs in a thread.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from counterpoint.context.instructions import instructions_for
from counterpoint.context.pack import Frozen, Limits, packed
from counterpoint.context.question import Selection
from counterpoint.context.snippet import Snippet
from counterpoint.text import Files

V = TypeVar("V")

_KEYS = 64
_READ_SECONDS = 3.0
"""For so long a file that was read is taken to say the same: the next keys do not read it again."""


class Stable:
    """Bounded, and safe to use from several threads. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._frozen: OrderedDict[tuple[str, ...], Frozen] = OrderedDict()
        self._read: OrderedDict[tuple[str, ...], tuple[float, tuple[Snippet, ...]]] = OrderedDict()

    def packed(
        self, key: tuple[str, ...], selection: Selection, limits: Limits, files: Files, characters: int
    ) -> Selection:
        """The project's instructions, at most `characters` of them, and what `pack.packed` makes of the rest.

        `key` names the file and whatever else gives a prompt a beginning of its own.
        """
        now = self._clock()
        with self._lock:
            frozen = self._frozen.get(key, Frozen())
        made, after = packed(selection, frozen, limits, now, lambda one: self._stands(one, files, now))
        told = self._instructions(limits, files, characters, now)
        with self._lock:
            _put(self._frozen, key, after)
        return replace(made, snippets=(*told, *made.snippets))

    def _instructions(self, limits: Limits, files: Files, characters: int, now: float) -> tuple[Snippet, ...]:
        def read() -> tuple[Snippet, ...]:
            return tuple(instructions_for(limits.path, files, characters, limits.characters_per_token))

        folder = limits.path.rpartition("/")[0]
        return self._recent(("instructions", folder, str(characters)), now, read)

    def _stands(self, snippet: Snippet, files: Files, now: float) -> bool:
        """Whether the file still says the snippet's words in its lines."""

        def read() -> tuple[Snippet, ...]:
            document = files.read(snippet.path)
            rows = [] if document is None else range(snippet.first_line - 1, snippet.last_line)
            text = "\n".join(document.line(row) for row in rows) if document else ""
            same = all(part.strip() in text for part in snippet.text.split("\n"))
            return (snippet,) if document is not None and same else ()

        key = ("stands", snippet.path, str(snippet.first_line), str(snippet.last_line), snippet.text)
        return bool(self._recent(key, now, read))

    def _recent(
        self, key: tuple[str, ...], now: float, read: Callable[[], tuple[Snippet, ...]]
    ) -> tuple[Snippet, ...]:
        with self._lock:
            at, held = self._read.get(key, (float("-inf"), ()))
        if now - at < _READ_SECONDS:
            return held
        found = read()
        with self._lock:
            _put(self._read, key, (now, found), 8 * _KEYS)
        return found


def _put(table: OrderedDict[tuple[str, ...], V], key: tuple[str, ...], value: V, most: int = _KEYS) -> None:
    table[key] = value
    table.move_to_end(key)
    while len(table) > most:
        table.popitem(last=False)
