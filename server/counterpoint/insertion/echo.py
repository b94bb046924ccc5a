"""What a model says twice: the text before the cursor, its own answer, one line for ever. Pure."""

from __future__ import annotations

import re

from counterpoint.insertion.place import Place

_MOST = 40
"""Lines before the cursor that may be repeated ahead of an answer."""
_LONGEST_PERIOD = 12
_IN_LINE = re.compile(r"(?P<unit>[^\n]{3,60}?)(?P=unit){5,}")
_LETTER = re.compile(r"[A-Za-z]")


def without_echo(text: str, place: Place) -> str:
    """Repetition of what stands before the cursor: its line, or the last few lines."""
    text = _without_lines(text, place)
    line = place.line_before
    bare = line.strip()
    if bare and line[0].isspace() and text.startswith(line) and not line[-1].isspace():
        return text[len(line) :]
    own = text.lstrip(" \t") if line[:1].isspace() else text
    if bare and own.startswith(bare) and _is_echo(line, own[len(bare) :]):
        return own[len(bare) :].lstrip(" \t") if line[-1:].isspace() else own[len(bare) :]
    return text


def _without_lines(text: str, place: Place) -> str:
    """Without whole lines before the cursor's, and what of the cursor's line is repeated behind them."""
    given, above = text.split("\n"), place.before.split("\n")[:-1]
    bare = place.line_before.strip()
    skipped = next((at for at, line in enumerate(given) if line.strip()), 0)
    given = given[skipped:]
    mine, theirs = [line.strip() for line in given], [line.strip() for line in above]
    for count in range(min(_MOST, len(given), len(above)), 0, -1):
        if mine[0] != theirs[-count] or mine[:count] != theirs[-count:] or not _telling(mine[:count]):
            continue
        rest = given[count:]
        if bare and not (rest and rest[0].lstrip().startswith(bare)):
            continue
        if count == 1 and not bare and not (rest and rest[0].strip()):
            continue  # a line that is meant to stand twice
        return "\n".join(rest)
    return text


def _telling(lines: list[str]) -> bool:
    """True if lines are more than brackets and blanks."""
    said = "".join(lines)
    return len(said) > 5 and any(map(str.isalnum, said))


def may_echo(text: str, place: Place) -> bool:
    """True while all that has come may be lines from before the cursor."""
    mine = [line.strip() for line in text.split("\n")[:-1]]
    while mine and not mine[0]:
        mine = mine[1:]
    if not mine:
        return False
    above = [line.strip() for line in place.before.split("\n")[:-1]][-_MOST:]
    return any(
        above[at] == mine[0] and above[at : at + len(mine)] == mine[: len(above) - at]
        for at in range(len(above))
        if at + len(mine) <= len(above)
    )


def _is_echo(line: str, rest: str) -> bool:
    """True if an answer that begins as the line does repeats it. What goes on amid a word after a blank is
    another word (`return `, `returned`), and a lone mark is often meant to stand twice (`/`, `*`)."""
    bare = line.strip()
    if len(bare) > 1 and not any(map(str.isalnum, bare)):
        return len(bare) > 3
    if line[-1:].isspace():
        return not rest or rest[0].isspace()
    if len(bare) > 1 or bare.isalnum() or bare in ")]}@<_":
        return True
    return bare in "-*+#." and rest.startswith(" ")


def without_retyped(text: str, place: Place) -> str:
    """The cursor's line written anew with other spaces in it."""
    line = place.line_before
    wanted = "".join(line.split())
    if len(wanted) < (4 if wanted.isalnum() else 3) or place.is_text:
        return text
    if not _LETTER.search(wanted):
        return text
    at, seen = 0, 0
    while at < len(text) and seen < len(wanted):
        if text[at] == wanted[seen]:
            seen += 1
        elif text[at] not in " \t":
            return text
        at += 1
    rest = text[at:]
    if seen < len(wanted) or (wanted[-1:].isalnum() and rest[:1].isalnum() and line[-1:].isspace()):
        return text
    return rest.lstrip(" \t")


def without_double(text: str, place: Place) -> str:
    """An answer given twice in a row is given once."""
    while True:
        half = _half(text.rstrip())
        if half is None:
            return text
        text = half


def _half(text: str) -> str | None:
    lines = text.split("\n")
    said = [(at, line.strip()) for at, line in enumerate(lines) if line.strip()]
    count = len(said) // 2
    if count and len(said) % 2 == 0 and [one for _, one in said[:count]] == [one for _, one in said[count:]]:
        enough = len("".join(one for _, one in said[:count])) >= (10 if count == 1 else 6)
        return "\n".join(lines[: said[count - 1][0] + 1]) if enough else None
    size = len(text) // 2
    twice = size >= 12 and text[:size] == text[size:] and _LETTER.search(text)
    return text[:size] if twice and "\n" not in text else None


def without_loops(text: str, place: Place) -> str:
    """A piece of a line, a line, or some lines that come again and again are cut after the first time."""
    if (once := _once(text)) is not None:
        return once
    lines = (place.line_before + text).split("\n")
    for start in range(len(lines)):
        for period in range(1, min(_LONGEST_PERIOD, (len(lines) - start) // 2) + 1):
            if _loops(lines, start, period):
                return "\n".join(lines[: start + period]).removeprefix(place.line_before)
    for found in _IN_LINE.finditer(text):
        if _LETTER.search(found["unit"]) and len(found[0]) >= 40:
            return text[: found.start() + len(found["unit"])]
    return text


def _once(text: str) -> str | None:
    """The first of three like texts in a row with nothing between them, the third perhaps cut short."""
    lead = text[:12]
    size = text.find(lead, 5)
    while 0 < size <= len(text) // 2:
        third = text[2 * size : 3 * size]
        letters = bool(_LETTER.search(text[:size])) or len(set(text[:size])) > 4
        enough = len(third) >= 8 if size >= 12 else text.startswith(text[:size] * 5)
        enough = enough and letters
        if enough and text[:size] == text[size : 2 * size] and text.startswith(third):
            return text[:size]
        size = text.find(lead, size + 1)
    return None


def _loops(lines: list[str], start: int, period: int) -> bool:
    """Three times in a row, or twice and then on until the text ends amid the third."""
    first = lines[start : start + period]
    if first[0] != lines[start + period] or len("".join(first).strip()) <= 3:
        return False
    if not first[0].strip():
        return False
    second, rest = lines[start + period : start + 2 * period], lines[start + 2 * period : start + 3 * period]
    if first != second or not rest:
        return False
    if len(rest) == period and first == rest:
        return True
    whole = rest[:-1] == first[: len(rest) - 1] and first[len(rest) - 1].startswith(rest[-1])
    ends = start + 2 * period + len(rest) == len(lines)
    return period > 1 and ends and whole and len("".join(rest).strip()) > 3
