"""Machine-written text at rest: hashes without code, found again in a file as it is now. Pure.

A passage is a machine-written piece with the tokens round it. Of each token there is a hash of itself and the
one before it, made with a key of this user's: without the key it tells nothing. Brackets, commas and quotes
do not count, so that formatting changes no hash; what stands round a piece tells it from its twins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from counterpoint.reviewing.machine.matching import Same, in_common
from counterpoint.reviewing.machine.span import Origin, Run
from counterpoint.reviewing.machine.tokens import SOFT, Owners, Tokens, owners_of, runs_of, tokens_of

ROUND = 40
"""Tokens kept on each side of a piece."""
_BYTES = 5
_COPIED = 12
"""So many tokens stand somewhere a second time only because they were copied."""
_ABROAD = 0.6
"""A shorter piece is found in another file only if so much of its passage is there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens of a passage, `first` onwards so many, by one author, with the brackets, commas and quotes
    right before and right behind them that are his as well."""

    first: int
    count: int
    origin: Origin
    before: int = 0
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a piece was and what it looked like. `line` is that of its first token, from 0."""

    path: str
    line: int
    hashes: bytes
    pieces: tuple[Piece, ...]

    def __len__(self) -> int:
        return len(self.hashes) // _BYTES

    @property
    def codes(self) -> tuple[bytes, ...]:
        return tuple(self.hashes[at : at + _BYTES] for at in range(0, len(self.hashes), _BYTES))


@dataclass(frozen=True, slots=True)
class Hashed:
    """A text ready to be compared: its tokens, those that count, and their hashes."""

    tokens: Tokens
    hard: tuple[int, ...]
    codes: tuple[bytes, ...]


def hashed(text: str, key: bytes) -> Hashed:
    """The tokens of a text with their hashes."""
    tokens = tokens_of(text)
    hard = tuple(at for at, word in enumerate(tokens.words) if word not in SOFT)
    known: dict[tuple[str, str], bytes] = {}
    codes, before = [], ""
    for at in hard:
        word = tokens.words[at]
        code = known.get((before, word))
        if code is None:
            code = known[(before, word)] = _code(f"{before}\0{word}", key)
        codes.append(code)
        before = word
    return Hashed(tokens, hard, tuple(codes))


def _code(text: str, key: bytes) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES, key=key).digest()


def digest(text: str, key: bytes) -> str:
    """Sixteen hex digits for a text, the same however it is formatted."""
    words = (word for word in tokens_of(text).words if word not in SOFT)
    return hashlib.blake2b(
        "\0".join(words).encode("utf-8", "surrogatepass"), digest_size=8, key=key
    ).hexdigest()


def passages_of(path: str, text: str, runs: Sequence[Run], key: bytes) -> tuple[Passage, ...]:
    """What is to be kept of the machine-written text of a file. Pieces near to each other share a passage."""
    if not runs:
        return ()
    whole = hashed(text, key)
    owners = owners_of(whole.tokens, runs)
    groups: list[list[Piece]] = []
    for piece in _pieces(whole, owners):
        if groups and piece.first - (groups[-1][-1].first + groups[-1][-1].count) < 2 * ROUND:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return tuple(_passage(path, text, whole, group) for group in groups)


def _pieces(whole: Hashed, owners: Owners) -> Iterable[Piece]:
    """Tokens in a row by one author, by their places among those that count."""
    hard = whole.hard
    at = 0
    while at < len(hard):
        origin = owners[hard[at]]
        end = at + 1
        if origin is None:
            at = end
            continue
        while end < len(hard) and owners[hard[end]] == origin:
            end += 1
        before = behind = 0
        low = hard[at - 1] if at else -1
        high = hard[end] if end < len(hard) else len(whole.tokens)
        while hard[at] - before - 1 > low and owners[hard[at] - before - 1] == origin:
            before += 1
        while hard[end - 1] + behind + 1 < high and owners[hard[end - 1] + behind + 1] == origin:
            behind += 1
        yield Piece(at, end - at, origin, before, behind)
        at = end


def _passage(path: str, text: str, whole: Hashed, group: Sequence[Piece]) -> Passage:
    first = max(0, group[0].first - ROUND)
    end = min(len(whole.hard), group[-1].first + group[-1].count + ROUND)
    start = whole.tokens.starts[whole.hard[group[0].first]]
    pieces = tuple(replace(piece, first=piece.first - first) for piece in group)
    return Passage(path, text.count("\n", 0, start), b"".join(whole.codes[first:end]), pieces)


