"""Which tests a change of some lines may break, likeliest first: by names and imports, by files that bear
one name, and by what changed together in git. Pure.

Nothing is run. A test is reached by following who mentions the changed definition, and who mentions those;
each step on the way counts for less, most where a name means many things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.context.impact_reach import Reach, Reached
from counterpoint.context.impact_units import Unit, units_of
from counterpoint.context.kin import is_test, kinship
from counterpoint.context.ranking import subwords
from counterpoint.context.symbols import Symbols

Touched = Mapping[str, Sequence[tuple[int, int]]]
"""By path the changed lines of the text as the index has it, 0-based and inclusive; none: all of the file."""

_KIN, _PAST, _NAMED = 0.3, 0.2, 0.25
"""How sure a file of the same subject makes of its tests, one that always changes along, and a test whose
name has all words of the changed definition's."""
_LEAST = 0.02


@dataclass(frozen=True, slots=True)
class Impacted:
    """A test. `name` is qualified with dots, "" where the whole file is the smallest thing that can be run;
    `line` is 0-based. `weight` is 0..1 and only good for comparing."""

    path: str
    name: str
    line: int
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Impact:
    """Tests that may break, likeliest first. `totals` counts all tests there are by the ending of their
    files; `why_not` says in words for a user why nothing is known, where that is so."""

    tests: tuple[Impacted, ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    why_not: str = ""


def impact_of(touched: Touched, symbols: Symbols, past: Mapping[str, float] | None = None) -> Impact:
    """The tests a change may break. `past` has weights of files that changed together with the touched."""
    units = units_of(symbols)
    reach = Reach(symbols)
    reached = reach.from_lines(touched)
    names = [frozenset(subwords(name)) for name in reach.names]
    kin: dict[str, float] = {}
    for path in touched:
        for other, value in kinship(path, [one for one in symbols.paths() if is_test(one)]).items():
            kin[other] = max(kin.get(other, 0.0), value)
    found = []
    for path, tests in units.items():
        own = 1.0 if path in touched and not touched[path] else 0.0
        near = 1.0 - (1.0 - _KIN * kin.get(path, 0.0)) * (1.0 - _PAST * min(1.0, (past or {}).get(path, 0.0)))
        for test in tests:
            one = _weighed(test, reached, max(own, near), names)
            if one.weight >= _LEAST:
                found.append(one)
    found.sort(key=lambda one: (-one.weight, one.path, one.line))
    totals: Counter[str] = Counter()
    for path, tests in units.items():
        totals[path.rpartition(".")[2]] += len(tests)
    return Impact(tuple(found), totals)


def _weighed(
    test: Unit, reached: Mapping[tuple[str, int], Reached], near: float, names: Sequence[frozenset[str]]
) -> Impacted:
    """A test with all that speaks for it."""
    by = [found for number in test.numbers if (found := reached.get((test.path, number)))]
    best = max(by, key=lambda one: one.weight, default=None)
    words = frozenset(subwords(test.name.rpartition(".")[2]))
    named = _NAMED if any(name and name <= words for name in names) else 0.0
    misses = (1.0 - near) * (1.0 - named)
    for one in by:
        misses *= 1.0 - one.weight
    why = best.why if best is not None else "is named like it" if named else "belongs to the changed file"
    return Impacted(test.path, test.name, test.line, round(1.0 - misses, 4), why)
