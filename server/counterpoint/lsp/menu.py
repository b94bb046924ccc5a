"""Which reviews fit a place: at most three for the menu, the others for "More reviews...". Pure.

Everything it needs is at hand already: no file is read here, no git is asked, no model either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from counterpoint.lsp.trees import NOTHING, Tree
from counterpoint.passes import Known, fitting
from counterpoint.reviewing.machine import Offered
from counterpoint.text import Document, Span

LISTED = 3
QUICK, DEEP = "low", "xhigh"
_LINE = 40
"""Characters of a line, where only the number of changed lines is known."""

Note = Callable[[int, int, str], str]
"""Model, price and time of a review: of so many characters, in so many requests, with an effort."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked about. `argument` is what `counterpoint.review` takes to find it again: uri and range."""

    document: Document
    span: Span
    selected: bool
    argument: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AtHand:
    """What is at hand about the workspace. `usual` are the passes a plain review runs, `machine` what models
    wrote here, None for nothing."""

    passes: Known
    usual: Sequence[str]
    tree: Tree = NOTHING
    machine: Offered | None = None
    machine_note: Note | None = None
    """Model, price and time of a review of that: who wrote it does not read it."""
    symbol: str = ""
    """Qualified name of what the place lies in, where somebody has looked it up."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A review that can be asked for. `name` ends the kind of its code action."""

    name: str
    title: str
    argument: Mapping[str, Any] = field(default_factory=dict)


def entries(place: Place, known: AtHand, note: Note) -> Iterator[Entry]:
    """All reviews of the menu, the likeliest first: what is selected, what models wrote, what has changed,
    the file, and the file by single passes, those that fit it before the others."""
    usual = tuple(known.usual)
    if place.selected:
        yield _selection(place, usual, note)
    if known.machine is not None:
        yield _machine(place, known.machine, usual, known.machine_note or note)
    if known.tree.lines(place.document.path):
        yield _changes(place, known.tree, usual, note)
    yield _file(place, "file", usual, note)
    fit = fitting(known.passes, place.document, place.span)
    for one in sorted(fit, key=lambda row: row.name in usual):  # those are part of what was named already
        if (one.name,) != usual:
            yield _file(place, one.name, (one.name,), note)


def more(place: Place, known: AtHand, note: Note) -> tuple[Entry, ...]:
    """Every review there is: quick and deep ones of the file, the symbol, each pass, and the wide scopes."""
    usual = tuple(known.usual)
    found = [*_closest(place, known, usual, note)]
    found += [
        _file(place, f"{word}", usual, note, effort=effort, word=f"{word} ")
        for word, effort in (("quick", QUICK), ("deep", DEEP))
    ]
    for one in fitting(known.passes, place.document, place.span):
        if (one.name,) != usual:
            entry = _file(place, one.name, (one.name,), note)
            told = entry.title.replace(f": {one.name}", f": {one.name}, {_lowered(one.title)}", 1)
            found.append(Entry(entry.name, told, entry.argument))
    return (*found, *_wide(place, known, usual, note))


def _closest(place: Place, known: AtHand, usual: tuple[str, ...], note: Note) -> Iterator[Entry]:
    if place.selected:
        yield _selection(place, usual, note)
    elif known.symbol:
        title = _told(f"Review {known.symbol}: {', '.join(usual)}", note(2_000, 1, ""))
        yield Entry("symbol", title, {**place.argument, "scope": "symbol", "passes": [*usual]})
    yield _file(place, "file", usual, note)


def _wide(place: Place, known: AtHand, usual: tuple[str, ...], note: Note) -> Iterator[Entry]:
    """What goes beyond the file. What is large is counted, and its price asked, once it is chosen."""
    asked = {"uri": place.argument["uri"], "passes": [*usual]}
    tree = known.tree
    if known.machine is not None:
        yield _machine(place, known.machine, usual, known.machine_note or note)
    if tree.changed:
        yield _changes(place, tree, usual, note)
    if tree.staged:
        told = _told("Review what is staged", _price_of(tree.staged, note))
        yield Entry("staged", told, {**asked, "scope": "staged"})
    if tree.base:
        title = f"Review this branch since {tree.base}... (the price is asked first)"
        yield Entry("branch", title, {**asked, "scope": "branch", "ref": tree.base, "confirm": True})
    if tree.git:
        title = "Review the last commit... (the price is asked first)"
        yield Entry("commit", title, {**asked, "scope": "commit", "ref": "HEAD", "confirm": True})
    title = "Review the workspace... (the price is asked first)"
    yield Entry("workspace", title, {**asked, "scope": "workspace", "confirm": True})


def _selection(place: Place, usual: tuple[str, ...], note: Note) -> Entry:
    size = place.span.end - place.span.start
    title = _told(f"Review selection: {', '.join(usual)}", note(size, 1, ""))
    return Entry("selection", title, {**place.argument, "scope": "symbol", "passes": [*usual]})


def _machine(place: Place, offered: Offered, usual: tuple[str, ...], note: Note) -> Entry:
    title = offered.title(note(offered.characters, max(1, len(offered.paths)), ""))
    argument = {"uri": place.argument["uri"], "scope": "machine", "passes": [*usual]}
    return Entry("machine", title, argument)


def _changes(place: Place, tree: Tree, usual: tuple[str, ...], note: Note) -> Entry:
    count = len(tree.changed)
    files = "this file" if count == 1 else f"{count} files"
    title = _told(f"Review the changes in {files}: {', '.join(usual)}", _price_of(tree.changed, note))
    argument = {"uri": place.argument["uri"], "scope": "changes", "passes": [*usual]}
    return Entry("changes", title, argument)


def _price_of(lines: Mapping[str, int], note: Note) -> str:
    return note(sum(lines.values()) * _LINE, max(1, len(lines)), "")


def _file(
    place: Place, name: str, passes: tuple[str, ...], note: Note, *, effort: str = "", word: str = ""
) -> Entry:
    title = _told(f"Review file: {word}{', '.join(passes)}", note(place.document.starts[-1], 1, effort))
    argument = {"uri": place.argument["uri"], "scope": "file", "passes": [*passes]}
    return Entry(name, title, {**argument, "effort": effort} if effort else argument)


def _told(title: str, note: str) -> str:
    return f"{title} ({note})" if note else title


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]
