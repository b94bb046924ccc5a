"""Another version of a change set in the place of one that was applied, as one change of each file. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from counterpoint.answers import FileChange
from counterpoint.composing import composed
from counterpoint.text import Edit, Span


def in_place_of(back: Iterable[FileChange], theirs: Iterable[FileChange]) -> tuple[FileChange, ...]:
    """What takes a change set back (`back`) and what is done instead (`theirs`, on the texts that leads to),
    together."""
    later = {one.path: one for one in theirs}
    found: list[FileChange] = []
    for one in back:
        again = later.pop(one.moved_to or one.path, None)
        if again is None:
            found.append(one)
        elif one.deleted:  # it was made by the one and is made by the other
            whole = Span(0, len(one.before or ""))
            new = again.edits[0].new if again.edits else ""
            told = {name: getattr(again, name) for name in ("reasons", "extras", "doubts", "doubt")}
            found.append(replace(one, edits=(Edit(whole, new),), deleted=False, **told))
        elif one.before is None and again.deleted:
            continue  # it was deleted by both
        else:
            found.append(composed(one, again))
    return (*found, *later.values())
