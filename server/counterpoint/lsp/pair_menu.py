"""Which tasks of pair programming the menu lists at a place, and how many. Pure but for the session's values.

What fits is told from the lines round the place: no file is read, no tree asked, no model either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from counterpoint.pairing.comments import Addressed
from counterpoint.pairing.own import Own
from counterpoint.pairing.stubs import PROSE
from counterpoint.tasks import COMMIT, EDIT, IMPLEMENT, REFACTOR, REWRITE, TASKS, AnyTask, Fits
from counterpoint.text import Document

LISTED = 6
_OWN = 2
"""Tasks of the repository that stand before the shipped ones; the others come behind them."""
_AT_LINES = ("simplify", "explain", "refactor", "tests", "document")
_AT_SYMBOL = ("document", "tests", "explain", "refactor", "simplify")

Note = Callable[[AnyTask], str]
"""Model, price and time of a task at a place; "" where no model can be asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked about, and what is known of it. `inputs` says that the editor can ask for a text, `said`
    what the comments at the place say, `comments` those of the document that are addressed to us."""

    document: Document
    fits: frozenset[Fits]
    inputs: bool = False
    said: bool = False
    here: Sequence[Addressed] = ()
    comments: Sequence[Addressed] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An entry: what it is called, the command, and what its argument has besides the place."""

    title: str
    command: str
    task: AnyTask
    argument: Mapping[str, Any] = field(default_factory=dict)


def rows(place: Place, own: Mapping[str, Own]) -> Iterator[Row]:
    """All that fits the place, the likeliest first."""
    if place.fits == {"staged"}:
        yield _row(COMMIT)
        return
    yield from _by_comment(place)
    if "stub" in place.fits:
        yield _row(IMPLEMENT)
    if place.inputs or place.said:
        yield _row(EDIT)
    mine = [one for one in own.values() if one.task.fits in place.fits]
    yield from (_row(one.task) for one in mine[:_OWN])
    for name in _AT_LINES if "selection" in place.fits else _AT_SYMBOL:
        task = TASKS[name]
        if task.fits in place.fits and _has_instruction(task, place):
            yield _row(task)
    yield from (_row(one.task) for one in mine[_OWN:])


def all_rows(place: Place, own: Mapping[str, Own]) -> tuple[Row, ...]:
    """Every task there is: those that fit the place first."""
    if place.fits == {"staged"}:
        return tuple(rows(place, own))
    found = [*rows(place, own)]
    names = {row.task.name for row in found if "comments" not in row.argument}
    shipped = [task for task in TASKS.values() if task.menu == REWRITE]
    others: Iterable[AnyTask] = (*shipped, *(one.task for one in own.values()))
    for task in others:
        if task.name not in names and (task is not COMMIT or "staged" in place.fits):
            found.append(_row(task))
    return tuple(found)


def _by_comment(place: Place) -> Iterator[Row]:
    """What comments addressed to us ask for: the one here, and all of the file."""
    if not place.here:
        return
    said = place.here[0].text
    title = f"Do what the ai: comment says: {said if len(said) <= 50 else said[:50] + '...'}"
    if not said:
        return
    yield Row(title, "counterpoint.edit", EDIT, {"comments": "here"})
    if len(place.comments) > 1:
        title = f"Do what all {len(place.comments)} ai: comments of this file say"
        yield Row(title, "counterpoint.edit", EDIT, {"comments": "all"})


def _has_instruction(task: AnyTask, place: Place) -> bool:
    """Whether the task can be told what to do. What is prose has nothing to refactor."""
    if task is not REFACTOR:
        return True
    return (place.inputs or place.said) and place.document.language not in PROSE


def _row(task: AnyTask) -> Row:
    own = {EDIT.name: "counterpoint.edit", REFACTOR.name: "counterpoint.refactor"}
    command = own.get(task.name, "counterpoint.task")
    return Row(task.title, command, task, {} if task.name in own else {"task": task.name})
