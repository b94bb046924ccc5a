"""From what a model wrote to what is put at the cursor: where to stop, and small pure filters.

Each filter has a name, which is the reason counted when it leaves nothing to show, and one of those that
`Insertion.fired` lists when it changed the text. Their order matters: what a model puts round an answer goes
first, then what it repeats, then what stands behind the end, and last what must not be offered at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from counterpoint.answers import Dropped, Insertion
from counterpoint.brackets import OPENERS
from counterpoint.insertion import echo, guards, indent, joint, margins, overlap, talk, transport, wrapping
from counterpoint.insertion.ends import MAX_LINES as MAX_LINES
from counterpoint.insertion.ends import end_of as end_of
from counterpoint.insertion.ends import wants_block as wants_block
from counterpoint.insertion.judged import judged as judged
from counterpoint.insertion.place import Gone as Gone
from counterpoint.insertion.place import Past as Past
from counterpoint.insertion.place import Place as Place
from counterpoint.insertion.place import lf
from counterpoint.insertion.place import place_of as place_of
from counterpoint.text import Situation

Filter: TypeAlias = Callable[[str, Place], str]


_NAMES = re.compile(r" [\w$, :?.|]*\w,? ?")
"""What stands between braces with a space on either side."""


def _unchanged(text: str, place: Place) -> str:
    return text


def cut_at_end(text: str, place: Place) -> str:
    """Stop at the end of the statement or block."""
    end = end_of(f"{text}\n", place)  # there is no more to come: the last line is complete
    return text if end is None else text[:end]


def without_trailing_space(text: str, place: Place) -> str:
    """White space at the end would only move the cursor, but a bracket behind it keeps the line of its own
    that a block begun on a new line leaves it."""
    if text.startswith("\n") and place.line_after.lstrip()[:1] in OPENERS:
        line = place.line_before
        return f"{text.rstrip()}\n{line[: len(line) - len(line.lstrip())]}"
    room = place.line_before.endswith("{") and place.line_after.startswith("}") and _NAMES.fullmatch(text)
    return text.rstrip() + (" " if room else "")


_LOOK = 256
"""Characters of a line after which a look for loops is taken."""

UNWRAPPING: tuple[tuple[str, Filter], ...] = (
    ("invisible", transport.visible),
    ("json", wrapping.without_json),
    ("mark", wrapping.without_marks),
    ("fence", wrapping.without_fences),
    ("tag", wrapping.without_tags),
    ("prose", talk.without_prose),
    ("entity", transport.unescaped_html),
    ("escape", transport.unescaped_breaks),
    ("number", margins.without_numbers),
    ("sign", margins.without_signs),
    ("cursor", wrapping.without_cursor),
    ("quote", transport.plain_quotes),
    ("unit", indent.with_unit),
    ("echo", echo.without_echo),
    ("retyped", echo.without_retyped),
    ("joint", joint.one_mark),
    ("indent", indent.with_indent),
)
"""What is undone before the end of an answer can be told, also while it is still streaming."""

FILTERS: tuple[tuple[str, Filter], ...] = (
    ("empty", _unchanged),
    *UNWRAPPING,
    ("afterword", talk.without_afterword),
    ("omission", talk.without_omissions),
    ("loop", echo.without_loops),
    ("double", echo.without_double),
    ("cut", cut_at_end),
    ("overlap", overlap.without_overlap),
    ("bracket", overlap.without_closed_brackets),
    ("space", joint.one_space),
    ("deleted", guards.not_deleted),
    ("rejected", guards.not_rejected),
    ("secret", guards.not_secret),
    ("blank", without_trailing_space),
)


def insertion(raw: str, situation: Situation, past: Past | None = None) -> Insertion:
    """Run the filters in order; the first that leaves nothing names the reason."""
    place = place_of(situation, past=past)
    text, fired = lf(raw), []
    for name, work in FILTERS:
        given, text = text, work(text, place)
        if text != given and name != "blank":
            fired.append(name)
        if not text.strip():
            return Insertion("", situation.span, (Dropped(name),), fired=tuple(fired))
    return Insertion(text.replace("\n", situation.document.eol), situation.span, fired=tuple(fired))


def may_end(text: str, piece: str) -> bool:
    """Whether `piece`, the last of a stream that has come to `text`, may have ended it.

    Lines end answers, and braces those in JSON; amid a line it is enough to look for loops now and then.
    """
    step = len(text) // _LOOK
    return "\n" in piece or "}" in piece or step != (len(text) - len(piece)) // _LOOK


def streamed_end(text: str, place: Place) -> int | None:
    """As `end_of`, for a raw stream: an offset behind which nothing is of use, or None.

    What wraps the answer is not counted as code, and a model caught in a loop has ended.
    """
    if "\n" not in text and len(text) < 400 and not place.prose:
        return None
    bare = lf(text)
    if wrapping.may_be_wrapped(bare, place) or echo.may_echo(bare, place):
        return None
    if wrapping.is_whole_json(bare, place):
        return len(text)
    for _, work in UNWRAPPING:
        bare = work(bare, place)
    if not bare.strip():
        return None
    if end_of(bare, place) is not None or echo.without_loops(bare, place) != bare:
        return len(text)
    return None
