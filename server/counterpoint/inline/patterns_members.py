"""The next member: lines that go through an enum's arms, a function's parameters, another block. Pure.

Two sister lines name two things that stand one after the other elsewhere in the file; the line being typed
then names the third.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from counterpoint.inline.patterns_siblings import Lines, Prefix
from counterpoint.inline.patterns_tokens import Renaming, inner, is_name, marks, parts, tokens

_ABOVE = 14
_SKIPPED = ("# ", "//", "/*", "*", "@", '"""', "///")
_LISTS = 40
_ARMS = ("case ", "elif ", "when ", "} else if ")
_FIELDS = ("self.", "this.")
_NOT_MEMBERS = frozenset({
    "self", "this", "cls", "super", "None", "null", "true", "false", "True", "False", "def", "return", "args",
    "kwargs", "const", "let", "var", "function", "func", "fn", "class", "if", "else", "for",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """The line's rest, and the lines it follows from: the two sisters and the place of the list."""

    text: str
    evidence: tuple[int, ...]


def next_member(lines: Lines, prefix: Prefix) -> Member | None:
    """The rest of a line that goes on two sisters above it, or None."""
    pair = _sisters(lines, prefix)
    if pair is None:
        return None
    oldest, older, newer = pair
    change = _change(tokens(lines.text[older]), tokens(lines.text[newer]))
    if change is None or not _telling(lines.text[newer], change[1]):
        return None
    if not _foretold(lines, oldest, older, newer):
        return None
    if not prefix.whole and not _is_arm(lines.text[newer]):  # the block may well be at its end
        return None
    found: dict[str, int] = {}
    for third, place, exact in _thirds(lines, change, range(older, lines.at + 1)):
        renaming = Renaming()
        if not exact and lines.text[newer].startswith(_FIELDS):
            continue
        if exact:
            renaming.learn(change[1], third)
        else:
            renaming.words[parts(change[1])] = parts(third)
        said = "".join(renaming.of(token) or token for token in tokens(lines.text[newer]))
        found.setdefault(said, place)
    if len(found) != 1:
        return None
    (said, place), = found.items()  # fmt: skip
    text = said[len(prefix.text) :]
    if (
        not said.startswith(prefix.text)
        or said in lines.text
        or not text.strip()
        or said.startswith(_SKIPPED)
    ):
        return None
    return Member(text, (older, newer, place))


def _sisters(lines: Lines, prefix: Prefix) -> tuple[int, int, int] | None:
    """The two nearest lines above of one form at this indentation, as far from each other as from here.

    Before them the one above these two by as much, or -1.
    """
    width = len(prefix.indent)
    above: list[int] = []
    at = lines.at
    while len(above) < _ABOVE and (at := lines.above(at)) >= 0 and lines.indent(at) >= width:
        above.append(at)
    for step in range(1, len(above) // 2 + 1):
        newer, older = above[step - 1], above[2 * step - 1]
        if lines.indent(newer) != width or lines.indent(older) != width:
            continue
        between = zip(above[: step - 1], above[step : 2 * step - 1], strict=True)
        alike = marks(lines.text[newer]) == marks(lines.text[older])
        if alike and all(marks(lines.text[a]) == marks(lines.text[b]) for a, b in between):
            third = above[3 * step - 1] if len(above) >= 3 * step else -1
            third = third if third >= 0 and marks(lines.text[third]) == marks(lines.text[older]) else -1
            return third, older, newer
    return None


def _foretold(lines: Lines, oldest: int, older: int, newer: int) -> bool:
    """Whether the sister before the two foretells the nearer of them. Two alone will do for a few forms."""
    if oldest < 0:
        return lines.text[newer].startswith(_FIELDS) or _is_arm(lines.text[newer])
    change = _change(tokens(lines.text[oldest]), tokens(lines.text[older]))
    if change is None:
        return False
    next_one = _change(tokens(lines.text[older]), tokens(lines.text[newer]))
    thirds = {parts(third) for third, _, _ in _thirds(lines, change, range(oldest, lines.at + 1))}
    return next_one is not None and thirds == {parts(next_one[1])}


def _is_arm(line: str) -> bool:
    return line.startswith(_ARMS) or "=>" in line


def _telling(line: str, member: str) -> bool:
    """True for a line that is nothing but its member: it says the name twice, or is an arm.

    What else stands in other lines, such as a type, may well be another one for the next member.
    """
    wanted = parts(member)
    named = sum(parts(inner(token)) == wanted for token in tokens(line))
    return named >= 2 or _is_arm(line)


def _change(older: tuple[str, ...], newer: tuple[str, ...]) -> tuple[str, str] | None:
    """The one thing in which two sisters differ, wherever in the line; None if more differs."""
    if older[:1] == ("if",) and newer[:1] == ("elif",):
        older = ("elif", *older[1:])
    if len(older) != len(newer):
        return None
    pairs = [(a, b) for a, b in zip(older, newer, strict=True) if a != b]
    if not pairs:
        return None
    old, new = (inner(token) for token in min(pairs, key=lambda pair: len(pair[0])))
    if not is_name(old) or not is_name(new):
        return None
    renaming = Renaming()
    renaming.learn(old, new)
    return (old, new) if all(renaming.of(a) == b for a, b in pairs) else None


def _thirds(lines: Lines, change: tuple[str, str], block: range) -> Iterator[tuple[str, int, bool]]:
    """What follows the two members where they stand in a row: its name, the line, whether spelt alike."""
    first, second = parts(change[0]), parts(change[1])
    if not first or not second:
        return
    key = max(first, key=len)
    for at, text in enumerate(lines.text):
        if at in block or key not in text.lower():
            continue
        names = tokens(text)
        for slot, token in enumerate(names):
            if parts(inner(token)) != first or not is_name(inner(token)):
                continue
            for follower, third in (_along(names, slot, second), _down(lines, at, slot, second)):
                if third and third not in _NOT_MEMBERS:
                    yield third, at, follower == change[1]


def _along(names: tuple[str, ...], slot: int, second: tuple[str, ...]) -> tuple[str, str]:
    """In a list with commas: the follower's own spelling and the third, "" each where there is none."""
    members: list[str] = [inner(names[slot])]
    fresh = False
    for token in names[slot + 1 : slot + _LISTS]:
        if token == ",":
            fresh = True
        elif token in (")", "]", "}", ";") and len(members) < 3:
            return "", ""
        elif fresh and is_name(inner(token)):
            members.append(inner(token))
            fresh = False
        if len(members) == 3:
            return (members[1], members[2]) if parts(members[1]) == second else ("", "")
    return "", ""


def _down(lines: Lines, at: int, slot: int, second: tuple[str, ...]) -> tuple[str, str]:
    """In lines below each other, the member at the same place of each."""
    width, found = lines.indent(at), list[str]()
    head = tokens(lines.text[at])[:slot]
    for below in range(at + 1, min(at + 10, len(lines.raw))):
        text = lines.text[below]
        if below == lines.at or not text or text.startswith(_SKIPPED):
            continue
        names = tokens(text)
        if lines.indent(below) != width or names[:slot] != head or len(names) <= slot:
            break
        name = inner(names[slot])
        if not is_name(name):
            break
        found.append(name)
        if len(found) == 2:
            return (found[0], found[1]) if parts(found[0]) == second else ("", "")
    return "", ""
