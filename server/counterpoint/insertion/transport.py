"""What happens to text on its way: invisible characters, colours, entities, escapes, typeset quotes. Pure."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

from counterpoint.brackets import QUOTED
from counterpoint.insertion.place import MARKUP, Place

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_HIDDEN = re.compile(
    "[\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0e-\x1a\x7f]"
)
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u3000]")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34|#x2F|#47);")
_RAW = re.compile(r"[<>]|&(?!(?:lt|gt|amp|quot|apos|nbsp|#\d+|#x[0-9A-Fa-f]+);|#?\w{0,4}\Z)")
_TYPESET = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "‘": "'", "’": "'", "‚": "'"})
_TAGGED = re.compile(r"(?<=\w)(:)“([^”\n]*)”")
"""Struct tags of Go, which are quotes within quotes."""
_SMART = re.compile("[“”„‟‘’‚]")
_COMMENT = re.compile(r"(?:(?<!\S)# |//)[^\n]*|/\*.*?\*/", re.DOTALL)
_QUOTE_ENTITY = re.compile(r"&(?:quot|#x27|#39|#34);")
_OPERATOR = re.compile(
    r"[=-]&gt;|&amp;&amp;|[=(:]\s*&quot;|&lt;=|\b(?:from|import)\s+&quot;|\breturn\s+&(?:lt|quot);|\w&lt;[A-Z]"
)
"""Entities that stand for what only code has."""
_HYPERTEXT = frozenset({"html", "xml", "markdown", "mdx"})
_TRIPLE = ('"""', "'''")
_MASKED = re.compile("|".join((*_TRIPLE, QUOTED.pattern)))
_LONG = re.compile(r"`\\n +[^`]*\\n *`")
"""A text in backticks that begins and ends with an escaped line end: lines of its own, laid out."""
"""Strings of one line; of one with triple quotes only those."""
_BREAK = re.compile(r"(?<!\\)\\n")


def visible(text: str, place: Place) -> str:
    """Without a BOM, marks of direction or width zero, and a terminal's colours, unless the file has such."""
    if text.isascii() and text.isprintable():
        return text
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if _HIDDEN.search(text):
        text = _HIDDEN.sub(lambda hit: hit[0] if place.knows(hit[0]) else "", text)
    only = place.inside == "string" and " " not in text
    if (place.inside == "code" and not place.prose) or only:
        text = _SPACES.sub(lambda hit: hit[0] if place.knows(hit[0]) else " ", text)
    return text


def unescaped_html(text: str, place: Place) -> str:
    """`&lt;` outside of quotes, with no bare `<` anywhere, is a `<` that was escaped on its way."""
    if "&" not in text or place.prose or place.language in _HYPERTEXT or _RAW.search(text):
        return text
    if place.inside == "string":
        sure = not set("\"'`") & set(text) and bool(_QUOTE_ENTITY.search(text))
    else:
        found = _ENTITY.search(QUOTED.sub("", text)) if place.inside == "code" else None
        sure = bool(_OPERATOR.search(text)) or bool(found and not _is_markup(place))
        sure = sure and not (found and place.knows(found[0]))
    return html.unescape(text).replace("\xa0", " ") if sure else text


def _is_markup(place: Place) -> bool:
    """True where an entity may be text of the file: between tags, of which the last stands before."""
    ahead = place.before.rstrip()
    script = place.language in ("typescriptreact", "javascriptreact")
    return place.language in MARKUP and (not script or (ahead.endswith(">") and not ahead.endswith("=>")))


def unescaped_breaks(text: str, place: Place) -> str:
    """A backslash and an n outside of quotes, in a text of one line, is a line end that was escaped."""
    body = text.strip("\n")
    if "\\n" not in body or "\n" in body or place.is_text:
        return text
    if place.inside == "string":
        mark = place.open_quote
        whole = unescaped_breaks(mark + body, replace(place, inside="code"))
        return whole[1:] if mark and whole.startswith(mark) and whole != mark + body else text
    if not _BREAK.search(_MASKED.sub(_ends_only, body)):
        return (_as_json(body) if '\\"' in body else None) or text
    return _as_json(body) or _outside(body)


def _ends_only(quoted: re.Match[str]) -> str:
    return quoted[0] if quoted[0] in _TRIPLE or _LONG.fullmatch(quoted[0]) else ""


def _as_json(body: str) -> str | None:
    try:
        return str(json.loads(f'"{body}"'))
    except ValueError:
        return None


def _outside(body: str) -> str:
    parts: list[str] = []
    at = 0
    for quoted in _MASKED.finditer(body):
        long = _LONG.fullmatch(quoted[0])
        parts += (_plain(body[at : quoted.start()]), _plain(quoted[0]) if long else quoted[0])
        at = quoted.end()
    return "".join((*parts, _plain(body[at:])))


def _plain(piece: str) -> str:
    return _BREAK.sub("\n", piece).replace("\\t", "\t")


def plain_quotes(text: str, place: Place) -> str:
    """A typesetter's quotes, where code has quotes."""
    if place.inside != "code" or place.prose or not _SMART.search(text):
        return text
    bare = _COMMENT.sub("", QUOTED.sub("", text))
    if not _SMART.search(bare):
        return _TAGGED.sub(r'\g<1>"\g<2>"', text) if place.language == "go" else text
    parts: list[str] = []
    at = 0
    for quoted in QUOTED.finditer(text):
        parts += (text[at : quoted.start()].translate(_TYPESET), quoted[0])
        at = quoted.end()
    return "".join((*parts, text[at:].translate(_TYPESET)))
