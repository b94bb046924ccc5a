"""From what a model wrote to what is put at the cursor: where to stop, and small pure filters.

Each filter has a name, which is the reason counted when it leaves nothing to show.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from counterpoint.answers import Dropped, Insertion
from counterpoint.brackets import OPENERS, can_spare, surplus, unopened
from counterpoint.text import Situation

MAX_LINES = 24
_BLOCK_OPENERS = (":", "{", "(", "[", "=>", "then", "do")
_FENCE = re.compile(r"\s*```[\w+-]*[ \t]*\n(.*?)(?:\n?```.*)?\Z", re.DOTALL)
_SENTENCE = r"(?:Here(?:'s| is| are)|Sure|Certainly|Of course)\b[^\n]*"
_OPENING = re.compile(rf"\s*(?:{_SENTENCE}\n\s*)?```[\w+-]*[ \t]*\n")
_MAY_OPEN = re.compile(rf"\s*(?:`{{1,3}}[\w+-]*[ \t]*\Z|{_SENTENCE}\s*`{{0,3}}[\w+-]*\Z)")
_PROSE = re.compile(rf"\s*{_SENTENCE}:\s*\n+")
_TAG_FIRST = re.compile(r"\s*(?:<(?:before|after|cursor)>\n?)+")
_TAG = re.compile(r"(?<![\"'`])(?:</before>|</?after>|</?cursor>)(?![\"'`])")
_PROSE_LANGUAGES = frozenset({"markdown", "mdx", "plaintext", "restructuredtext", "quarto", "asciidoc"})
_FENCES = re.compile(r"^[ \t]*```", re.MULTILINE)
_WHOLE = re.compile(r"\s*```(?:markdown|md)[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor's surroundings, LF ends: the line before and after it, and the whole text either side."""

    before: str
    after: str
    prose: bool = False
    """True in a document for people outside its fenced code: a fence or a sentence is then content."""

    @property
    def line_before(self) -> str:
        return self.before[self.before.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        return self.after.partition("\n")[0]

    @property
    def indent(self) -> int:
        return _indent(self.line_before)


def place_of(situation: Situation, reach: int = 4_000) -> Place:
    """The surroundings as far as the filters look."""
    text, span = situation.document.text, situation.span
    before, after = text[max(0, span.start - reach) : span.start], text[span.end : span.end + reach]
    prose = situation.document.language in _PROSE_LANGUAGES
    return Place(_lf(before), _lf(after), prose and len(_FENCES.findall(text[: span.start])) % 2 == 0)


def wants_block(place: Place) -> bool:
    """True where several lines may be offered: nothing follows on the line, and a block may stand here."""
    if place.line_after.strip(" \t)]};,"):
        return False
    line = place.line_before.rstrip()
    return not line or line.endswith(_BLOCK_OPENERS)


def end_of(text: str, place: Place) -> int | None:
    """Offset at which an answer may be cut, or None while more is wanted. `text` may still be streaming.

    A single line ends with its line. A block ends before the first complete line that is less indented than
    the block, or at a second blank line, or after MAX_LINES lines.
    """
    if not wants_block(place):
        start = len(text) - len(text.lstrip("\n"))
        end = text.find("\n", start)
        return None if end < 0 else end
    line = place.line_before
    floor = place.indent if line.strip() else max(1, len(line.expandtabs(4)))
    if not line.strip() and not line:
        floor = 0
    return _block_end(text, floor, opened=bool(line.strip()))


def streamed_end(text: str, place: Place) -> int | None:
    """As `end_of`, for a raw stream: what precedes a fence's content is not counted as code."""
    opening = (_WHOLE if place.prose else _OPENING).match(text)
    if opening is None and not place.prose and _MAY_OPEN.match(text):
        return None
    skipped = opening.end() if opening else 0
    end = end_of(text[skipped:], place)
    return None if end is None else skipped + end


def _block_end(text: str, floor: int, *, opened: bool) -> int | None:
    """`floor` is the shallowest indentation that belongs; the first line continues the cursor's own.

    Where nothing is too shallow, a blank line is the end, unless what is before and behind it is indented.
    """
    at, blank, number, inside = 0, 0, 0, opened
    for number, line in enumerate(text.split("\n")[:-1]):
        if number >= MAX_LINES:
            return at
        if not line.strip():
            blank += 1
            if number and (blank > 1 or not (floor or inside)):
                return at
        else:
            if number and _leaves(line, floor, opened or blank > floor):
                return at
            inside = _indent(line) > 0 or line.rstrip().endswith(_BLOCK_OPENERS)
            blank = 0
        at += len(line) + 1
    return at if number + 1 >= MAX_LINES else None


def _leaves(line: str, floor: int, opened: bool) -> bool:
    indent = _indent(line)
    closes = line.strip()[:1] in OPENERS
    if opened:
        return indent < floor or (indent == floor and not closes)
    return indent < floor


def insertion(raw: str, situation: Situation) -> Insertion:
    """Run the filters in order; the first that leaves nothing names the reason."""
    place = place_of(situation)
    text = _lf(raw)
    for name, work in FILTERS:
        text = work(text, place)
        if not text.strip():
            return Insertion("", situation.span, (Dropped(name),))
    return Insertion(text.replace("\n", situation.document.eol), situation.span)


def _unchanged_if_empty(text: str, place: Place) -> str:
    return text


def without_fences(text: str, place: Place) -> str:
    """A fenced block is what was meant; prose round it goes."""
    if place.prose and not _WHOLE.match(text):
        return text
    found = _FENCE.match(text) or re.search(r"\n```[\w+-]*[ \t]*\n(.*?)\n?```", "\n" + text, re.DOTALL)
    return found[1] if found else text


def without_tags(text: str, place: Place) -> str:
    """Marks of our own prompt that the model repeated: the answer ends at the first behind its beginning.
    Where the file or a string speaks of them they are code."""
    first = _TAG_FIRST.match(text)
    if first:
        text = text[first.end() :]
    found = _TAG.search(text)
    known = found and (found[0] in place.before or found[0] in place.after)
    return text[: found.start()] if found and not known else text


def without_prose(text: str, place: Place) -> str:
    """An opening sentence to the user, such as "Here is the code:", is no code."""
    found = None if place.prose else _PROSE.match(text)
    return text[found.end() :] if found else text


def without_echo(text: str, place: Place) -> str:
    """Repetition of what stands before the cursor: its line, or the last few lines."""
    line = place.line_before
    bare = line.strip()
    own = text.lstrip(" \t") if line[:1].isspace() else text
    if bare and own.startswith(bare) and _is_echo(line, own[len(bare) :]):
        return own[len(bare) :].lstrip(" \t") if line[-1:].isspace() else own[len(bare) :]
    lines = place.before.split("\n")
    for count in range(min(12, len(lines)), 1, -1):
        echo = "\n".join(lines[-count:])
        if echo.strip() and text.startswith(echo):
            return text[len(echo) :]
    return text


def _is_echo(line: str, rest: str) -> bool:
    """True if an answer that begins as the line does repeats it. What goes on amid a word after a blank is
    another word (`return `, `returned`), and a lone mark is often meant to stand twice (`/`, `*`)."""
    if line[-1:].isspace():
        return not rest or rest[0].isspace()
    bare = line.strip()
    if len(bare) > 1 or bare.isalnum() or bare in ")]}@<_":
        return True
    return bare in "-*+#." and rest.startswith(" ")


def with_indent(text: str, place: Place) -> str:
    """Where the cursor already stands indented on an empty line, the first line's own indentation goes."""
    line = place.line_before
    if line and not line.strip():
        text = text.lstrip("\n")
        return text[len(line) :] if text.startswith(line) else text.lstrip(" \t")
    return text


def cut_at_end(text: str, place: Place) -> str:
    """Stop at the end of the line or block."""
    end = end_of(f"{text}\n", place)  # there is no more to come: the last line is complete
    return text if end is None else text[:end]


def without_overlap(text: str, place: Place) -> str:
    """What follows the cursor already is not offered again, on its line or as whole lines below."""
    tail = place.line_after.rstrip()
    if tail.strip():
        return _without_tail(text, tail)
    lines = (place.line_before + text).rstrip("\n").split("\n")
    below = [line.rstrip() for line in place.after.split("\n")[1:] if line.strip()][:8]
    for first in range(len(lines)):
        mine = [line.rstrip() for line in lines[first:] if line.strip()]
        if lines[first].strip() and _repeats(mine, below, text, whole=first == 0):
            return "\n".join(lines[:first]).removeprefix(place.line_before)
    return text


def _without_tail(text: str, tail: str) -> str:
    """Without what the cursor's line ends with, in full, or what of it closes nothing of ours."""
    first = text.partition("\n")[0]
    for own in dict.fromkeys((tail, tail.lstrip())):
        if first.endswith(own) and can_spare(first, own):
            return first[: len(first) - len(own)]
    whole = text.rstrip()
    for own in dict.fromkeys((tail, tail.lstrip())):
        for size in range(min(len(own), len(whole)), 0, -1):
            end = own[:size]
            if whole.endswith(end) and (size == len(own) or _is_closing(end)) and can_spare(whole, end):
                return whole[: len(whole) - size]
    return text


def _repeats(mine: list[str], below: list[str], text: str, *, whole: bool) -> bool:
    """True if our last lines are those below, and not just alike: a lone closing line must close nothing
    that the text opened."""
    if not below or mine[: len(below)] != below[: len(mine)]:
        return False
    if len(mine) > 1:
        return len(below) > 1
    lone = mine[0].strip()
    return can_spare(text.rstrip(), lone) if _is_closing(lone) else len(lone) > 3 or whole


def _is_closing(text: str) -> bool:
    return bool(text) and not text.strip(")]}>'\"`;,")


def without_closed_brackets(text: str, place: Place) -> str:
    """Stop before a bracket that closes nothing of ours while the line after the cursor closes it already."""
    closer = place.line_after.lstrip()[:1]
    while closer in OPENERS and text.rstrip().endswith(closer) and surplus(text, closer) > 0:
        text = text.rstrip()[:-1]
    end = unopened(text, closer) if closer in OPENERS and surplus(text, closer) > 0 else None
    return text if end is None else text[:end]


def without_loops(text: str, place: Place) -> str:
    """A line repeated three times in a row is cut after the first."""
    lines = (place.line_before + text).split("\n")
    for number in range(len(lines) - 2):
        if len(lines[number].strip()) > 3 and lines[number] == lines[number + 1] == lines[number + 2]:
            return "\n".join(lines[: number + 1]).removeprefix(place.line_before)
    return text


def without_trailing_space(text: str, place: Place) -> str:
    """White space at the end would only move the cursor, but a bracket behind it keeps the line of its own
    that a block begun on a new line leaves it."""
    if text.startswith("\n") and place.line_after.lstrip()[:1] in OPENERS:
        line = place.line_before
        return f"{text.rstrip()}\n{line[: len(line) - len(line.lstrip())]}"
    return text.rstrip()


FILTERS: tuple[tuple[str, Callable[[str, Place], str]], ...] = (
    ("empty", _unchanged_if_empty),
    ("fence", without_fences),
    ("tag", without_tags),
    ("prose", without_prose),
    ("echo", without_echo),
    ("indent", with_indent),
    ("cut", cut_at_end),
    ("overlap", without_overlap),
    ("bracket", without_closed_brackets),
    ("loop", without_loops),
    ("blank", without_trailing_space),
)


def _indent(line: str) -> int:
    wide = line.expandtabs(4)
    return len(wide) - len(wide.lstrip(" "))


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
