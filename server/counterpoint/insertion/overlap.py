"""What follows the cursor already is not offered again: the rest of its line, lines below, brackets. Pure."""

from __future__ import annotations

import re

from counterpoint.brackets import OPENERS, can_spare, surplus, unopened
from counterpoint.insertion.place import Place, indent_of

_BELOW = 8
_ENDS = frozenset({"end", "fi", "done", "esac"})
"""Words that close a block, as often as there are blocks."""


def without_overlap(text: str, place: Place) -> str:
    """What follows the cursor already is not offered again, on its line or as whole lines below."""
    tail = place.line_after.rstrip()
    if tail.strip():
        return _without_tail(_without_following(text, place), tail)
    return _without_following(text, place)


def _without_following(text: str, place: Place) -> str:
    """Without the lines at the end that stand below, the last of which may be cut short."""
    rest = place.after.split("\n")
    below = [line for line in rest[1:] if line.strip()][:_BELOW]
    tail = rest[0].strip()
    lines = (place.line_before + text).rstrip("\n").split("\n")
    for first in range(1 if tail else 0, len(lines)):
        mine = [line for line in lines[first:] if line.strip()]
        if lines[first].strip() and _repeats(mine, below, text, first):
            return "\n".join(lines[:first]).removeprefix(place.line_before)
    return text


def _repeats(mine: list[str], below: list[str], text: str, first: int) -> bool:
    """True if our last lines are those below, and not just alike: a lone closing line must close nothing
    that the text opened."""
    shared = min(len(mine), len(below))
    if not below or [_key(line) for line in mine[: shared - 1]] != [
        _key(line) for line in below[: shared - 1]
    ]:
        return False
    if len(mine) > len(below):
        return len(below) > 1 and _key(mine[shared - 1]) == _key(below[shared - 1])
    last, there = mine[-1], below[len(mine) - 1]
    if _key(last) != _key(there):
        enough = len(last.strip()) >= (4 if len(mine) > 1 else 6)
        return bool(first) and enough and _is_cut_short(last, there)
    if len(mine) > 1:
        return True
    if last.rstrip() != there.rstrip():
        return bool(first) and len(last.strip()) > 8 and indent_of(last) == indent_of(there)
    lone = last.strip()
    if is_closing(lone):
        return can_spare(text.rstrip(), lone)
    return (len(lone) > 2 and lone not in _ENDS) or first == 0


def _is_cut_short(mine: str, there: str) -> bool:
    """True if a line is the beginning of another, left amid a word or an expression."""
    bare, whole = mine.strip(), there.strip()
    if not whole.startswith(bare):
        return False
    following = whole[len(bare) :]
    amid = bare[-1].isalnum() and (following[0].isalnum() or following[0] == "_")
    if len(bare) >= 8 and 2 * len(bare) >= len(whole):
        return True
    return amid or any(surplus(bare, closer) < 0 for closer in OPENERS) or bool(re.search(r"[=,(+.]\Z", bare))


def _key(line: str) -> str:
    """A line but for its spaces, its kind of quotes and the comma or semicolon at its end. Of brackets only
    their column tells which they close."""
    if is_closing(line.strip()):
        return line.rstrip()
    return "".join(line.split()).replace("'", '"').rstrip(",;") or line.strip()


def _without_tail(text: str, tail: str) -> str:
    """Without what the cursor's line ends with, in full, or what of it closes nothing of ours."""
    first = text.partition("\n")[0]
    whole = text.rstrip()
    for own in dict.fromkeys((tail, tail.lstrip())):
        if first.endswith(own) and can_spare(first, own) and (len(own) > 2 or first == whole):
            return first[: len(first) - len(own)]
    for own in dict.fromkeys((tail, tail.lstrip())):
        for size in range(min(len(own), len(whole)), 0, -1):
            end = own[:size]
            if whole.endswith(end) and (size == len(own) or is_closing(end)) and can_spare(whole, end):
                return whole[: len(whole) - size]
    return text


def is_closing(text: str) -> bool:
    """True if a text is nothing but what closes."""
    return bool(text) and not text.strip(")]}>'\"`;,")


def without_closed_brackets(text: str, place: Place) -> str:
    """Stop before a bracket that closes nothing of ours while what follows the cursor closes it already."""
    closer = place.line_after.lstrip()[:1]
    while closer in OPENERS and text.rstrip().endswith(closer) and surplus(text, closer) > 0:
        text = text.rstrip()[:-1]
    end = unopened(text, closer) if closer in OPENERS and surplus(text, closer) > 0 else None
    if end is not None:
        return text[:end]
    return text if place.line_after.strip() else _without_line_of_closers(text, place)


def _without_line_of_closers(text: str, place: Place) -> str:
    """Without a last line, or an end of the only one, of brackets that the next line closes."""
    below = place.below.strip()
    closer = below[:1]
    if closer not in OPENERS or surplus(place.line_before + text, closer) <= 0:
        return text
    body = text.rstrip()
    while body and body[-1] in ")]};," and surplus(place.line_before + body, closer) > 0:
        body = body[:-1].rstrip()
    balanced = surplus(place.line_before + body, closer) <= 0
    return body if balanced and surplus(place.line_before + text, closer) > 0 and _only(text, body) else text


def _only(text: str, body: str) -> bool:
    """True if what goes stands on a line of its own."""
    return text[len(body) :].lstrip(" \t").startswith("\n")