@dataclass(slots=True)
class Found:
    """Machine-written text of a file, and which of the passages it came from are there."""

    runs: tuple[Run, ...]
    here: tuple[Passage, ...]


def find(path: str, text: str, passages: Sequence[Passage], key: bytes) -> Found:
    """Where the passages stand in a file now: those of its own path, then those of other files."""
    if not passages or not text.strip():
        return Found((), ())
    whole = hashed(text, key)
    codes: list[object] = list(whole.codes)
    owners: Owners = [None] * len(whole.tokens)
    here: list[Passage] = []
    home = sorted((one for one in passages if one.path == path), key=lambda one: one.line)
    known = frozenset(whole.codes)
    abroad = [one for one in passages if one.path != path and _may_be(one, known)]
    for group, at_home in ((home, True), (abroad, False)):
        for first in (True, False):  # the second time finds what was copied
            seen = _placed(group, codes, whole, owners, at_home=at_home and first)
            here += [one for one in seen if one not in here]
            if not seen:
                break
    return Found(runs_of(whole.tokens, owners), tuple(here))


def _may_be(passage: Passage, known: frozenset[bytes]) -> bool:
    """Whether enough of a passage's tokens are in a file at all: told fast, as most are not."""
    return 2 * sum(code in known for code in passage.codes) > min(len(passage), 2 * _COPIED)


def _placed(
    passages: Sequence[Passage], codes: list[object], whole: Hashed, owners: Owners, *, at_home: bool
) -> list[Passage]:
    """Give the tokens of a file the authors that passages name. What is found is taken out of `codes`."""
    source: list[object] = []
    starts = []
    for passage in passages:
        starts.append(len(source))
        source += (*passage.codes, object())  # nothing equals what stands between two passages
    found = in_common(source, codes) if source else []
    seen = []
    for passage, start in zip(passages, starts, strict=True):
        mine = [one for one in found if start <= one.a < start + len(passage)]
        if _holds(passage, start, mine, at_home) and _own(passage, start, mine, whole, owners):
            seen.append(passage)
            for same in mine:
                codes[same.b : same.b + same.size] = [object() for _ in range(same.size)]
    return seen


def _holds(passage: Passage, start: int, mine: Sequence[Same], at_home: bool) -> bool:
    """Whether what was found of a passage is more than chance."""
    if at_home:
        return bool(mine)
    if sum(one.size for one in mine) >= _ABROAD * len(passage):
        return True
    return any(
        min(one.a + one.size, start + piece.first + piece.count) - max(one.a, start + piece.first) >= _COPIED
        for one in mine
        for piece in passage.pieces
    )


def _own(passage: Passage, start: int, mine: Sequence[Same], whole: Hashed, owners: Owners) -> bool:
    """Note the authors of the tokens found; False if none of them is machine-written."""
    place = {one.a - start + step: one.b + step for one in mine for step in range(one.size)}
    for one in mine:  # the hash of a token holds the one before it too
        if one.a > start and one.b and one.a - start - 1 not in place:
            place[one.a - start - 1] = one.b - 1
    any_found = False
    for piece in passage.pieces:
        last = None
        for at in range(piece.first, piece.first + piece.count):
            now = place.get(at)
            if now is None:
                last = None
                continue
            any_found = True
            token = whole.hard[now]
            owners[token] = piece.origin
            if last is not None and last + 1 == now:
                for soft in range(whole.hard[last] + 1, token):
                    owners[soft] = piece.origin
            last = now
        _rim(piece, place, whole, owners)
    return any_found


def _rim(piece: Piece, place: dict[int, int], whole: Hashed, owners: Owners) -> None:
    """The brackets and the like at both ends of a piece."""
    first, last = place.get(piece.first), place.get(piece.first + piece.count - 1)
    if first is not None:
        low = whole.hard[first - 1] if first else -1
        for token in range(max(low + 1, whole.hard[first] - piece.before), whole.hard[first]):
            owners[token] = piece.origin
    if last is not None:
        high = whole.hard[last + 1] if last + 1 < len(whole.hard) else len(whole.tokens)
        for token in range(whole.hard[last] + 1, min(high, whole.hard[last] + 1 + piece.behind)):
            owners[token] = piece.origin
