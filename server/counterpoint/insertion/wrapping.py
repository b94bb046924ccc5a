"""What a model puts round its answer: fences, JSON, tags, marks of other models, the cursor. Pure."""

from __future__ import annotations

import json
import re

from counterpoint.insertion.place import MARKUP, Place

_SENTENCE = r"(?:Here(?:'s| is| are)|Sure|Certainly|Of course)\b[^\n]*"
_FENCE = re.compile(
    r"\s*(?P<mark>```+|~~~+)[\w+#.-]*[ \t]*\n(?P<body>.*?)(?:(?:^|\n)[ \t]*(?P=mark).*)?\Z", re.DOTALL
)
_LATER = re.compile(r"(?:\A|.*?\n)[ \t]*```[\w+#.-]*[ \t]*\n(?P<body>.*?)(?:\n[ \t]*```.*)?\Z", re.DOTALL)
_CLOSING = re.compile(r"\n[ \t]*```[ \t]*(?:\n.*)?\Z", re.DOTALL)
_ONE_LINE = re.compile(r"\s*`{1,3}(?P<body>[^`\n]+)`{1,3}\s*\Z")
_WHOLE = re.compile(r"\s*```(?:markdown|md)[ \t]*\n")
_MAY_OPEN = re.compile(rf"\s*(?:[`~]{{1,3}}[\w+#.-]*[ \t]*\Z|{_SENTENCE}\s*`{{0,3}}[\w+-]*\Z)")

_TELLING = ("completion", "insertion", "suggestion")
_KEYS = (*_TELLING, "code", "insert", "text", "answer", "output", "content", "result")
_MAY_BE_JSON = re.compile(rf"\s*\{{\s*(?:\"(?:{'|'.join(_KEYS)})\"\s*(?::\s*(?:\"|\Z)|\Z)|\"\w{{0,12}}\Z|\Z)")
_NAMES = (
    r"(?:completion|answer|insert(?:ion)?|fill(?:_?in)?|output|result|suggestion|response|code"
    r"|missing(?:_code)?)"
)
_WRAPPED = re.compile(
    rf"\s*<(?P<name>{_NAMES})>[ \t]*\n?(?P<body>.*?)(?:\n?[ \t]*</(?P=name)>.*)?\Z", re.DOTALL
)
_TAG_FIRST = re.compile(r"\s*(?:<(?:before|after|cursor|file|here)/?>\n?)+")
_TAG = re.compile(rf"</before>|</?after>|</?cursor>|</file>|<here/>|</{_NAMES}>")

_MIDDLE = re.compile(r"<\|?(?:fim[_▁]middle|MID|fim_hole|middle)\|?>|<｜fim▁hole｜>|\[MIDDLE\]|<MID>")
_MARKS = re.compile(
    r"<\|?(?:fim[_▁](?:prefix|suffix|pad|begin|end)|endoftext|end_of_text|eot_id|im_end|im_start|repo_name|eom_id"
    r"|file_sep(?:arator)?)\|?>|<｜[\w▁]+｜>|<(?:PRE|SUF|EOT|EOM|END)>|\[(?:PREFIX|SUFFIX|/?INST)\]"
    r"|</?s>(?=\s|\Z)"
)
_BEGINS = re.compile(
    r"\s*(?:<\|?(?:fim[_▁](?:prefix|suffix|begin)|PRE|SUF|prefix|suffix)\|?>|<｜fim▁begin｜>)"
)
_CURSOR = re.compile(
    r"<\|(?:user_)?cursor(?:_is_here)?\|>|<\|?(?:CURSOR|caret|CARET)\|?>|\{\{\s*cursor\s*\}\}|\[CURSOR\]|[█▮▌⎀‸]"
)


def without_fences(text: str, place: Place) -> str:
    """A fenced block is what was meant; prose round it goes."""
    if place.prose and not _WHOLE.match(text):
        return text
    if place.is_text and "```" not in text.lstrip()[:400].partition("\n")[0]:
        return text
    found = _FENCE.match(text) or _LATER.match(text)
    if found:
        return found["body"]
    if closing := _CLOSING.search(text):
        return text[: closing.start()]
    alone = _ONE_LINE.match(text)
    if alone and place.language not in ("go", "shellscript") and not place.knows("`"):
        return alone["body"]
    return text


