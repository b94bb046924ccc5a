"""Which tests a change of some lines may break, likeliest first: by names and imports, by files that bear
one name, and by what changed together in git. Pure.

Nothing is run. A test is reached by following who mentions the changed definition, and who mentions those;
each step on the way counts for less, most where a name means many things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.context.impact_reach import Reach, Reached
from counterpoint.context.impact_units import Unit, units_of
from counterpoint.context.kin import is_test, kinship
from counterpoint.context.ranking import inverse_frequency, subwords
from counterpoint.context.symbols import Symbols

Touched = Mapping[str, Sequence[tuple[int, int]]]
"""By path the changed lines of the text as the index has it, 0-based and inclusive; none: all of the file."""

_KIN, _PAST, _NAMED = 0.3, 0.2, 0.25
"""How sure a file of the same subject makes of its tests, one that always changes along, and a test whose
name has all words of the changed definition's."""
_LEAST = 0.004
_ALIKE = 0.5
"""What a test loses that says nothing of what the changed code speaks of."""


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


def impact_of(
    touched: Touched,
    symbols: Symbols,
    past: Mapping[str, float] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Impact:
    """The tests a change may break. `past` has weights of files that changed together with the touched; once
    `stop` says so no further definition is followed."""
    units = units_of(symbols)
    reach = Reach(symbols, [(test.path, test.numbers[0]) for tests in units.values() for test in tests])
    reached = reach.from_lines(touched, stop)
    near = _near(touched, symbols, past or {})
    by_names = [
        (test, told)
        for path, tests in units.items()
        for test in tests
        if (told := _by_names(test, reached, near.get(path, 0.0), reach.names)) is not None
    ]
    alike = _alike([test for test, _ in by_names], reach)
    found = [
        Impacted(test.path, test.name, test.line, round(weight * (1.0 - _ALIKE * (1.0 - same)), 4), why)
        for (test, (weight, why)), same in zip(by_names, alike, strict=True)
    ]
    found.sort(key=lambda one: (-one.weight, one.path, one.line))
    totals: Counter[str] = Counter()
    for path, tests in units.items():
        totals[path.rpartition(".")[2]] += len(tests)
    return Impact(tuple(found), totals)


def _near(touched: Touched, symbols: Symbols, past: Mapping[str, float]) -> Mapping[str, float]:
    """How near each file stands to the changed ones, by its name and by what changed together."""
    tests = [path for path in symbols.paths() if is_test(path)]
    kin: dict[str, float] = {}
    for path in touched:
        for other, value in kinship(path, tests).items():
            kin[other] = max(kin.get(other, 0.0), value)
    whole = {path for path, lines in touched.items() if not lines}
    return {
        path: 1.0
        if path in whole
        else 1.0 - (1.0 - _KIN * kin.get(path, 0.0)) * (1.0 - _PAST * min(1.0, past.get(path, 0.0)))
        for path in tests
    }


def _by_names(
    test: Unit, reached: Mapping[tuple[str, int], Reached], near: float, names: Sequence[str]
) -> tuple[float, str] | None:
    """The weight of a test by what it mentions and is called, and why; None for next to nothing."""
    by = [found for number in test.numbers if (found := reached.get((test.path, number)))]
    words = frozenset(subwords(test.name.rpartition(".")[2]))
    named = _NAMED if any(words.issuperset(subwords(name)) for name in names) else 0.0
    misses = (1.0 - near) * (1.0 - named)
    for one in by:
        misses *= 1.0 - one.weight
    if 1.0 - misses < _LEAST:
        return None
    best = max(by, key=lambda one: one.weight, default=None)
    why = best.why if best is not None else "is named like it" if named else "belongs to the changed file"
    return 1.0 - misses, why


def _alike(tests: Sequence[Unit], reach: Reach) -> Sequence[float]:
    """How much each test speaks of what the changed code speaks of, 0..1: 1 for the one that does so most.

    It parts tests that all come by the same way, through what every test uses.
    """
    spoken = [reach.spoken(test.path, test.numbers[0]) for test in tests]
    asked = reach.said
    counted = Counter(word for words in spoken for word in words & asked)
    worth = {word: inverse_frequency(count, len(tests)) for word, count in counted.items()}
    sums = [sum(worth[word] for word in words & asked) for words in spoken]
    most = max(sums, default=0.0)
    return [one / most if most else 1.0 for one in sums]
