"""What a model is shown of the call sites before it is asked: the code round each, and a list of all. Pure.

Where there are too many for what the model takes, each is shown with less round it; then those that are
written alike are shown once; what is still too much is listed by its place. None is left out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.audit import CallSite, Target
from counterpoint.context.enclosing import declared
from counterpoint.flows.refactoring.sites import Known, Part
from counterpoint.text import Document, Files

Piece = tuple[str, int, int]
_AROUND = (10, 3, 0)
"""Lines shown on either side of a call site, the widest first."""
_GAP = 2
_HEADS = 200
_LISTED = 2_000
"""Call sites that are listed one by one; of more, each file's are counted."""
_LITERAL = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\b\d[\w.]*")


@dataclass(frozen=True, slots=True)
class Shown:
    """`pieces` are the lines that go along, `table` lists every call site. `told` says to the user what of
    the call sites is not shown as code, and why."""

    pieces: tuple[Piece, ...] = ()
    table: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sites:
    """The lines with call sites, file by file, and those of files that may not be sent."""

    lines: Mapping[str, Sequence[int]]
    texts: Mapping[str, Document]
    hidden: int = 0
    alike: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Lines that are written as another one that is shown."""


def shown(known: Known, parts: Sequence[Part], files: Files, characters: int) -> Shown:
    """The call sites as pieces of about so many characters, and as a table; the further parts of the request
    are pieces as well, whole. `files` has what may be sent. Reads files: for a thread."""
    own = tuple(_part(part) for part in parts[1:])
    sites = _sites((*known.calls, *known.named), parts, files)
    left = max(0, characters - sum(_size(sites.texts[path], first, last) for path, first, last in own))
    chosen, sites, cut = _fitting(sites, left)
    told = []
    alike, total = _count(sites.alike), _count(sites.lines)
    if alike:
        told.append(f"{alike} of {total + sites.hidden} call sites are written as others that were shown")
    if cut:
        told.append(f"{cut} of {total + sites.hidden} call sites were shown by their place alone")
    if sites.hidden:
        told.append(f"{sites.hidden} call sites lie in files that are not sent to models")
    pieces = (*own, *(one for one in chosen if not _within(one, own)))
    return Shown(pieces, "".join(_table(known, sites, cut)), tuple(told))


def _part(part: Part) -> Piece:
    lines = part.lines or (0, max(0, len(part.document.lines) - 1))
    return part.document.path, *lines


def _sites(calls: Iterable[CallSite], parts: Sequence[Part], files: Files) -> _Sites:
    texts: dict[str, Document | None] = {part.document.path: part.document for part in parts}
    lines: dict[str, set[int]] = {}
    hidden: set[tuple[str, int]] = set()
    for call in calls:
        if call.path not in texts:
            texts[call.path] = files.read(call.path)
        if texts[call.path] is None:
            hidden.add((call.path, call.line))
        else:
            lines.setdefault(call.path, set()).add(call.line)
    known = {path: text for path, text in texts.items() if text is not None}
    return _Sites({path: sorted(rows) for path, rows in lines.items()}, known, len(hidden))


def _fitting(sites: _Sites, characters: int) -> tuple[tuple[Piece, ...], _Sites, int]:
    """The widest view of the sites that has room, and how many have none even by themselves."""
    for around in _AROUND:
        pieces = tuple(_pieces(sites.texts, sites.lines, around))
        if _total(sites.texts, pieces) <= characters:
            return pieces, sites, 0
    single, alike = _distinct(sites)
    sites = _Sites(sites.lines, sites.texts, sites.hidden, alike)
    kept: list[Piece] = []
    for path, rows in single.items():
        for row in rows:
            characters -= _size(sites.texts[path], row, row)
            if characters >= 0:
                kept.append((path, row, row))
    return tuple(kept), sites, _count(single) - len(kept)


def _distinct(sites: _Sites) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """One line of each way of writing, and the others. Literals make no other way."""
    single: dict[str, list[int]] = {}
    alike: dict[str, list[int]] = {}
    met: set[str] = set()
    for path, rows in sites.lines.items():
        for row in rows:
            text = _LITERAL.sub("0", sites.texts[path].line(row).strip())
            (alike if text in met else single).setdefault(path, []).append(row)
            met.add(text)
    return single, alike


def _pieces(
    texts: Mapping[str, Document], lines: Mapping[str, Sequence[int]], around: int
) -> Iterator[Piece]:
    for path, rows in lines.items():
        document = texts[path]
        last = max(0, len(document.lines) - 1)
        spans = [(max(0, row - around), min(last, row + around)) for row in rows]
        heads = {head for row in rows for head in _heads(document, row)} if around else set()
        for first, end in _merged([*spans, *((head, head) for head in heads)]):
            yield path, first, end


def _heads(document: Document, row: int) -> Iterator[int]:
    """The lines that declare what a line lies in."""
    depth: int | None = None
    for number in range(row, max(-1, row - _HEADS), -1):
        text = document.line(number)
        if not text.strip():
            continue
        indent = len(text.expandtabs(8)) - len(text.expandtabs(8).lstrip())
        if depth is not None and indent >= depth:
            continue
        depth = indent
        if number != row and declared(text[:300]):
            yield number
        if indent == 0:
            return


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    open_: tuple[int, int] | None = None
    for first, last in sorted(spans):
        if open_ is not None and first <= open_[1] + _GAP + 1:
            open_ = open_[0], max(open_[1], last)
            continue
        if open_ is not None:
            yield open_
        open_ = first, last
    if open_ is not None:
        yield open_


def _size(document: Document, first: int, last: int) -> int:
    return sum(len(document.line(number)) + 8 for number in range(first, last + 1))


def _total(texts: Mapping[str, Document], pieces: Iterable[Piece]) -> int:
    return sum(_size(texts[path], first, last) for path, first, last in pieces)


def _count(lines: Mapping[str, Sequence[int]]) -> int:
    return sum(map(len, lines.values()))


def _within(piece: Piece, others: Iterable[Piece]) -> bool:
    path, first, last = piece
    return any(path == one[0] and one[1] <= first and last <= one[2] for one in others)


def _table(known: Known, sites: _Sites, cut: int) -> Iterator[str]:
    """Every call site by its place. No code stands here: what may be sent of that is decided elsewhere."""
    if not known.targets and not known.named:
        return
    yield "Call sites, as the index of the workspace knows them (path: lines):\n"
    bare = []
    counted = len(known.calls) > _LISTED
    for target in (*known.targets, *known.shared):
        calls = _of(target, known.calls, sites)
        rows = (
            *_places("certain", [one for one in calls if one.certain], counted=counted),
            *_places("may mean another", [one for one in calls if not one.certain], counted=counted),
            *_places("named", _of(target, known.named, sites), counted=counted),
        )
        if rows:
            yield f"- {target.name} ({target.document.path}:{target.line + 1})\n"
            yield from rows
        elif target in known.targets:
            bare.append(target.name)
    if bare:
        yield f"- no call site is known of: {', '.join(bare)}\n"
    yield from _notes(known, sites, cut)


def _of(target: Target, calls: Iterable[CallSite], sites: _Sites) -> list[CallSite]:
    """The call sites of a definition in files that may be sent."""
    home = (target.document.path, target.name)
    return [one for one in calls if (one.home, one.symbol) == home and one.path in sites.texts]


def _places(word: str, calls: Sequence[CallSite], *, counted: bool) -> Iterator[str]:
    by_path: dict[str, list[int]] = {}
    for call in calls:
        by_path.setdefault(call.path, []).append(call.line + 1)
    for path, rows in by_path.items():
        told = f"{len(rows)} of them" if counted else ", ".join(map(str, rows))
        yield f"    {word}: {path}: {told}\n"


def _notes(known: Known, sites: _Sites, cut: int) -> Iterator[str]:
    if alike := _count(sites.alike):
        yield f"{alike} of them are not shown as code: they are written like one that is.\n"
    if cut:
        yield f"{cut} of them are not shown as code, for want of room: do not change what they may rely on.\n"
    if sites.hidden:
        yield f"{sites.hidden} more lie in files that are not shown.\n"
    if known.partial:
        yield "There may be more call sites than these.\n"
