"""From what is likely to what is sent: bare signatures, bodies of similar code, recent edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from operator import itemgetter

from counterpoint.context.completing_odds import Candidate
from counterpoint.context.completing_scene import Scene
from counterpoint.context.question import Question
from counterpoint.context.similar import Likeness
from counterpoint.context.snippet import Snippet

_SIGNATURE_LINES = 6
_BODY_LINES = 30
_SHORTEST = 3
_LONGEST = 400
"""Characters of a line; longer ones are data, not code."""


class Room:
    """A budget in tokens, and texts measured in them."""

    def __init__(self, question: Question) -> None:
        self._each = max(0.5, question.characters_per_token)
        self._all = question.budget_tokens

    def part(self, share: float) -> int:
        """A share of the budget, rounded up."""
        return ceil(self._all * share)

    def tokens(self, text: str) -> int:
        """A text's size, rounded up."""
        return ceil(len(text) / self._each)


def snippet(scene: Scene, path: str, first: int, last: int, why: str) -> Snippet | None:
    """Lines `first` to `last`, 0-based and inclusive; None if the file no longer has them."""
    lines = scene.lines_of(path)
    if lines is None or not 0 <= first <= last < len(lines):
        return None
    text = "\n".join(lines[first : last + 1])
    return Snippet(path, first + 1, last + 1, text, why, Room(scene.question).tokens(text))


def pack_definitions(scene: Scene, ranked: Iterable[tuple[float, Candidate]], budget: int) -> list[Snippet]:
    """Lines that name definitions, by worth for length; then whole signatures while there is room."""
    room, lines_of = Room(scene.question), scene.lines_of
    priced = []
    for worth, candidate in ranked:
        path, at = candidate.place.path, candidate.place.definition.name_line
        lines = lines_of(path)
        text = lines[at] if lines is not None and at < len(lines) else None
        if text is not None and len(text) <= _LONGEST:
            tokens = room.tokens(text)
            priced.append((-worth / (1 + tokens) ** 0.5, path, at + 1, tokens, text, candidate))
    priced.sort(key=itemgetter(0, 1, 2))
    chosen: list[tuple[Snippet, Candidate]] = []
    taken: set[tuple[str, int]] = set()
    left = budget
    for _, path, line, tokens, text, candidate in priced:
        if tokens <= left and (path, line) not in taken:
            taken.add((path, line))
            chosen.append((Snippet(path, line, line, text, candidate.why, tokens), candidate))
            left -= tokens
    return _widened(scene, chosen, left, taken)


def _widened(
    scene: Scene, chosen: Sequence[tuple[Snippet, Candidate]], left: int, taken: set[tuple[str, int]]
) -> list[Snippet]:
    """The same with the whole signature wherever it is short, does not overlap, and there is room."""
    found = []
    for short, candidate in chosen:
        one = candidate.place.definition
        first = min(one.first_line, one.name_line)
        last = max(one.name_line, min(one.signature_line, one.last_line, first + _SIGNATURE_LINES - 1))
        lines = range(first + 1, last + 2)
        if (
            left > 0
            and len(lines) > 1
            and not any((short.path, line) in taken for line in lines if line != short.first_line)
        ):
            wide = snippet(scene, short.path, first, last, short.why)
            if wide is not None and wide.tokens - short.tokens <= left:
                left -= wide.tokens - short.tokens
                taken.update((short.path, line) for line in lines)
                found.append(wide)
                continue
        found.append(short)
    return found


def edits(scene: Scene, budget: int) -> list[Snippet]:
    """What the user changed a moment ago in other files, newest first."""
    found: list[Snippet] = []
    for edit in scene.question.recent:
        if edit.path == scene.path:
            continue
        why = f"edited {round(edit.seconds_ago)} s ago"
        one = snippet(
            scene, edit.path, edit.first_line, min(edit.last_line, edit.first_line + _BODY_LINES), why
        )
        if one is not None and one.tokens <= budget:
            budget -= one.tokens
            found.append(one)
    return found


def bodies(scene: Scene, like: Likeness, budget: int) -> list[Snippet]:
    """Functions of other files like the one being written, whole where they are short, else their beginning.

    The last may be cut at a line's end to fit: as much as was set aside is used.
    """
    found: list[Snippet] = []
    for unit in like.units:
        one = unit.definition
        why = f"similar code: {one.name} calls the same functions"
        last = min(one.last_line, one.first_line + _BODY_LINES)
        if last - one.first_line + 1 < _SHORTEST or _overlaps(found, unit.path, one.first_line, last):
            continue
        least = min(last, one.first_line + _SHORTEST)
        last = max(least, _fitting(scene, unit.path, one.first_line, last, budget))
        body = snippet(scene, unit.path, one.first_line, last, why)
        if body is not None and body.tokens <= budget:
            budget -= body.tokens
            found.append(body)
        if budget < 20:
            break
    return found


def _fitting(scene: Scene, path: str, first: int, last: int, budget: int) -> int:
    """The last of these lines up to which they fit into the budget; `last` if the file has them no longer."""
    lines = scene.lines_of(path)
    if lines is None or last >= len(lines):
        return last
    part, room = lines[first : last + 1], Room(scene.question)
    while part and room.tokens("\n".join(part)) > budget:
        part = part[:-1]
    return first + len(part) - 1


def _overlaps(found: Sequence[Snippet], path: str, first: int, last: int) -> bool:
    return any(
        one.path == path and one.first_line <= last + 1 and first + 1 <= one.last_line for one in found
    )
