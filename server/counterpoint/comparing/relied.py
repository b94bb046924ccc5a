"""What tests of a change hold fixed and the code before does not show, and the words it is asked in. Pure.

    words = instruction(change)

What nobody could guess, such as a new function's name, is told; where the tests themselves are shown, they
tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from counterpoint.comparing.commits import Change, Delta
from counterpoint.comparing.leaning import as_made, replaced, unheard, written_so
from counterpoint.comparing.messages import stated
from counterpoint.comparing.sides import (
    Sides,
    code_lines,
    declared,
    keys_in,
    names_in,
    names_of_members,
    names_within_quotes,
    own,
    raised,
    said_in,
)

_NAMES, _TEXTS = 4, 3
"""New names and texts of the tests that are told."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the tests of a change rely on and the code before does not show: new names, as their definitions
    begin where they have one, texts, and new files."""

    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def fixed_by_tests(change: Change, sides: Sequence[Sides] = ()) -> Fixed | None:
    """What has to be told for the tests to be fair; None where that is too much."""
    sides = sides or tuple(Sides(delta) for delta in change.sources)
    told = change.commit.message
    added = put_in_tests(change)
    made = [line for delta in change.sources for line in code_lines(delta.added)]
    before = [delta.before or "" for delta in (*change.sources, *change.tests)]
    known = names_in(before)
    used = (names_in(added) | names_within_quotes(added)) & names_in(made)
    heads = {name: head for name in used - known if (head := _head(name, sides))}
    in_tests = names_in(added)
    for side in sides:
        heads |= {
            name: head
            for name, (head, new) in side.recast.items()
            if new and (name in in_tests or new & in_tests)
        }
    spoken = names_within_quotes(made) | names_of_members(made)
    left = (name for name in sorted(used - known - set(heads)) if name in spoken or not own(added, name))
    plain = [name for name in left if declared(made, name)]
    plain = [name for name in plain if name not in names_in((told,)) or declared(made, name) != name]
    plain += raised(made, added, told)
    unknown = unheard(replaced(added), (*before, told, *heads.values(), *plain))
    if any(not as_made(name, made) for name in unknown):
        return None
    plain += [as_made(name, made) for name in unknown]
    heard = (*before, told, *heads, *plain)
    texts = list(dict.fromkeys((*said_in(added, made, heard), *keys_in(added, made, heard))))
    texts += [text for text in written_so(added, made, before, told) if text not in texts]
    files = [delta.path for delta in change.sources if delta.before is None]
    if len(heads) + len(plain) > _NAMES or len(texts) > _TEXTS or len(files) > 1:
        return None
    told_names = (*(heads[name] for name in sorted(heads)), *(declared(made, name) or name for name in plain))
    return Fixed(tuple(dict.fromkeys(told_names)), tuple(texts), tuple(files))


def put_in_tests(change: Change) -> list[str]:
    """The lines of code that were put into tests."""
    return [line for delta in change.tests for line in code_lines(delta.added)]


def _head(name: str, sides: Sequence[Sides]) -> str:
    return next((head for side in sides if (head := side.head_of(name))), "")


def written(change: Change) -> frozenset[str]:
    """The lines that a change put in, as they may be quoted in its message."""
    deltas: Iterable[Delta] = (*change.sources, *change.tests)
    return frozenset(line.strip() for delta in deltas for line in delta.added if len(line.strip()) >= 12)


def instruction(change: Change, *, shown: bool = False) -> str:
    """What is asked: the message without what it tells of the answer, and what the tests hold fixed; `shown`
    tests tell that themselves, but for the name of a new file."""
    text = stated(change.commit.message, written(change))
    new = tuple(delta.path for delta in change.sources if delta.before is None)
    fixed = Fixed(files=new) if shown else fixed_by_tests(change) or Fixed()
    rows = []
    if fixed.files:
        rows.append(f"The new file is {_quoted(fixed.files)}.")
    if fixed.names:
        rows.append(f"Names that are relied on: {_quoted(fixed.names)}.")
    if fixed.texts:
        rows.append(f"Texts that are relied on: {_quoted(fixed.texts)}.")
    return "\n\n".join((text, *([" ".join(rows)] if rows else ())))


def _quoted(items: Sequence[str]) -> str:
    return ", ".join(f"`{item}`" for item in items)
