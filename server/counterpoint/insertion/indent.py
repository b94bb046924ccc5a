"""Indentation of an answer: its unit, its base, and the line the cursor already stands indented on. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import gcd

from counterpoint.brackets import OPENERS, surplus
from counterpoint.context.lexing import FENCES
from counterpoint.insertion.ends import opens_block
from counterpoint.insertion.place import TAB, Place, indent_of, margin_of, unit_of

_SPACES = re.compile(r"^ +", re.MULTILINE)
_TABS = re.compile(r"^\t+", re.MULTILINE)
_ENDS = re.compile("\"\"\"|'''")
_LABEL = re.compile(r"case\b|default:")
_CHAIN = re.compile(r"\??\.\w|&&|\|\|")
_LEAVING = re.compile(
    r"(?:def|class|async|func|fn|pub|impl|export|public|private|protected|static|function|case|default|else|elif"
    r"|except|finally|catch|end|@|#|//)"
)


def with_unit(text: str, place: Place) -> str:
    """Tabs in a file of tabs, spaces in one of spaces."""
    if place.prose or place.long_text:
        return text
    done = _in_unit(text, place)
    if not place.line_before.strip():
        return done
    kept = text.partition("\n")[0]  # spaces amid a line are no indentation
    return kept + done[len(done.partition("\n")[0]) :]


def _in_unit(text: str, place: Place) -> str:
    unit = unit_of(place)
    if unit == "\t" and "\n  " in f"\n{text}":
        step = _step(text, place)
        return _outside_text(text, place, lambda line: _SPACES.sub(lambda hit: _as_tabs(hit[0], step), line))
    if unit and unit != "\t" and "\n\t" in f"\n{text}":
        within = zip(text.split("\n"), _in_texts(text, place), strict=True)
        if all(line.startswith("\t") or not line.strip() for line, inside in within if inside):
            return _TABS.sub(lambda hit: unit * len(hit[0]), text)
        return _outside_text(text, place, lambda line: _TABS.sub(lambda hit: unit * len(hit[0]), line))
    return text


def _outside_text(text: str, place: Place, work: Callable[[str], str]) -> str:
    """Lines changed but for those that begin inside a string of several lines."""
    within = _in_texts(text, place)
    return "\n".join(
        line if inside else work(line) for line, inside in zip(text.split("\n"), within, strict=True)
    )


def _in_texts(text: str, place: Place) -> list[bool]:
    """Of each line, whether it begins inside backticks, where it may have an indentation of its own."""
    found, fenced, marked = [], False, "`" in FENCES.get(place.language, ())
    for line in text.split("\n"):
        found.append(fenced)
        fenced ^= marked and line.count("`") % 2 == 1
    return found


def _step(text: str, place: Place) -> int:
    """How many spaces of the text are one level."""
    widths = [len(hit[0]) for hit in _SPACES.finditer(text) if len(hit[0]) > 1]
    common = gcd(*widths) if widths else TAB
    return next((step for step in (4, 2, 3, 8) if common % step == 0), TAB)


def _as_tabs(spaces: str, step: int) -> str:
    return "\t" * (len(spaces) // step) + " " * (len(spaces) % step)


def with_indent(text: str, place: Place) -> str:
    """Where the cursor already stands indented on an empty line, the first line's own indentation goes, and
    a block given from another column is moved to the cursor's."""
    line = place.line_before
    if place.inside != "code":
        return _first_without_margin(text, line) if not line.strip() and line else text
    if not line.strip():
        return _on_empty_line(_without_blank_lines(text), place)
    return _under(text, place) if opens_block(line) and not place.line_after.strip(" \t)]};,") else text


def _without_blank_lines(text: str) -> str:
    """Without blank lines at the beginning; the first line's own indentation stays."""
    blank = re.match(r"(?:[ \t]*\n)+", text)
    return text[blank.end() :] if blank else text


def _first_without_margin(text: str, line: str) -> str:
    text = text.lstrip("\n")
    return text[len(line) :] if text.startswith(line) else text.lstrip(" \t")


def _on_empty_line(text: str, place: Place) -> str:
    first, _, rest = text.partition("\n")
    column, own = indent_of(place.line_before), indent_of(first)
    above = place.above
    deeper = indent_of(above) + _width(place) if opens_block(above) else 0
    if not place.line_before:
        wants = bool(own == 0 and deeper and above.rstrip().endswith(":") and place.language == "python")
        return moved(text, deeper, place) if wants and first.strip() else text
    if own and column == indent_of(above) and column + own == deeper and _fits(first, rest, deeper):
        return text  # the cursor stands too far left, and the answer makes up for it
    by = _distance(first, rest, column, own, place)
    body = moved(rest, by, place) if by else rest
    return first.lstrip(" \t") + (f"\n{body}" if "\n" in text else "")


