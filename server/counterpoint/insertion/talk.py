"""Words to the user in an answer that should be code: greetings, explanations, refusals, omissions. Pure."""

from __future__ import annotations

import re

from counterpoint.context.lexing import inside_at
from counterpoint.context.parsing import has_grammar
from counterpoint.insertion.place import Place

_OPENING = re.compile(
    r"\s*(?:Here(?:'s| is| are)|Sure|Certainly|Of course|Okay|The (?:missing|completed?|following|code)"
    r"|To complete|This is the|I(?:'ll| will| would|'ve| have)|You can|Based on|Completion|Answer|Output"
    r"|Completed code)\b[^\n]*[:.!]\s*\n+"
)
_OF_CODE = re.compile(r"\b(?:code|completion|completed)\b")
_REFUSAL = re.compile(
    r"\s*[\[(<]?(?:(?:I'm|I am) (?:sorry|unable|not able)|I (?:cannot|can't|don't|do not)\b|Sorry,"
    r"|No (?:completion|code|text|further|additional|output)\b|There(?:'s| is) nothing"
    r"|Nothing (?:to|belongs|needs)|As an AI|N/A\b|empty[\])>]"
    r"|The (?:code|file|function|statement|line) (?:is|appears|seems) (?:already )?complete)"
)
_AFTERWARDS = re.compile(
    r"(?:\*\*)?(?:Explanation|Notes?|This (?:code|completion|line|will|is|function|method|adds|completes|uses"
    r"|implementation|snippet|statement|ensures|returns|assigns)"
    r"|The (?:code|above|completion|function|line|method)|I(?:'ve| have|'m)\b|Here,|Let me know|In this"
    r"|It (?:will|is|uses)|Hope this|You can|As you can|Feel free)\b[^\n]*"
)
_CODE = re.compile(r"[;{}=]|\w\(|\)\s*\Z|\]\s*\Z")
_COMMENTED = r"(?:#|//|--|/\*+|<!--|;|%|\{/\*)\s*"
_LEFT_OUT = re.compile(
    rf"[ \t]*{_COMMENTED}(?:\.{{3}}|…)?[^\n]*?(?:"
    r"\b(?:rest of|remaining|remainder of)\b[^\n]{0,60}"
    r"\b(?:code|function|file|method|class|implementation|logic|unchanged|same)\b"
    r"|\bexisting (?:code|implementation|logic|methods?|functions?)\b|\bunchanged\b"
    r"|\bsame as (?:before|above)\b|\b(?:your|more|other) (?:code|logic|implementation) (?:goes )?here\b"
    r"|\bimplementation (?:goes )?here\b)[^\n]*"
)
_DOTS = re.compile(rf"[ \t]*{_COMMENTED}(?:\.{{3}}|…)\s*(?:\*/|-->|\*/\}})?[ \t]*")


def without_prose(text: str, place: Place) -> str:
    """An opening sentence to the user, such as "Here is the code:", is no code; nor is a refusal."""
    if place.is_text:
        found = None if place.prose else _OPENING.match(text)
        return text[found.end() :] if found and _OF_CODE.search(found[0]) else text
    if _REFUSAL.match(text) and not _CODE.search(text.partition("\n")[0]):
        return ""
    found = _OPENING.match(text)
    if found is None or _CODE.search(found[0].strip()[:-1]):
        return text
    return text[found.end() :]


def without_afterword(text: str, place: Place) -> str:
    """Code ends where a sentence about it begins a line."""
    if place.is_text or "\n" not in text.strip("\n"):
        return text
    at = 0
    for number, line in enumerate(text.split("\n")):
        if number and _is_afterword(line.strip()) and _in_code(text[:at], place):
            return text[:at].rstrip("\n")
        at += len(line) + 1
    return text


def _is_afterword(line: str) -> bool:
    return len(line.split()) > 2 and bool(_AFTERWARDS.fullmatch(line)) and not re.search(r"[;{}=]\s*\Z", line)


def _in_code(so_far: str, place: Place) -> bool:
    return not has_grammar(place.language) or inside_at(place.language, place.open_quote + so_far) == "code"


def without_omissions(text: str, place: Place) -> str:
    """A comment that stands for code left out ends the answer: accepted, it would replace nothing."""
    if place.is_text or not re.search(r"\.{3}|…|rest of|remain|existing|unchanged|same as| here", text):
        return text
    at = 0
    for number, line in enumerate(text.split("\n")):
        bare = line.strip()
        if (_LEFT_OUT.fullmatch(line) or (_DOTS.fullmatch(line) and number)) and not place.knows(bare):
            return text[:at].rstrip("\n") if text[:at].strip() else ""
        at += len(line) + 1
    return text
