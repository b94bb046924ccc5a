"""Which commits make a task: changes that come with their tests and say what is to be done. Pure.

    reason = by_names(commit) or by_texts(change)          "" for a commit that makes one

`asks` False is for a task that is not asked in the message's words, and not judged by the tests.

What is asked must be possible from the message and the code before alone. What the tests hold fixed and
nobody could guess, such as a new function's name, is told; where there is much of it the commit is left out.

`shown` True is for a task that is asked together with the lines that the commit put into its tests. These say
what is wanted, so that a short message will do, and names, texts and values are no riddle: what matters is
that they speak of what was changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterpoint.comparing.commits import Change, Commit, Touched
from counterpoint.comparing.leaning import (
    drops_unsaid,
    is_guard_alone,
    is_of_some_systems,
    is_of_types,
    needs_network,
    reads_files,
)
from counterpoint.comparing.messages import stated, telling, tells_when, why_not
from counterpoint.comparing.relied import fixed_by_tests, put_in_tests, written
from counterpoint.comparing.showing import is_blind, pieces_of_tests
from counterpoint.comparing.sides import Sides, assertions, bare, code_lines, decided, names_in
from counterpoint.context.kin import is_aside, is_test, kinship
from counterpoint.context.languages import GRAMMARS
from counterpoint.text import language_of

MOST_FILES = 12
MOST_SOURCES = 2
MOST_TESTS = 6
MOST_LINES = 60
"""Lines of code that a task may add and take out."""
_IN_ONE, _IN_SEVERAL = 40, 12
"""The same for what is asked in words: of one file, and of several, which one message seldom tells apart."""
LONGEST = 60_000
"""Characters of a file that is asked about."""
_LINES_A_WORD = 1
"""Lines that a word of the message may stand for: five words do not tell what ten lines do."""
_BARE = 6
"""Lines that a subject alone may stand for: it seldom tells what belongs to more than a condition."""
_PLACES = 2
"""Places that a subject alone may stand for."""
_ASSERTED = 4
_MOST_OF_TESTS = 100
"""Lines that are put into tests: more of them hold more fixed than a message tells."""
_LINES_AN_ASSERTION = 8
"""Lines that a new line of the tests which says what is expected may stand for, where it is shown."""
_MANIFESTS = frozenset(
    {"package.json", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "cargo.toml", "go.mod"}
    | {"pom.xml", "build.gradle", "build.gradle.kts", "gemfile", "composer.json", "deno.json", "jsr.json"}
)
_OF_MODULES = re.compile(r"\b[a-z]\w*\.(?=[A-Z]\w*\b)")
_SNAPSHOT = re.compile(r"(?:^|/)(?:__snapshots__|snapshots|testdata|test-?data|fixtures)/|\.(?:snap|golden)$")
_EXPECTS = re.compile(r"\b(?:assert|expect)\w*", re.IGNORECASE)
_WHOLE = re.compile(
    r"(?:^|[/_.-])(?:e2e|cypress|playwright|smoke|functional|integration|visual\w*|acceptance|n?browser|selenium|webdriver)(?:[/_.-])"
)
"""Tests of a whole running product: what they look for is laid out far from the code."""


def by_names(commit: Commit, *, asks: bool = True, shown: bool = False) -> str:
    """Why a commit makes no task, as far as its message and the names of its files tell; "" if it may."""
    if not commit.parents:
        return "the first commit"
    if len(commit.parents) != 1:
        return "a merge or a copy of another commit"
    return (
        why_not(commit.message, asks=asks, shown=shown)
        or _by_files(commit)
        or (_by_tests_there(commit) if asks else "")
    )


def _by_tests_there(commit: Commit) -> str:
    """Why the tests of a commit cannot be met from its message, as the names of their files tell."""
    if any(is_tests(one) and _WHOLE.search(one.path.lower()) for one in commit.files):
        return "tests of a whole running product"
    if any(belongs_to_tests(one.path) and not is_code(one.path) for one in commit.files):
        return "tests that compare with what was written down"
    return ""


def _by_files(commit: Commit) -> str:
    if len(commit.files) > MOST_FILES:
        return "too many files"
    sources, tests = (tuple(filter(kind, commit.files)) for kind in (is_source, is_tests))
    if not sources or not tests:
        return "no change of code together with its tests"
    if len(sources) > MOST_SOURCES or len(tests) > MOST_TESTS:
        return "too many files"
    if any(not one.plain or one.status not in "AM" for one in (*sources, *tests)):
        return "files that go, move or are links"
    if all(one.status == "A" for one in sources):
        return "only new files"
    if any(one.path.rpartition("/")[2].lower() in _MANIFESTS for one in commit.files):
        return "a change of dependencies"
    return ""


def is_code(path: str) -> bool:
    """Whether a file is of a language whose syntax is known."""
    row = GRAMMARS.get(language_of(path))
    return row is not None and row.indexed


def is_source(one: Touched) -> bool:
    """Whether a file is code that is neither a test nor beside the point."""
    return is_code(one.path) and not is_aside(one.path) and not one.path.endswith(".d.ts")


def is_tests(one: Touched) -> bool:
    """Whether a file is code that tests."""
    return is_code(one.path) and is_test(one.path)


def belongs_to_tests(path: str) -> bool:
    """Whether a file is a test or what tests read."""
    return is_test(path) or bool(_SNAPSHOT.search(path))


def by_texts(change: Change, *, asks: bool = True, shown: bool = False) -> str:
    """Why a commit that passed `by_names` makes no task all the same, as its texts tell; "" if it does."""
    existing = [delta for delta in change.sources if delta.before is not None]
    if not existing:
        return "only new files"
    if any(len(delta.before or "") > LONGEST or len(delta.after) > LONGEST for delta in change.sources):
        return "a file that is too long"
    sides = tuple(Sides(delta) for delta in change.sources)
    if not any(side.changed for side in sides):
        return "form, comments or documentation"
    lines = sum(len(code_lines(delta.added)) + len(code_lines(delta.removed)) for delta in change.sources)
    words = telling(stated(change.commit.message, written(change)))
    if lines > MOST_LINES:
        return "too many lines"
    if is_of_types(change):
        return "types, which no test that is run looks at"
    if is_of_some_systems(change):
        return "what only some systems or versions show"
    if not asks:
        return ""
    if shown:
        return _by_subject(sides, words, 1) or _by_tests_shown(change, sides, lines)
    return (
        _by_size(change, lines, words)
        or _by_subject(sides, words, 2)
        or _by_guard(change)
        or _by_tests(change, sides)
    )


def _by_size(change: Change, lines: int, words: frozenset[str]) -> str:
    """Whether the message can stand for that much."""
    if lines > (_IN_ONE if len(change.sources) == 1 else _IN_SEVERAL):
        return "too many lines"
    short = "\n" not in stated(change.commit.message, written(change))
    most = _LINES_A_WORD * len(words)
    if lines > (min(_BARE, most) if short else most):
        return "more lines than its message tells of"
    places = sum(
        bool(code_lines((*hunk.removed, *hunk.added))) for one in change.sources for hunk in one.hunks
    )
    return "more places than its message tells of" if short and places > _PLACES else ""


def _by_subject(sides: Sequence[Sides], words: frozenset[str], least: int) -> str:
    """Whether the message speaks of what was changed, with so many words at least."""
    about: set[str] = set()
    for side in sides:
        about |= telling(" ".join((side.delta.path, *side.touched, *side.delta.added, *side.delta.removed)))
    return "a message that does not speak of the code" if len(words & about) < least else ""


def _by_guard(change: Change) -> str:
    guards = is_guard_alone(change) and not tells_when(change.commit.message)
    return "a message that names nothing to be done" if guards else ""


def _by_tests_shown(change: Change, sides: Sequence[Sides], lines: int) -> str:
    """Whether tests that are shown tell right from wrong, and what is wanted of that many lines."""
    asserted = assertions(_new_in_tests(change))
    if not asserted:
        return "tests that assert nothing new"
    if is_blind(change, sides):
        return "tests that name nothing of what was changed"
    if lines > _LINES_AN_ASSERTION * asserted:
        return "more lines than its tests tell of"
    if not pieces_of_tests(change):
        return "tests that are too long to be shown"
    return _by_what_is_there(change)


def _new_in_tests(change: Change) -> list[str]:
    """The lines of code that were put into tests and had been in none of them."""
    moved = {_alone(line) for delta in change.tests for line in delta.removed}
    return [line for line in put_in_tests(change) if _alone(line) not in moved]


def _alone(line: str) -> str:
    """A line as it is wherever its names are taken from: `shop.Prices()` may be imported as `Prices`."""
    return _OF_MODULES.sub("", bare(line))


def _by_tests(change: Change, sides: Sequence[Sides]) -> str:
    added = _new_in_tests(change)
    asserted = assertions(added)
    if not asserted:
        return "tests that assert nothing new"
    words = telling(stated(change.commit.message))
    if asserted > _ASSERTED + len(words) or len(added) > _MOST_OF_TESTS:
        return "tests of more than its message tells of"
    touched = {name for side in sides for name in side.touched}
    used = names_in(added)
    near = max(
        (
            value
            for delta in change.sources
            for value in kinship(delta.path, [t.path for t in change.tests]).values()
        ),
        default=0.0,
    )
    common = len(telling(_EXPECTS.sub(" ", " ".join(added))) & words)
    if not (touched & used or (near >= 0.8 and common) or common >= 2):
        return "tests of something else"
    return _by_what_they_need(change, sides, added)


def _by_what_they_need(change: Change, sides: Sequence[Sides], added: Sequence[str]) -> str:
    """Whether all is there, or can be told, that the tests hold fixed."""
    if why := _by_what_is_there(change):
        return why
    made = [line for delta in change.sources for line in code_lines(delta.added)]
    known = [delta.before or "" for delta in (*change.sources, *change.tests)]
    if drops_unsaid(change.sources, added, change.commit.message):
        return "tests that fix what nobody could guess"
    if decided(added, made, known, change.commit.message) or fixed_by_tests(change, sides) is None:
        return "tests that fix what nobody could guess"
    return ""


def _by_what_is_there(change: Change) -> str:
    """Whether the tests need what is neither code nor here."""
    if reads_files(change, put_in_tests(change)):
        return "tests that compare with what was written down"
    return "tests that ask other hosts" if needs_network(change) else ""