def _distance(first: str, rest: str, column: int, own: int, place: Place) -> int:
    """By how much the lines behind the first are to be moved."""
    within = [inside and not own for inside in _in_texts(f"{first}\n{rest}", place)[1:]]
    lines = zip(rest.split("\n"), within, strict=True)
    following = [line for line, inside in lines if line.strip() and not inside]
    if not following or own == column:
        return 0
    if own == 0 and _is_absolute(first, rest, following, column, place):
        return 0
    fits, shifted = _fits(first, rest, column), _fits(first, rest, own)
    if own and fits and not shifted:
        return 0
    if own and fits and shifted:
        least = min(map(indent_of, following))
        near = indent_of(following[0]) - column in (0, _width(place)) or least == column
        return 0 if near and least != own else column - own
    return column - own if shifted else 0


def _is_absolute(first: str, rest: str, following: list[str], column: int, place: Place) -> bool:
    """True if lines behind a first one without indentation stand where they belong, or leave the block."""
    second = following[0]
    open_marks = [mark for mark in FENCES.get(place.language, ()) if first.count(mark) % 2]
    if open_marks and not first.lstrip(" \trRuUfFbB").startswith(open_marks[0]):
        return True  # a text within a statement has an indentation of its own, a docstring the code's
    if open_marks:
        within = following[: next((at for at, one in enumerate(following) if _ENDS.search(one)), 0) + 1]
        return "`" in open_marks or min(map(indent_of, within)) > 0
    if _fits(first, rest, column) and not (_CHAIN.match(second.lstrip()) and indent_of(second) == column):
        least = min(map(indent_of, following))
        closes = second.strip()[:1] in OPENERS or any(
            indent_of(line) == column and line.strip()[:1] in OPENERS for line in following
        )
        relative = least == 0 and _opens(first) and not closes and indent_of(second) != column + _width(place)
        return not (relative and indent_of(second) == _width(place) and following[-1].strip()[:1] in OPENERS)
    if _opens(first) or (_CHAIN.match(second.lstrip()) and indent_of(second) <= column):
        return False
    if first.lstrip().startswith(("@", "#[")) and indent_of(second) == 0:
        return False
    leaving = (
        _LEAVING.match(second.strip()) or second.strip()[:1] in OPENERS or not rest.split("\n")[0].strip()
    )
    return bool(leaving) or indent_of(second) != 0


def _opens(line: str) -> bool:
    return (
        opens_block(line)
        or line.rstrip().endswith("=")
        or any(surplus(line, closer) < 0 for closer in OPENERS)
    )


def _fits(first: str, rest: str, column: int) -> bool:
    """True if lines can follow a first one at a column."""
    second = next((line for line in rest.split("\n") if line.strip()), "")
    if not second:
        return True
    width = indent_of(second)
    if opens_block(first) or first.rstrip().endswith("="):
        level = second.strip()[:1] in OPENERS or bool(_LABEL.match(second.lstrip()))
        return width > column or (width == column and level)
    return width >= column


def _under(text: str, place: Place) -> str:
    """Behind a line that opens a block: a new line, and a body deeper than that line."""
    line = place.line_before
    base, width = place.indent, _width(place)
    if not text.startswith("\n"):
        begins = indent_of(text.partition("\n")[0])
        if begins <= max(1, base) or not line.rstrip().endswith((":", "{")) or place.line_after.strip():
            return text
        text = f"\n{text}"
    body = [one for one in text.split("\n") if one.strip()]
    if not body or body[0].strip()[:1] in OPENERS or _LABEL.match(body[0].lstrip()):
        return text
    begins = indent_of(body[0])
    too_deep = line.rstrip().endswith((":", "{")) and begins == base + 2 * width
    by = base + width - begins if begins <= base or too_deep else 0
    return moved(text, by, place) if by else text


def moved(text: str, by: int, place: Place) -> str:
    """Lines moved right by so many columns, or left by as many as they have."""
    unit = unit_of(place)
    return "\n".join(_line_moved(line, by, unit) for line in text.split("\n"))


def _line_moved(line: str, by: int, unit: str) -> str:
    if not line.strip():
        return line
    margin = margin_of(line)
    if unit == "\t":
        levels = by // TAB
        tabs = len(margin) - len(margin.lstrip("\t"))
        return "\t" * max(0, tabs + levels) + line[tabs:]
    return " " * max(0, indent_of(line) + by) + line[len(margin) :]


def _width(place: Place) -> int:
    unit = unit_of(place)
    return TAB if unit in ("", "\t") else len(unit)
