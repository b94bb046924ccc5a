"""Where an answer stops: at the end of its statement, block, sentence, paragraph or entry. Pure."""

from __future__ import annotations

import re

from counterpoint.brackets import OPENERS, QUOTED, surplus
from counterpoint.context.lexing import FENCES
from counterpoint.context.parsing import has_grammar
from counterpoint.insertion.place import CONFIG, Place, indent_of

MAX_LINES = 24
_OPENS = re.compile(r"(?:[:{(\[]|=>|\b(?:then|do))\Z")
_COMMENTS = ("//", "# ", "/*", "* ", "-- ")
_ANGLE_OPENS, _ANGLE_CLOSES = re.compile(r"\w<$", re.M), re.compile(r"^\s*>", re.M)
"""Arguments of a type over several lines."""
_REMARK = re.compile(r"(?<=\S)\s+(?:# |//).*\Z")
_CLAUSE = re.compile(
    r"\}?\s*(?:else|elif|elsif|elseif|except|catch|finally|rescue|ensure|end|fi|done|esac|until)\b"
)
_CASE = re.compile(r"(?:case|default|when)\b")
_LABEL = re.compile(r"(?:case\b|default\s*:|public\s*:|private\s*:|protected\s*:)")
_SWITCH = re.compile(r"\b(?:switch|select|match|case)\b")
_CHAINED = frozenset(
    {"javascript", "javascriptreact", "typescript", "typescriptreact", "java", "kotlin", "scala", "rust",
     "swift", "csharp", "php", "ruby", "cpp", "c"}
)  # fmt: skip
"""Languages in which a statement may go on with an operator at the next line's beginning."""
_GOES_ON = re.compile(r"(?:\?\.|\.(?!\.)|&&|\|\||[?:](?=\s)|[-+*|](?=\s)|->)")
_HEADER = re.compile(r"\s*(?:\}\s*)?(?:if|for|while|else if)\b.*\)\Z")
_HEADED = re.compile(r"\s*(?:\}\s*)?(?:if|for|while|else if)\b")
_WAITS = re.compile(r"(?:=>|(?<![=!<>+*/-])=|&&|\|\||(?<!\+)\+|(?<=\s)\?|(?<=\w)\.|\\)\Z")
_SENTENCE_END = re.compile(r"[.!?][)\"'*_]*(?=\s)")
_SHORT = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Dr|Mr|Mrs|Ms|St|No|approx)|\b[A-Z])\Z")
_KEY = re.compile(r"[:=](?:\s|\Z)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s")


def opens_block(line: str) -> bool:
    """True if a line ends with what begins a block or an open bracket."""
    bare = line.rstrip()
    if bare.lstrip().startswith(_COMMENTS):
        return False
    return bool(_OPENS.search(without_remark(bare)))


def without_remark(line: str) -> str:
    """A line without the comment and the space at its end, its strings emptied where it has a comment."""
    bare = line.rstrip()
    return _REMARK.sub("", QUOTED.sub("''", bare)) if " #" in bare or "//" in bare else bare


def wants_block(place: Place) -> bool:
    """True where several lines may be offered: nothing follows on the line, and a block may stand here."""
    if place.line_after.strip(" \t)]};,"):
        return False
    if place.inside == "comment" or (place.inside == "string" and not place.long_text):
        return False
    line = place.line_before.rstrip()
    if line.endswith(":") and place.language != "python" and has_grammar(place.language):
        return bool(_LABEL.match(line.lstrip()))  # elsewhere a type or a value follows
    return not line or opens_block(line)


def end_of(text: str, place: Place) -> int | None:
    """Offset at which an answer may be cut, or None while more is wanted. `text` may still be streaming.

    A statement ends with its line, or with the brackets or the block it opens. A block ends before the first
    complete line that is less indented, at a second blank line, or after MAX_LINES lines. A comment ends with
    its line, prose at the end of its sentence or paragraph, configuration behind one entry.
    """
    if place.inside == "comment":
        return _line_end(text)
    if place.prose or (place.inside == "string" and place.long_text):
        return _prose_end(text, place)
    fresh = not place.line_before.strip()
    if not wants_block(place) or (fresh and place.language in CONFIG):
        return _statement_end(text, place)
    return _block_end(text, floor_of(place), place, opened=not fresh)


def floor_of(place: Place) -> int:
    """The shallowest indentation that belongs to a block at the cursor."""
    line = place.line_before
    if line.strip():
        return place.indent
    return max(1, len(line.expandtabs(4))) if line else 0


def _line_end(text: str) -> int | None:
    start = len(text) - len(text.lstrip("\n"))
    end = text.find("\n", start)
    return None if end < 0 else end


def _prose_end(text: str, place: Place) -> int | None:
    """Amid a line that of the sentence, else of the paragraph, the list item or the fenced block."""
    start = len(text) - len(text.lstrip("\n"))
    line = place.line_before.strip()
    if line and not _ITEM.fullmatch(place.line_before) and line not in ('"""', "'''"):
        for found in _SENTENCE_END.finditer(text, start):
            if not _SHORT.search(text[: found.start()][-8:]):
                return found.end()
        return _line_end(text)
    fenced = re.match(r"\s*(```|~~~)", text)
    if fenced:
        close = text.find(f"\n{fenced[1]}", fenced.end())
        return None if close < 0 or "\n" not in text[close + 1 :] else text.index("\n", close + 1)
    end = re.compile(r"\n[ \t]*\n").search(text, start)
    lines = text.split("\n")
    if end is None and len(lines) > MAX_LINES:
        return len("\n".join(lines[:MAX_LINES]))
    return end.start() if end else None


