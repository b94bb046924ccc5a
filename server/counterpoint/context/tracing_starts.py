"""Where the search for what is to blame begins: frames, failed tests, names and texts of errors. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from counterpoint.context.facts import CALLABLES, TYPES, Definition
from counterpoint.context.kin import is_test
from counterpoint.context.symbols import Symbols
from counterpoint.context.traces import Raised
from counterpoint.context.traces_places import Places
from counterpoint.context.tracing_frames import Spot, spots_of, window
from counterpoint.context.tracing_reach import Reach
from counterpoint.context.tracing_words import Named, said_in, tests_in

_ERRORS, _FRAMES = 12, 14
_FOLLOWED = 5
_SHARES = (1.0, 0.85, 0.72, 0.62, 0.55)
_HEADER = 25
_LITERALS = 8
_SETUP = frozenset(
    {
        "setUp", "asyncSetUp", "setUpClass", "setup_method", "setup_class", "setup", "tearDown",
        "asyncTearDown", "beforeEach", "before", "init",
    }
)  # fmt: skip


def begin(reach: Reach, errors: Sequence[Raised], text: str) -> None:
    """Fill `reach` with all that the errors and the text lead to."""
    symbols = reach.symbols
    found = spots_of(errors, symbols)
    tests = list(_tests(tests_in(text), symbols))
    firsts = [spots[0].path for spots in found if spots]
    paths = [spot.path for spots in found for spot in spots]
    reach.around((*firsts, *paths, *(spot.path for spot in tests)))
    _frames(reach, _in_order(errors, found))
    for spot in tests[:_ERRORS]:
        _shown(reach, spot, 78.0, "a test that failed")
        _followed(reach, spot, 55.0)
    _said(reach, errors)
    for path in dict.fromkeys(paths):
        _header(reach, path)


def _in_order(errors: Sequence[Raised], found: Sequence[list[Spot]]) -> list[list[Spot]]:
    """The places of each error once: what it ended with and what caused that weigh the same. Of errors that
    are told twice, as a page and again below it, one stays."""
    kept: dict[tuple[Spot, ...], None] = {}
    for _, spots in zip(errors, found, strict=True):
        if spots:
            kept[tuple(spots)] = None
    return [list(spots) for spots in kept][:_ERRORS]


def _frames(reach: Reach, found: Sequence[list[Spot]]) -> None:
    for number, spots in enumerate(found):
        less = min(number, 8) * 1.5
        for depth, spot in enumerate(spots[:_FRAMES]):
            _shown(reach, spot, 100.0 - less - 3.0 * depth, "in the trace")
            if spot.definition is not None and depth < 2:
                reach.callers(spot.definition, 44.0 - less)
                _owner(reach, spot, 66.0 - less - 3.0 * depth)
        for share, spot in zip(_SHARES, spots[:_FOLLOWED], strict=False):
            _followed(reach, spot, (100.0 - less) * share)


def _shown(reach: Reach, spot: Spot, weight: float, why: str) -> None:
    if spot.definition is not None:
        reach.function(spot.path, spot.definition, weight, why, spot.line)
        if is_test(spot.path):
            _setting_up(reach, spot.path, spot.definition, weight)
    else:
        reach.show(spot.path, spot.first, spot.last, weight, why, spot.line)


def _followed(reach: Reach, spot: Spot, weight: float) -> None:
    reach.follow(spot.path, spot.definition, spot.first, spot.last, spot.line, weight, 1)


def _setting_up(reach: Reach, path: str, test: Definition, weight: float) -> None:
    """Fixtures that a test asks for by name, and what runs before each test of its class."""
    lines = reach.symbols.lines(path) or ()
    head = " ".join(lines[test.first_line : test.signature_line + 1])
    inside = head.partition("(")[2]
    names = [name for name in re.findall(r"\w+", inside) if name != "self"]
    for name, places in reach.symbols.defined(names).items():
        for place in places:
            if place.definition.kind in CALLABLES and _is_fixture(place.path, path):
                reach.place(place, weight * 0.8, f"the fixture {name}", 1)
    outline = reach.symbols.outline(path)
    for one in outline.functions if outline is not None else ():
        if one.owner == test.owner and one.name in _SETUP:
            reach.function(path, one, weight * 0.8, f"runs before {test.name}")
            reach.follow(path, one, one.first_line, one.last_line, None, weight * 0.6, 2)


def _is_fixture(path: str, test: str) -> bool:
    return path == test or path.rpartition("/")[2] == "conftest.py"


def _owner(reach: Reach, spot: Spot, weight: float) -> None:
    """The type that a failing method belongs to: its head, and how it is made."""
    assert spot.definition is not None
    owner = spot.definition.owner.rpartition(".")[2]
    for place in reach.near.meant(owner, spot.path) if owner else ():
        if place.definition.kind in TYPES:
            reach.place(place, weight, f"the type of {spot.definition.name}()", 2)


def _tests(named: Sequence[Named], symbols: Symbols) -> Iterator[Spot]:
    """Where tests stand that an output only names."""
    places = Places(tuple(symbols.paths()))
    for one in named:
        path = places.of(one.path) or places.of(_module(one.path)) if one.path else ""
        own = [
            place
            for place in symbols.defined([one.name]).get(one.name, ())
            if place.definition.kind in CALLABLES
            and (place.path == path or (not path and is_test(place.path)))
        ]
        if own:
            definition = own[0].definition
            yield Spot(own[0].path, None, definition, definition.first_line, definition.last_line)
        elif path and (line := _callback(one.name, symbols.lines(path) or ())) is not None:
            yield Spot(path, line, None, *window(symbols.lines(path) or (), line))


def _module(dotted: str) -> str:
    """The file of a test's dotted name: unittest puts the class behind the module."""
    parts = dotted.split(".")
    modules = [part for part in parts if not part[:1].isupper()]
    return "/".join(modules) + ".py"


