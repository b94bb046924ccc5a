"""Edits between tags: `<file path="a.py">`, `<old>` and `<new>`, and the tools that models take them from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterpoint.changes.paths import cleaned, looks_like_path
from counterpoint.changes.values import Move, Operation, Refused, Remove, Swap, Whole

_OLD = r"old|old_?str(?:ing)?|old_?(?:text|code|content)|search|find|original|before"
_NEW = r"new|new_?str(?:ing)?|new_?(?:text|code|content)|replace(?:_?with)?|replacement|updated|after"
_ATTRIBUTE = re.compile(
    r"\b(?:path|file_?path|file_?name|filename|file|title|name|src)\s*=\s*(?:\"([^\"\n]+)\"|'([^'\n]+)')"
)
_FILE = re.compile(
    r"^[ \t]*<(?P<tag>file|create_file|new_file|write_file|write_to_file|update_file|full_file|document|"
    r"code_file|file_content|boltAction|antArtifact|source_file)\b(?P<rest>[^<>]*)>",
    re.IGNORECASE,
)
_QUOTE = re.compile(rf"^[ \t]*<(?P<tag>{_OLD})>", re.IGNORECASE)
_PAIR = re.compile(
    rf"<(?P<one>{_OLD})>(?P<old>.*?)</(?P=one)>\s*<(?P<two>{_NEW})>(?P<new>.*?)</(?P=two)>",
    re.IGNORECASE | re.DOTALL,
)
_PATH = re.compile(
    r"<(?P<tag>path|file_?path|file_?name|filename|file|name|source)>\s*(?P<path>[^<>\n]+?)\s*</(?P=tag)>",
    re.I,
)
_CONTENT = re.compile(
    r"<(?P<tag>content|contents|document_content|code|text|file_text|body)>(?P<text>.*?)</(?P=tag)>",
    re.I | re.S,
)
_DELETE = re.compile(
    r"^[ \t]*<(?:delete|remove)(?:_file)?\b(?P<rest>[^<>]*?)/?>(?:\s*</(?:delete|remove)(?:_file)?>)?[ \t]*$",
    re.I,
)
_MOVE = re.compile(
    r"^[ \t]*<(?:rename|move)(?:_file)?\b(?P<rest>[^<>]*?)/?>(?:\s*</(?:rename|move)(?:_file)?>)?[ \t]*$",
    re.I,
)
_ENDS = re.compile(
    r"\b(from|old|source|path|to|new|target|dest(?:ination)?)\s*=\s*(?:\"([^\"\n]+)\"|'([^'\n]+)')"
)
_CDATA = re.compile(r"^\s*<!\[CDATA\[(?P<text>.*)\]\]>\s*$", re.DOTALL)
_FENCED = re.compile(
    r"^\s*(?P<mark>`{3,}|~{3,})[^\n`]*\n(?P<text>.*?)^[ \t]*(?P=mark)[ \t]*$\s*\Z", re.DOTALL | re.MULTILINE
)


def path_of(line: str) -> str:
    """The path that a line gives between tags and nothing else, or ""."""
    found = _PATH.fullmatch(line.strip())
    return cleaned(found["path"]) if found and looks_like_path(cleaned(found["path"])) else ""


def opens(lines: Sequence[str], at: int) -> bool:
    """True if an edit between tags begins at a line."""
    line = lines[at]
    if _QUOTE.match(line) or _DELETE.match(line) or _MOVE.match(line):
        return True
    file = _FILE.match(line)
    if file is not None:
        inside = "\n".join(lines[at : at + 4])
        return _ATTRIBUTE.search(file["rest"]) is not None or _PATH.search(inside[file.end() :]) is not None
    return False


def read(lines: Sequence[str], at: int, path: str) -> tuple[list[Operation], int]:
    """What the tags at a line say, and the number of the line behind them.

    Raises Refused: `cut-off` where they do not close, `malformed` where they say nothing.
    """
    line = lines[at]
    if found := _DELETE.match(line):
        return [Remove(_attribute(found["rest"], line))], at + 1
    if found := _MOVE.match(line):
        named = {key[:1]: cleaned(one or two) for key, one, two in _ENDS.findall(found["rest"])}
        source, target = named.get("f") or named.get("o") or named.get("s") or named.get("p"), named.get("t")
        target = target or named.get("n") or named.get("d")
        if not source or not target:
            raise Refused("malformed", line.strip()[:60])
        return [Move(source, target)], at + 1
    rest = "\n".join(lines[at:])
    if file := _FILE.match(line):
        return _file(rest, file, at)
    pair = _PAIR.match(rest.lstrip(" \t"))
    if pair is None:
        raise Refused("cut-off", f"{path}: {line.strip()[:60]}")
    before = at + (rest[: len(rest) - len(rest.lstrip(" \t")) + pair.end()].count("\n"))
    old, new = _inside(pair["old"]), _inside(pair["new"])
    by_lines = "\n" in pair["old"]
    return [Swap(path, old, new, by_lines=by_lines)], before + 1


def _attribute(rest: str, line: str) -> str:
    found = _ATTRIBUTE.search(rest)
    if found is None:
        raise Refused("no-path", line.strip()[:60])
    return cleaned(next(filter(None, found.groups())))


def _file(rest: str, file: re.Match[str], at: int) -> tuple[list[Operation], int]:
    tag = file["tag"]
    closing = re.compile(rf"(?P<text>.*?)</{tag}>[ \t]*$", re.DOTALL | re.MULTILINE | re.IGNORECASE)
    found = closing.match(rest, file.end())
    if found is None:
        raise Refused("cut-off", f"{file[0].strip()[:60]} does not end")
    inside = found["text"]
    end = at + rest[: found.end()].count("\n") + 1
    attribute = _ATTRIBUTE.search(file["rest"])
    if attribute is not None:
        path = cleaned(next(filter(None, attribute.groups())))
    else:
        named = _PATH.search(inside)
        assert named is not None
        path, inside = cleaned(named["path"]), inside[: named.start()] + inside[named.end() :]
    pairs = list(_PAIR.finditer(inside))
    if pairs and not _PAIR.sub("", inside).strip():
        return [
            Swap(path, _inside(one["old"]), _inside(one["new"]), by_lines="\n" in one["old"]) for one in pairs
        ], end
    content = _CONTENT.search(inside)
    if content is not None and not (inside[: content.start()] + inside[content.end() :]).strip(" \t\n"):
        inside = content["text"]
    return [Whole(path, _inside(inside))], end


def _inside(text: str) -> str:
    """What stands between tags, without the line ends next to them, and out of its wrapping."""
    if found := _CDATA.match(text):
        text = found["text"]
    if found := _FENCED.match(text):
        return found["text"]
    if not text.startswith("\n"):
        return text
    text = text[1:]
    body, mark, last = text.rpartition("\n")
    # Blanks before the closing tag belong to the tag.
    return body + mark if mark and not last.strip() else text
