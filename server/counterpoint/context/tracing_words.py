"""What an output names besides places: tests that failed, and the names and texts in its errors. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from counterpoint.context.ranking import STOP
from counterpoint.context.traces import Raised

_LONGEST = 400
_MOST = 40
_TESTS = (
    # pytest's summary
    (re.compile(r"^(?:FAILED|ERROR) (?P<path>[^\s:]+)::(?P<name>[^\s\[]+)"), "::"),
    # unittest: FAIL: test_a (tests.test_b.C.test_a)
    (re.compile(r"^(?:FAIL|ERROR): (?P<name>\w+) \((?P<path>[\w.]+)\)"), "."),
    # vitest and jest: FAIL test/a.test.ts > suite > name
    (re.compile(r"^\s*FAIL\s+(?P<path>[^\s>]+\.\w+)(?: > (?P<name>.+))?$"), " > "),
    (re.compile(r"^\s*● (?P<path>)(?P<name>.+ › .+)$"), " › "),
    (re.compile(r"^\s*--- FAIL: (?P<path>)(?P<name>\w+)"), "/"),
    (re.compile(r"^test (?P<path>)(?P<name>[\w:]+) \.\.\. FAILED"), "::"),
)
_QUOTED = re.compile(r"['\"`‘“]([^'\"`’”\n]{2,80})['\"`’”]")
_CODE = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::)[A-Za-z_$][\w$]*)*")
_CALLED = re.compile(r"([A-Za-z_$][\w$]*(?:(?:\.|::)[A-Za-z_$][\w$]*)*)\(")
_HUMP = re.compile(r"[a-z0-9][A-Z]|[A-Z][a-z]+[A-Z]|_")


@dataclass(frozen=True, slots=True)
class Named:
    """A test that an output says has failed. `path` is as written, a file or a dotted module, "" if unknown;
    `name` the innermost of its names."""

    path: str
    name: str


def tests_in(text: str) -> tuple[Named, ...]:
    """The tests that a runner lists as failed, each once."""
    found: dict[Named, None] = {}
    for line in text.split("\n"):
        line = line[:_LONGEST].rstrip("\r")
        for pattern, between in _TESTS:
            if (one := pattern.match(line)) is not None:
                names = (one["name"] or "").split(between)
                found[Named(one["path"], names[-1].strip())] = None
                break
        if len(found) == _MOST:
            break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Said:
    """`names` may be symbols; `texts` are quoted and may stand in code as strings."""

    names: tuple[str, ...]
    texts: tuple[str, ...]


def said_in(errors: Iterable[Raised]) -> Said:
    """What the errors' messages name, in their order."""
    names: dict[str, None] = {}
    texts: dict[str, None] = {}
    for one in errors:
        message = one.message[:_LONGEST]
        for quoted in _QUOTED.findall(message):
            if _CODE.fullmatch(quoted.removesuffix("()")):
                names |= _parts(quoted.removesuffix("()"))
            texts[quoted] = None
        for called in _CALLED.findall(message):
            names |= _parts(called)
        names |= {word: None for word in re.findall(r"[A-Za-z_]\w{2,}", message) if _HUMP.search(word)}
        names |= _parts(re.split(r"\.|::", one.error)[-1])
    return Said(tuple(name for name in names if name not in STOP), tuple(texts))


def _parts(dotted: str) -> dict[str, None]:
    """The parts of a dotted name, the last first: that is what the others only qualify."""
    return dict.fromkeys(reversed(re.split(r"\.|::", dotted)))
