"""Prefix caches as the two vendors keep them. What is written becomes readable when `begun` is called.

OpenAI: automatic, from 1,024 identical leading tokens, in steps of 128, at most a day. A cache key is
served by one machine up to 15 requests a minute; what goes beyond lands on further machines, each with a
cache of its own, so hits thin out. Google: the same from 4,096 tokens, without keys.
Anthropic: at breakpoints only, from 2,048 tokens, 5 minutes or an hour, refreshed by each read, found at
most 20 blocks before a breakpoint.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from .catalog import ModelRow, Usage
from .clock import Clock
from .prompts import Block, Prompt

OPENAI_MINIMUM = 1_024
GOOGLE_MINIMUM = 4_096
OPENAI_STEP = 128
OPENAI_TTL = 24 * 3600.0
REQUESTS_A_MINUTE = 15
ANTHROPIC_MINIMUM = 2_048
ANTHROPIC_TTL = {"5m": 300.0, "1h": 3600.0}
LOOKBACK = 20


@dataclass(slots=True)
class _Entry:
    ttl: float
    expires: float


def _digest(previous: bytes, pieces: Iterable[str]) -> bytes:
    return hashlib.blake2b(previous + "\x00".join(pieces).encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Priced:
    """The input side of one call: its usage, and the act that makes its writes readable."""

    usage: Usage
    begun: Callable[[], None]


@dataclass(slots=True)
class PrefixCaches:
    """All caches of one server."""

    clock: Clock
    _entries: dict[Hashable, _Entry] = field(default_factory=dict)
    _recent: dict[Hashable, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def openai(self, row: ModelRow, prompt: Prompt, key: str | None, least: int = OPENAI_MINIMUM) -> Priced:
        """Reads the longest known prefix; the whole prompt becomes readable later."""
        pieces = [piece for block in prompt.blocks for piece in block.tokens]
        machine = ("openai", row.id, key, self._machine((row.id, key)))
        steps: list[tuple[Hashable, int]] = []
        digest = b""
        for end in range(OPENAI_STEP, len(pieces) + 1, OPENAI_STEP):
            digest = _digest(digest, pieces[end - OPENAI_STEP : end])
            if end >= least:
                steps.append(((*machine, digest), end))
        cached = max((end for name, end in steps if self._alive(name)), default=0)
        writes = [(name, OPENAI_TTL) for name, _ in steps]
        return Priced(Usage(len(pieces) - cached, cached), lambda: self._write(writes))

    def anthropic(self, row: ModelRow, prompt: Prompt, salt: str) -> Priced:
        """Reads at the best breakpoint, writes at every one. `salt` is what message caches depend on
        beside their text: effort, thinking, tool choice, schema."""
        names, ends = self._prefixes(row, prompt, salt)
        marks = [i for i, b in enumerate(prompt.blocks) if b.ttl and ends[i] >= ANTHROPIC_MINIMUM]
        read = self._best_read(names, ends, marks)
        usage = {"5m": 0, "1h": 0}
        done = read
        for mark in marks:
            if ends[mark] > done:
                usage[prompt.blocks[mark].ttl or "5m"] += ends[mark] - done
                done = ends[mark]
        writes = [(names[m], ANTHROPIC_TTL[prompt.blocks[m].ttl or "5m"]) for m in marks]
        rest = prompt.count - done
        return Priced(Usage(rest, read, usage["5m"], usage["1h"]), lambda: self._write(writes))

    def _best_read(self, names: list[Hashable], ends: list[int], marks: list[int]) -> int:
        best = 0
        for mark in marks:
            for i in range(mark, max(-1, mark - LOOKBACK - 1), -1):
                if self._alive(names[i]):
                    best = max(best, ends[i])
                    self._refresh(names[i])
                    break
        return best

    @staticmethod
    def _prefixes(row: ModelRow, prompt: Prompt, salt: str) -> tuple[list[Hashable], list[int]]:
        """For each block: the name of the prefix that ends with it, and its length in tokens."""
        names: list[Hashable] = []
        ends: list[int] = []
        digest, total, salted = b"", 0, False
        for block in prompt.blocks:
            if not salted and _is_message(block):
                digest, salted = _digest(digest, (salt,)), True
            digest = _digest(digest, block.tokens)
            total += len(block.tokens)
            names.append(("anthropic", row.id, digest))
            ends.append(total)
        return names, ends

    def _machine(self, key: Hashable) -> int:
        now = self.clock.now()
        recent = self._recent[key]
        while recent and recent[0] <= now - 60:
            recent.popleft()
        recent.append(now)
        return (len(recent) - 1) // REQUESTS_A_MINUTE

    def _alive(self, name: Hashable) -> bool:
        entry = self._entries.get(name)
        return entry is not None and entry.expires > self.clock.now()

    def _refresh(self, name: Hashable) -> None:
        entry = self._entries[name]
        entry.expires = self.clock.now() + entry.ttl

    def _write(self, writes: list[tuple[Hashable, float]]) -> None:
        now = self.clock.now()
        for name, ttl in writes:
            self._entries[name] = _Entry(ttl, now + ttl)


def _is_message(block: Block) -> bool:
    return block.section in ("user", "assistant")
