"""Paths as replies write them: found in headings, fences and comments, cleaned, kept inside the workspace."""

from __future__ import annotations

import re

_CLOSED = frozenset({"..", ".git", ".hg", ".jj", ".svn"})
_BARE = re.compile(r"[\w@.()\[\]+~$&=,%#-][\w@./\\()\[\]+~$&=,%#-]*")
_NAMES = frozenset(
    (
        "makefile",
        "dockerfile",
        "license",
        "licence",
        "readme",
        "procfile",
        "gemfile",
        "rakefile",
        "jenkinsfile",
        "vagrantfile",
        "brewfile",
        "justfile",
        "changelog",
        "authors",
        "notice",
        "codeowners",
        "containerfile",
    )
)
_WORDS = re.compile(
    r"^(?:(?:new|updated?|modified|changed|create|edit|modify|changes? (?:to|in|for)|contents? of|full|whole|"
    r"complete|entire|the|in|for)\b[ \t]*)*(?:file ?name|file ?path|file|path)?\b[ \t]*:?[ \t]*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[ \t]*\((?:new|updated?|modified|changed|created?|full|complete|entire|whole|edited|existing|excerpt)"
    r"(?: (?:file|code|contents?|version))?\)[ \t]*|[ \t]*\(?lines? \d+(?:\s?[-–]\s?\d+)?\)?[ \t]*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*|\"([^\"\n]+)\"")