def _callback(name: str, lines: Sequence[str]) -> int | None:
    return next((number for number, line in enumerate(lines) if name and name in line), None)


def _said(reach: Reach, errors: Sequence[Raised]) -> None:
    """Symbols and strings that the errors name."""
    said = said_in(errors)
    for name in said.names[:20]:
        for place in reach.near.named(name):
            reach.place(place, 62.0, "named in the error", 2)
        reach.written(name, 58.0, f"writes {name}, which the error names")
    shown = 0
    for text in said.texts[:10]:
        for path, line in _literals(reach, text):
            outline = reach.symbols.outline(path)
            inside = (
                [one for one in outline.functions if one.first_line <= line <= one.last_line]
                if outline
                else []
            )
            if shown >= _LITERALS:
                return
            shown += 1
            if inside:
                reach.function(path, inside[-1], 56.0, f"has {text!r}, which the error names", line)
            else:
                reach.show(
                    path, max(0, line - 4), line + 4, 54.0, f"has {text!r}, which the error names", line
                )


def _literals(reach: Reach, text: str) -> Iterator[tuple[str, int]]:
    """Lines near the failure that have a text as a string."""
    quoted = re.compile(rf"([\"'`]){re.escape(text)}\1")
    words = re.findall(r"[A-Za-z_]\w+", text)
    if not words:
        return
    for path in reach.near.files_with(max(words, key=len), 10):
        for number, line in enumerate(reach.symbols.lines(path) or ()):
            if text in line and quoted.search(line[:400]):
                yield path, number


def _header(reach: Reach, path: str) -> None:
    """A file's imports and what it defines at its head."""
    outline, lines = reach.symbols.outline(path), reach.symbols.lines(path)
    if outline is None or not lines:
        return
    starts = [one.first_line for one in outline.facts.definitions if one.kind in CALLABLES | TYPES]
    last = min(min(starts, default=len(lines)) - 1, _HEADER, len(lines) - 1)
    if last >= 0:
        reach.show(path, 0, last, 48.0, "the head of a file of the trace")
