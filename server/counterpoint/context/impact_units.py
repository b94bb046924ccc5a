"""The tests of a workspace: the smallest things a test runner can be asked to run. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from counterpoint.context.facts import CALLABLES, TYPES, Definition, Facts
from counterpoint.context.kin import is_test
from counterpoint.context.symbols import Symbols

_PYTHON_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?)\.py$")
_SCRIPT_FILE = re.compile(r"[.-](?:test|spec)\.[cm]?[jt]sx?$|(?:^|/)__tests__/.*\.[cm]?[jt]sx?$")
_GO_TEST = re.compile(r"(?:Test|Fuzz|Example)(?![a-z])\w*")
_EACH = frozenset({"setUp", "setUpClass", "setup_method", "setup_class", "asyncSetUp", "tearDown"})
"""What a runner calls before or after each test of a class."""
MODULE = -1
"""Stands for the lines of a file that are in no definition."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A test. `numbers` are those of the definitions that run with it, `MODULE` among them."""

    path: str
    name: str
    line: int
    numbers: tuple[int, ...]


def units_of(symbols: Symbols) -> Mapping[str, tuple[Unit, ...]]:
    """The tests of each file that has any."""
    mark = symbols.changes
    held: Mapping[str, tuple[Unit, ...]] | None = symbols.notes.get("tests", "", mark)
    if held is None:
        held = {path: found for path in symbols.paths() if (found := tuple(_units(path, symbols)))}
        symbols.notes.put("tests", "", mark, held)
    return held


def _units(path: str, symbols: Symbols) -> Iterator[Unit]:
    if path.endswith((".py", ".go")):
        if path.endswith("_test.go") or _PYTHON_FILE.search(path):
            facts = symbols.facts(path)
            if facts is not None:
                yield from _functions(facts)
    elif _SCRIPT_FILE.search(path) or (is_test(path) and path.endswith((".java", ".rs", ".kt", ".rb"))):
        facts = symbols.facts(path)
        count = len(facts.definitions) if facts is not None else 0
        yield Unit(path, "", 0, (MODULE, *range(count)))


def _functions(facts: Facts) -> Iterator[Unit]:
    go = facts.language == "go"
    classes = {one.name: one for one in facts.definitions if one.kind in TYPES}
    for number, one in enumerate(facts.definitions):
        if one.kind not in CALLABLES or not _is_one(one, classes, go) or _nested(one, facts):
            continue
        around = [
            other
            for other, each in enumerate(facts.definitions)
            if one.owner and each.owner == one.owner and each.name in _EACH
        ]
        name = f"{one.owner}.{one.name}" if one.owner else one.name
        yield Unit(facts.path, name, one.name_line, (number, *around, MODULE))


def _is_one(one: Definition, classes: Mapping[str, Definition], go: bool) -> bool:
    if go:
        return not one.owner and _GO_TEST.fullmatch(one.name) is not None
    if not one.name.startswith("test"):
        return False
    if not one.owner:
        return True
    owner = classes.get(one.owner)
    return one.owner.startswith("Test") or (owner is not None and any("Test" in base for base in owner.bases))


def _nested(one: Definition, facts: Facts) -> bool:
    """True for a function within another, which no runner finds."""
    return any(
        other.kind in CALLABLES and other.first_line < one.first_line and one.last_line <= other.last_line
        for other in facts.definitions
    )