_INFO = re.compile(r"(?:title|file(?:_?name|_?path)?|path|name)\s*=\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s}]+))")
_LISTED = re.compile(r"^\s*(?:[-*+]\s+|\d+[.)]\s+)")
_OPENS = re.compile(r"^\s*(?:```|~~~|<{5,}|-{5,} ?SEARCH|@@|--- |\*\*\* )", re.IGNORECASE)
_FRAMED = re.compile(
    r"^\s*(?P<mark>={3,}|-{3,}|#{3,}|\*{3,}|/{3,})\s*(?:(?:begin|start|of|file|path)\b:?\s*)*(?P<path>[^\s=*#-].*?)\s*(?P=mark)\s*$",
    re.IGNORECASE,
)
_HEADING = (
    r"^\s*(?:#{1,6}\s+|\*\*\s*)(?:\d+[.)]\s+)?(?:%s)(?:\s+(?:the\s+)?file)?\s*:?\s*(?:\*\*)?\s*|"
    r"^\s*(?:%s)(?:\s+file)?\s*:\s*"
)
_NAME = r"[`*\"']*(?P<%s>[^\s`*\"']+)[`*\"']*"
_GONE = re.compile(
    f"(?:{_HEADING})".replace("%s", "deleted?|removed?") + _NAME % "path" + r"(?:\s+\(deleted?\))?\s*:?\s*$",
    re.I,
)
_MOVED = re.compile(
    f"(?:{_HEADING})".replace("%s", "renamed?|moved?")
    + _NAME % "path"
    + r"\s*(?:->|→|=>|\bto\b)\s*"
    + _NAME % "to"
    + r"\s*:?\s*$",
    re.I,
)
_ESCAPE = re.compile(r"\\(?:([0-7]{3})|(.))|[^\\]+", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_COMMENT = re.compile(
    r"^\s*(?:#|//|--|;+|%|/\*+|<!--|\{/\*|\(\*)\s*(?:(?:file ?name|file ?path|file|path)\s*:\s*)?"
    r"(?P<path>[^\s:*]+?)\s*(?:\*/\}?|-->|\*\))?\s*$",
    re.IGNORECASE,
)


def cleaned(path: str) -> str:
    """The path with `/`, without `./` and decoration around it."""
    return path.strip().strip("`*\"'").strip().replace("\\", "/").removeprefix("./")


def unsafe(path: str) -> bool:
    """True if the path leaves the workspace, or is one whose content would run as a program."""
    parts = path.lower().split("/")
    drive = ":" in parts[0]
    hollow = any(not part.strip() or part == "." or part != part.rstrip(" .") for part in parts)
    odd = any(ord(char) < 32 for char in path)
    return path[:1] in ("", "/", "~") or drive or hollow or odd or not _CLOSED.isdisjoint(parts)


def looks_like_path(text: str) -> bool:
    """True for `src/a.py`, `a.py`, `Makefile`; false for a word, a number, a call."""
    if not text or len(text) > 200 or not _BARE.fullmatch(text) or text.endswith(("()", ".", "/", "\\")):
        return False
    name = text.replace("\\", "/").rsplit("/", 1)[-1]
    if name.lower() in _NAMES or re.fullmatch(r"\.[A-Za-z][\w.-]*", name):
        return True
    if re.fullmatch(r"[\w@()\[\]+~$&=,%#.-]+\.[A-Za-z][\w+-]{0,9}", name):
        return re.search(r"[A-Za-z_]", name.rsplit(".", 1)[0]) is not None or name[0].isdigit()
    return "/" in text and re.fullmatch(r"[\w.-]+", name) is not None and not text.startswith("//")


def is_named_like_a_file(path: str) -> bool:
    """True for a name with an ending, or one that is known without; `Node.js` and `and/or` are no files."""
    name = path.rsplit("/", 1)[-1]
    if "/" not in path and re.fullmatch(r"(?:[A-Z]\w*|\w+)\.(?:js|net|io|ai)", name) and name[:1].isupper():
        return False
    if name.lower() in _NAMES or name.startswith("."):
        return True
    return re.search(r"\.[A-Za-z]\w{0,9}$", name) is not None


def heading_path(line: str, following: str) -> str:
    """The path that a line of its own names. In a list it counts only right above what it is for."""
    if (framed := _FRAMED.match(line)) and looks_like_path(cleaned(framed["path"])):
        return cleaned(framed["path"])
    if _LISTED.match(line) and not _OPENS.match(following):
        return ""
    return path_in_line(line, sentence=False)


def path_in_line(line: str, *, sentence: bool = True) -> str:
    """The path a line of prose names: alone, labelled, or (in a sentence) the only one that is marked up."""
    bare = re.sub(r"^\s*(?:#{1,6}\s+|>\s+|[-*+]\s+|\d+[.)]\s+)*", "", line).strip()
    bare = _AFTER.sub("", bare).strip()
    plain = _AFTER.sub("", _unstressed(_unstressed(bare.rstrip(":").strip()).rstrip(":").strip())).strip()
    for attempt in (plain, _WORDS.sub("", plain, count=1)):
        found = cleaned(_AFTER.sub("", attempt).rstrip(":"))
        if looks_like_path(found) or (_whole_quote(attempt) and _spaced(found)):
            return found
    if not sentence:
        return ""
    marked = [cleaned(next(filter(None, hit))) for hit in _QUOTED.findall(line)]
    paths = list(dict.fromkeys(path for path in marked if looks_like_path(path) or _spaced(path)))
    return paths[0] if len(paths) == 1 else ""


def _unstressed(text: str) -> str:
    """Without the same marks of emphasis on both sides; `__init__.py` has none."""
    found = re.fullmatch(r"(\*{1,3}|_{1,3})(?=[^*_])(.*[^*_])\1", text)
    return found[2] if found else text


def told(line: str) -> tuple[str, str]:
    """What a heading says is deleted, or moved and where to: `### Delete old.py`, `Rename: a.py -> b.py`."""
    if found := _GONE.match(line):
        return cleaned(found["path"]), ""
    if found := _MOVED.match(line):
        return cleaned(found["path"]), cleaned(found["to"])
    return "", ""


def unquoted(path: str) -> str:
    """A path as git writes it between quotes where it has signs beyond ASCII: octal bytes of UTF-8."""
    if not (len(path) > 1 and path[0] == '"' == path[-1]):
        return path
    out = bytearray()
    for hit in _ESCAPE.finditer(path[1:-1]):
        octal, sign = hit.groups()
        plain = hit[0].encode("utf-8", "surrogatepass")
        out += bytes([int(octal, 8) & 255]) if octal else _SIGNS.get(sign, sign or "").encode() or plain
    return out.decode("utf-8", "replace")


def _whole_quote(text: str) -> bool:
    text = text.strip()
    return len(text) > 2 and text[0] == "`" == text[-1] and "`" not in text[1:-1]


def _spaced(text: str) -> bool:
    """A path with blanks in it; taken for one only inside quotes."""
    name = text.rsplit("/", 1)[-1]
    return " " in name and re.fullmatch(r"[\w ./()+@&,-]+\.[A-Za-z]\w{0,5}", text) is not None


def path_in_info(info: str) -> str:
    """The path in what stands behind an opening fence: `python a.py`, `python:a.py`, `title="a.py"`."""
    named = _INFO.search(info)
    if named:
        return cleaned(next(filter(None, named.groups())))
    words = info.split()
    for word in words[:3]:
        _, colon, rest = word.partition(":")
        if colon and looks_like_path(rest):
            return cleaned(rest)
        if looks_like_path(cleaned(word)) and not (word == words[0] and "." not in word and "/" not in word):
            return cleaned(word)
    return ""


def path_in_comment(line: str) -> str:
    """The path if the line is a comment that holds nothing else."""
    found = _COMMENT.match(line)
    return cleaned(found["path"]) if found and looks_like_path(found["path"]) else ""
