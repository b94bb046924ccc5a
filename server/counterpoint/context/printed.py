"""What a program printed, made short enough to be sent: the errors stay, and how it began and ended. Pure.

Paths below the workspace's root become relative to it: they are shorter, and nobody else's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from counterpoint.context.traces import raised_in

MOST = 24_000
"""Characters that are kept."""
_READ = 2_000_000
_LONGEST = 600
_PERIOD, _ROUNDS = 12, 3
"""So many lines may make one round of what is printed again and again, and so many rounds are too many."""
_HEAD, _TAIL, _ROUND = 1_500, 5_000, 25
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SIGNS = (
    "Traceback (most recent call last)",
    "\n    at ",
    "\n\tat ",
    "panicked at",
    "goroutine ",
    "Error",
    "FAILED",
    "FAIL",
)
_FRAME = re.compile(
    r'^\s*File "[^"]+", line \d+|^\s+at .*[:(]\S+:\d+|^\s*❯ \S+.*:\d+:\d+|panicked at |^goroutine \d+ \['
    r"|^(?:FAILED|ERROR) \S+::|^\s*--- FAIL: |^\S+\.\w{1,4}:\d+: \w*(?:Error|Exception|Failed)\b",
    re.M,
)


def looks_printed(text: str) -> bool:
    """Whether a text holds a trace or a failed test. Takes milliseconds for any length."""
    for piece in (text[:100_000], text[-100_000:]):
        if any(sign in piece for sign in _SIGNS) and _FRAME.search(piece):
            return True
    return False


def printed(text: str, roots: Iterable[str] = (), most: int = MOST) -> str:
    """The text without colours, repetitions and what tells least, in `most` characters or few more."""
    if len(text) > _READ:
        text = text[: _READ // 2] + "\n" + text[-_READ // 2 :]
    text = _COLOUR.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for root in roots:
        for written in (root.replace("\\", "/").rstrip("/"), root.rstrip("\\")):
            if len(written) > 1:
                text = text.replace(f"file://{written}/", "").replace(f"{written}/", "")
                text = text.replace(f"{written}\\", "")
    lines = [_clipped(line) for line in _folded(text.rstrip().split("\n"))]
    if sum(map(len, lines)) + len(lines) > most:
        lines = _telling(lines, most)
    return "\n".join(lines) + "\n"


def _clipped(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}"


def _folded(lines: Sequence[str]) -> list[str]:
    """Lines that are printed again and again, alone or as a round of several, are there twice."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        period, rounds = _rounds(lines, at)
        if rounds > _ROUNDS:
            kept += lines[at : at + 2 * period]
            kept.append(f"({_times(period)} {rounds - 2} times more)")
            at += period * rounds
        else:
            kept.append(lines[at])
            at += 1
    return kept


def _times(period: int) -> str:
    return "the same line" if period == 1 else f"the same {period} lines"


def _rounds(lines: Sequence[str], at: int) -> tuple[int, int]:
    """The shortest round that begins here and is repeated, and how often it is there."""
    for period in range(1, _PERIOD + 1):
        if at + period < len(lines) and lines[at] == lines[at + period]:
            rounds = 1
            while _again(lines, at + rounds * period, period):
                rounds += 1
            if rounds > _ROUNDS:
                return period, rounds
    return 1, 1


def _again(lines: Sequence[str], at: int, period: int) -> bool:
    return list(lines[at : at + period]) == list(lines[at - period : at]) and at + period <= len(lines)


def _telling(lines: Sequence[str], most: int) -> list[str]:
    """The first lines, the last, and those round the errors, of which the first and the last come first."""
    kept: set[int] = set()
    room = most
    for numbers, share in ((range(len(lines)), _HEAD), (range(len(lines) - 1, -1, -1), _TAIL)):
        for number in numbers:
            share -= len(lines[number]) + 1
            if share < 0:
                break
            kept.add(number)
            room -= len(lines[number]) + 1
    errors = [one.line for one in raised_in("\n".join(lines))]
    ordered = [errors[(at // 2) if at % 2 == 0 else -1 - at // 2] for at in range(len(errors))]
    for error in ordered:
        for number in sorted(
            range(max(0, error - _ROUND), min(len(lines), error + _ROUND)), key=lambda n: abs(n - error)
        ):
            if number not in kept and len(lines[number]) + 1 <= room:
                kept.add(number)
                room -= len(lines[number]) + 1
    return _with_gaps(lines, sorted(kept))


def _with_gaps(lines: Sequence[str], numbers: Sequence[int]) -> list[str]:
    rows: list[str] = []
    before = -1
    for number in (*numbers, len(lines)):
        if gap := number - before - 1:
            rows.append(f"({gap:,} line{'s' if gap > 1 else ''} left out)")
        if number < len(lines):
            rows.append(lines[number])
        before = number
    return rows
