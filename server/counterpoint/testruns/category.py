"""Why a test failed, by what its runner printed: can a change of code put it right or not. Pure.

Each failure is told from the surest sign to the weakest. What a machine lacks and what fails now and then is
never called logic: a repair of these would bend sound code to a broken place. Where nothing speaks for any
kind it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from counterpoint.testruns.signs import Signs
from counterpoint.testruns.values import Category, Failure, Run

Read = Callable[[str], str | None]


def _nothing(path: str) -> str | None:
    return None


def categorised(
    run: Run,
    *,
    paths: Collection[str] = (),
    changed: Sequence[str] = (),
    before: Run | None = None,
    again: Run | None = None,
    read: Read = _nothing,
) -> Run:
    """The run with a category for each failure.

    `before` is a run of the unchanged tree, `again` a second run of the changed one. `changed` names files
    that were changed, moved or deleted and symbols that were renamed; `paths` are the files there are now,
    `read` gives their text.
    """
    signs = Signs(frozenset(paths), tuple(changed), read)
    failures = tuple(replace(one, category=_category(one, signs, before, again)) for one in run.failures)
    return replace(run, failures=failures)


def _category(one: Failure, signs: Signs, before: Run | None, again: Run | None) -> Category:
    if before is not None and _failed(one.test, before):
        return "failed before"
    twice = again is not None and _failed(one.test, again)
    if again is not None and again.total and not twice:
        return "flaky"
    if signs.lacks_module(one) or signs.lacks_something(one):
        return "environment"
    if signs.by_lot(one) and not (twice and before is not None):
        return "flaky"
    if signs.by_chance(one) and not twice:
        return "flaky"
    if signs.not_found_by_name(one):
        return "import path"
    if signs.lacks_fixture(one):
        return "fixture"
    return "logic" if one.error or one.message.strip() else "unknown"


def _failed(test: str, run: Run) -> bool:
    """True if a test failed in a run, or could not be run because its file or package did."""
    return any(test == one.test or _within(test, one.test) for one in run.failures)


def _within(test: str, whole: str) -> bool:
    return any(test.startswith(whole + mark) for mark in ("::", " > ", ".Test", "/", "["))
