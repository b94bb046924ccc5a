"""What stands in the margin of a text that was shown, not written: line numbers, signs of a diff. Pure."""

from __future__ import annotations

import re

from counterpoint.brackets import surplus
from counterpoint.insertion.place import CONFIG, Place, margin_of

_NUMBERED = re.compile(r"[ \t]*(?P<number>\d{1,6})(?P<mark>[ \t]*[|│:][ \t]?|\t|→)(?P<rest>.*)\Z")
_HUNK = re.compile(r"(?:@@ .*@@.*|\+\+\+ .*|--- .*|diff --git .*|index [0-9a-f]+\.\..*)\n")
_ENDED = re.compile(r"(?:[;{}:]|^\s*(?:#|//|@).*)\Z")


def without_numbers(text: str, place: Place) -> str:
    """Numbers of lines that go up one by one, or a lone one that is that of the cursor's line."""
    if place.prose or not re.match(r"\s*\d", text):
        return text
    lines = text.strip("\n").split("\n")
    whole = lines if _NUMBERED.match(lines[-1]) else lines[:-1]
    found = [_NUMBERED.match(line) for line in whole]
    rows = [hit for hit in found if hit]
    if not rows or len(rows) != len(found):
        return text
    numbers = [int(hit["number"]) for hit in rows]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return text
    far = abs(numbers[0] - place.number - 1)
    if far > 0 if ":" in rows[0]["mark"] else (len(rows) == 1 and far > 1):
        return text
    return "\n".join(hit["rest"] for hit in rows) + _ended_as(text)


def without_signs(text: str, place: Place) -> str:
    """A plus at the beginning of every line is the sign of a diff where none can begin a line of code."""
    if place.prose or place.language in CONFIG or place.inside != "code" or place.line_before.strip():
        return text
    while hunk := _HUNK.match(text):
        text = text[hunk.end() :]
    lines = text.strip("\n").split("\n")
    said = [line for line in lines if line.strip()]
    if not said or not all(line.startswith(("+", "-", " ", "\\")) for line in said[:-1]):
        return text
    added = [line for line in said if line.startswith("+") and not line.startswith("++")]
    if (
        not added
        or any(line.startswith(" ") for line in said if line not in added)
        or not said[0].startswith(("+", "-"))
    ):
        return text
    if not all(line.startswith(("+", "-")) for line in said) or not _is_diff(added, place):
        return text
    return "\n".join(line[1:] for line in lines if not line.startswith("-")) + _ended_as(text)


def _ended_as(text: str) -> str:
    """The line end of a text's last line: without it that line may still be going on."""
    return "\n" if text.endswith("\n") else ""


def _is_diff(added: list[str], place: Place) -> bool:
    margin = margin_of(place.line_before)
    if margin and added[0][1:].startswith(margin):
        return True
    if margin and len(added) > 1:
        return True
    above = place.above.rstrip()
    return not margin or bool(_ENDED.search(above)) or surplus(above) > 0 or above.endswith(")")