def _statement_end(text: str, place: Place) -> int | None:
    """Behind the line at which all brackets are closed and nothing is left to be said."""
    start = len(text) - len(text.lstrip("\n"))
    lines = text[start:].split("\n")
    head = _unclosed_head(place)
    at = start
    for number, line in enumerate(lines[:-1]):
        at += len(line) + 1
        said = text[start : at - 1]
        if number + 1 >= MAX_LINES:
            return at - 1
        if _open(head + said, place.language):
            continue
        if without_remark(line).endswith(":") and _has_body(place):
            return _body_end(text, start, place)
        ahead = place.line_before if number == 0 else ""
        goes_on = _goes_on(ahead + line, lines[number + 1], len(lines) == number + 2, place)
        if goes_on is None:
            return None
        if not goes_on:
            return at - 1
    return None


def _has_body(place: Place) -> bool:
    """True if a colon at the end of the cursor's line is followed by deeper lines that belong to it."""
    return place.language == "python" or bool(_CASE.match(place.line_before.lstrip()))


def _unclosed_head(place: Place) -> str:
    """The cursor's line, where it opens brackets that nothing behind it closes."""
    line = place.line_before
    if place.line_after.strip() or place.inside != "code" or surplus(line) >= 0:
        return ""
    below = place.below
    return "" if below.strip()[:1] in OPENERS or indent_of(below) > place.indent else line


def _open(said: str, language: str) -> bool:
    """True if a text leaves a bracket open that it opened, or a string of several lines."""
    depth = 0
    for character in QUOTED.sub("", said):
        if character in "([{":
            depth += 1
        elif character in OPENERS:
            depth = max(0, depth - 1)
    if _ANGLE_OPENS.search(said) and len(_ANGLE_OPENS.findall(said)) > len(_ANGLE_CLOSES.findall(said)):
        return True
    if language == "rust" and QUOTED.sub("", said).count('"') % 2:
        return True
    return depth > 0 or any(said.count(fence) % 2 for fence in FENCES.get(language, ()))


def _goes_on(line: str, following: str, partial: bool, place: Place) -> bool | None:
    """Whether a statement goes on behind a line; None while the next line has not come."""
    bare = line.rstrip()
    if place.language in CONFIG:
        return _entry_goes_on(bare, following, partial, place)
    if _WAITS.search(bare) and place.inside == "code":
        return True
    if bare.endswith("}") and place.language not in ("python", "shellscript"):
        if partial and len(following.strip()) < 5:
            return None
        return bool(_CLAUSE.match(following.strip())) and _is_clause(following.strip(), place)
    if place.language not in _CHAINED or bare.endswith((";", "{", ",")) or not bare:
        return False
    if partial and len(following.strip()) < 2:
        return None
    header = _HEADER.match(bare) or (bare.endswith(")") and _HEADED.match(place.line_before))
    if header and indent_of(following) > place.indent:
        return True
    return indent_of(following) > place.indent and bool(_GOES_ON.match(following.lstrip()))


def _entry_goes_on(line: str, following: str, partial: bool, place: Place) -> bool | None:
    """An entry of configuration goes on while lines are deeper than its first."""
    if place.line_before.strip() and not line.endswith((":", "|", ">")):
        return False
    if partial and not following.strip():
        return None
    item = line.endswith(":") and following.lstrip().startswith("- ")
    item = item or not (_KEY.search(line) or _KEY.search(following) or place.line_before.strip())
    return indent_of(following) > place.indent or (item and indent_of(following) == place.indent)


def _body_end(text: str, start: int, place: Place) -> int | None:
    end = _block_end(text[start:], place.indent, place, opened=True)
    return None if end is None else start + end


def _block_end(text: str, floor: int, place: Place, *, opened: bool) -> int | None:
    """`floor` is the shallowest indentation that belongs; the first line continues the cursor's own.

    Where nothing is too shallow, a blank line is the end, unless what is before and behind it is indented.
    """
    at, blank, number, inside, fenced = 0, 0, 0, opened, False
    marks = FENCES.get(place.language, ())
    for number, line in enumerate(text.split("\n")[:-1]):
        if number >= MAX_LINES:
            return at
        if fenced:  # a string of many lines has an indentation of its own
            pass
        elif not line.strip():
            blank += 1
            if number and (blank > 1 or not (floor or inside)):
                return at
        else:
            if number and _leaves(line, floor, opened or blank > floor, place):
                return at
            if number and not opened and _closes_foreign(text[:at], line):
                return at
            inside = indent_of(line) > 0 or opens_block(line)
            blank = 0
        fenced ^= any(line.count(mark) % 2 for mark in marks)
        at += len(line) + 1
    return at if number + 1 >= MAX_LINES else None


def _leaves(line: str, floor: int, opened: bool, place: Place) -> bool:
    indent = indent_of(line)
    if not opened or indent != floor:
        return indent < floor
    return line.strip()[:1] not in OPENERS and not _is_clause(line.strip(), place)


def _is_clause(line: str, place: Place) -> bool:
    """True if a line goes on with the block that the cursor's line begins, and no clause stands below."""
    if _CASE.match(line):
        return bool(_SWITCH.search(place.line_before))
    below = place.below
    there = indent_of(below) == place.indent and _CLAUSE.match(below.strip())
    return bool(_CLAUSE.match(line)) and not there


def _closes_foreign(so_far: str, line: str) -> bool:
    """True if a line begins with a bracket that closes nothing of ours."""
    closer = line.strip()[:1]
    return closer in OPENERS and surplus(so_far, closer) >= 0
