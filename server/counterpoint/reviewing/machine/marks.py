"""Machine-written text at rest: hashes without code, found again in a file as it is now. Pure.

A passage is a machine-written piece with the tokens round it. Of each token there is a hash of itself and the
one before it, made with a key of this user's: without the key it tells nothing. Brackets, commas and quotes
do not count, so that formatting changes no hash; what stands round a piece tells it from its twins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from counterpoint.reviewing.machine.matching import Same, in_common
from counterpoint.reviewing.machine.span import Origin, Run
from counterpoint.reviewing.machine.tokens import SOFT, Owners, Tokens, owners_of, runs_of, tokens_of

ROUND = 40
"""Tokens kept on each side of a piece."""
_BYTES = 5
_COPIED, _CAME = 24, 12
"""So many tokens stand a second time only because they were copied, and in another file, when they are gone
from their own, only because they came from there."""
_MOVED = 8
"""So many stand elsewhere in their file only because they were moved."""
_FAR = 150
"""Tokens put in or taken out within a passage that is still one."""
_ABROAD = 0.6
"""A shorter piece is found in another file only if so much of its passage is there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens of a passage, `first` onwards so many, by one author, with the brackets, commas and quotes
    right before and right behind them that are his as well. `twin` says that the same text stood elsewhere
    in the file by another author: a second one is then no copy."""

    first: int
    count: int
    origin: Origin
    before: int = 0
    behind: int = 0
    twin: bool = False


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
    return _with_twins(tuple(_passage(path, text, whole, group) for group in groups), whole, owners)


def _with_twins(passages: tuple[Passage, ...], whole: Hashed, owners: Owners) -> tuple[Passage, ...]:
    """The passages, with those pieces told that would be taken for copied where they were not."""
    found: Owners = list(owners)
    free: list[object] = [
        object() if owners[at] is not None else code for at, code in zip(whole.hard, whole.codes, strict=True)
    ]
    _placed(passages, free, whole, found, _COPIED)
    twins = {one for one, known in zip(found, owners, strict=True) if known is None}
    return tuple(
        replace(one, pieces=tuple(replace(piece, twin=piece.origin in twins) for piece in one.pieces))
        for one in passages
    )


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


Stands: TypeAlias = Callable[[Passage], bool]
"""Tells of a passage of another file whether it still stands there."""


def nowhere(passage: Passage) -> bool:
    """Where nobody looks into other files."""
    return False


def stands_in(text: str, passage: Passage, key: bytes) -> bool:
    """Whether most of a passage is still in a text."""
    known = frozenset(hashed(text, key).codes)
    return 2 * sum(code in known for code in passage.codes) > len(passage)


def find(
    path: str, text: str, passages: Sequence[Passage], key: bytes, stands: Stands = nowhere
) -> tuple[Run, ...]:
    """The machine-written text of a file as it is now: passages of its own path, also where they were copied
    within it, and those of other files that stand there no more."""
    if not passages or not text.strip():
        return ()
    whole = hashed(text, key)
    codes: list[object] = list(whole.codes)
    owners: Owners = [None] * len(whole.tokens)
    home = sorted((one for one in passages if one.path == path), key=lambda one: one.line)
    if _placed(home, codes, whole, owners, 0):
        _placed(home, codes, whole, owners, _COPIED)
    known = frozenset(whole.codes)
    abroad = [one for one in passages if one.path != path and _may_be(one, known) and not stands(one)]
    _placed(abroad, codes, whole, owners, _CAME)
    return runs_of(whole.tokens, owners)


def _may_be(passage: Passage, known: frozenset[bytes]) -> bool:
    """Whether enough of a passage's tokens are in a file at all: told fast, as most are not."""
    return 2 * sum(code in known for code in passage.codes) > min(len(passage), 2 * _CAME)


def _placed(
    passages: Sequence[Passage], codes: list[object], whole: Hashed, owners: Owners, least: int
) -> bool:
    """Give the tokens of a file the authors that passages name, and take what was found out of `codes`.

    `least` is 0 for passages of the file itself; of others so many tokens are more than chance.
    """
    source: list[object] = []
    starts = []
    for passage in passages:
        starts.append(len(source))
        source += (*passage.codes, object())  # nothing equals what stands between two passages
    found = in_common(source, codes, moved=least or _MOVED) if source else []
    seen = False
    for passage, start in zip(passages, starts, strict=True):
        mine = _near([one for one in found if start <= one.a < start + len(passage)], least or _CAME)
        pieces = [piece for piece in passage.pieces if least != _COPIED or not piece.twin]
        if least and not _enough(passage, pieces, start, mine, least):
            continue
        if _own(pieces, start, mine, whole, owners):
            seen = True
            for same in mine:
                codes[same.b : same.b + same.size] = [object() for _ in range(same.size)]
    return seen


def _near(found: Sequence[Same], least: int) -> list[Same]:
    """What was found of a passage round its largest piece, and larger pieces anywhere."""
    if not found:
        return []
    best = max(found, key=lambda one: one.size)
    return [one for one in found if one.size >= least or abs((one.b - best.b) - (one.a - best.a)) <= _FAR]


def _enough(passage: Passage, pieces: Sequence[Piece], start: int, mine: Sequence[Same], least: int) -> bool:
    """Whether what was found of a passage elsewhere is more than chance."""
    if sum(one.size for one in mine) >= max(least, _ABROAD * len(passage)):
        return True
    return any(
        min(one.a + one.size, start + piece.first + piece.count) - max(one.a, start + piece.first) >= least
        for one in mine
        for piece in pieces
    )


def _own(pieces: Sequence[Piece], start: int, mine: Sequence[Same], whole: Hashed, owners: Owners) -> bool:
    """Note the authors of the tokens found; False if none of them is machine-written."""
    place = {one.a - start + step: one.b + step for one in mine for step in range(one.size)}
    for one in mine:  # the hash of a token holds the one before it too
        if one.a > start and one.b and one.a - start - 1 not in place:
            place[one.a - start - 1] = one.b - 1
    any_found = False
    for piece in pieces:
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