def without_json(text: str, place: Place) -> str:
    """An answer of one field of JSON is that field."""
    if not _MAY_BE_JSON.match(text) or place.prose:
        return text
    try:
        found, end = json.JSONDecoder(strict=False).raw_decode(text.strip())
    except ValueError:
        return text
    alone = isinstance(found, dict) and text.strip()[end:].lstrip(" `")[:1] in ("", "\n")
    if not alone:
        return text
    keys = _KEYS if _is_no_value(place) else _TELLING
    said = next((found[key] for key in keys if isinstance(found.get(key), str)), None)
    return text if said is None else str(said)


def _is_no_value(place: Place) -> bool:
    """True where a statement begins: an object in braces cannot be meant there."""
    fresh = not place.line_before.strip() and not place.above.rstrip().endswith(
        (",", "[", "{", "(", ":", "=")
    )
    return fresh and place.language not in ("json", "jsonc", "yaml")


def may_be_wrapped(text: str, place: Place) -> bool:
    """True if so much of an answer may yet turn out to be the beginning of a wrapping."""
    if place.prose:
        return False
    if _BEGINS.match(text) and not _MIDDLE.search(text):
        return True
    return bool(_MAY_OPEN.match(text) or (_MAY_BE_JSON.match(text) and not _is_whole(text)))


def is_whole_json(text: str, place: Place) -> bool:
    """True once an answer in a field of JSON has come to its end."""
    return without_json(text, place) != text


def _is_whole(text: str) -> bool:
    try:
        json.JSONDecoder(strict=False).raw_decode(text.strip())
    except ValueError:
        return False
    return True


def without_tags(text: str, place: Place) -> str:
    """Marks of our own prompt that the model repeated: the answer ends at the first behind its beginning.
    Where the file or a string speaks of them they are code."""
    wrapped = _WRAPPED.match(text)
    if wrapped and not (place.language in MARKUP and wrapped["name"] == "code"):
        text = wrapped["body"] if not place.knows(f"<{wrapped['name']}") else text
    first = _TAG_FIRST.match(text)
    if first and not place.knows(first[0].strip()):
        text = text[first.end() :]
    for found in _TAG.finditer(text):
        spoken = place.knows(found[0]) or _quoted(text, found)
        if not spoken and not (place.language in MARKUP and "code" in found[0]):
            return text[: found.start()]
    return text


def without_marks(text: str, place: Place) -> str:
    """Tokens by which models that fill in the middle tell its parts apart: what follows "middle" is meant,
    up to the next of them."""
    if "<" not in text and "[" not in text:
        return text
    middle = [found for found in _MIDDLE.finditer(text) if not _quoted(text, found)]
    if middle and not place.knows(middle[-1][0]):
        text = text[middle[-1].end() :]
    for found in _MARKS.finditer(text):
        if (
            place.knows(found[0])
            or _quoted(text, found)
            or (found[0].endswith("s>") and place.language in MARKUP)
        ):
            continue
        if text[: found.start()].strip():
            return text[: found.start()]
        return without_marks(text[found.end() :], place)
    return text


def without_cursor(text: str, place: Place) -> str:
    """A mark of where the cursor stands: what precedes it may be the line that stands there already."""
    found = _CURSOR.search(text)
    if found is None or place.knows(found[0]) or _quoted(text, found):
        return text
    ahead = text[: found.start()]
    line = place.line_before.strip()
    if not ahead.strip() or (line and ahead.strip() == line) or place.before.endswith(ahead):
        return _CURSOR.sub("", text[found.end() :])
    return _CURSOR.sub("", text)


def _quoted(text: str, found: re.Match[str]) -> bool:
    """True for a mark between quotes, which the code speaks of."""
    before, after = text[: found.start()][-1:], text[found.end() :][:1]
    return before in ('"', "'", "`") and before == after
