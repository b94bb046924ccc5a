"""Small readings of source text: the types that annotations, values and lists of bases name."""

from __future__ import annotations

import re
from functools import lru_cache

from counterpoint.context.rows import clean

TYPE_LENGTH = 120
_SPACE = re.compile(r"\s+")
_BASE = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|\\)[A-Za-z_$][\w$]*)*")
_NOT_BASES = frozenset({"extends", "implements", "public", "private", "protected", "virtual", "class", "dyn"})
_CONSTRUCTED = {
    "python": re.compile(r"(?:await\s+)?((?:\w+\.)*_*[A-Z]\w*)\s*\("),
    "script": re.compile(r"(?:await\s+)?new\s+([\w$.]+(?:<[\w$.,\s\[\]]+>)?)"),
    "go": re.compile(r"&?((?:\w+\.)?[A-Za-z_]\w*(?:\[[\w.,\s*]+\])?)\{|new\(([\w.]+)\)"),
    "rust": re.compile(r"((?:\w+::)*[A-Z]\w*)(?:::<[^()]*>)?(?:::\w+\(|\s*\{)"),
    "jvm": re.compile(r"new\s+([\w.]+(?:<[\w.,\s?\[\]]*>)?)"),
    "csharp": re.compile(r"new\s+([\w.]+(?:<[\w.,\s?\[\]]*>)?)"),
    "php": re.compile(r"new\s+([\w\\]+)"),
    "ruby": re.compile(r"((?:\w+::)*[A-Z]\w*)\.new\b"),
    "c": re.compile(r"new\s+([\w:]+)"),
}


@lru_cache(maxsize=4096)  # the same few types stand at most functions
def type_text(data: bytes) -> str:
    """An annotation without its mark, on one line, at most 120 characters."""
    text = data.decode("utf-8", "replace")
    text = (text if text.isprintable() else _SPACE.sub(" ", text)).strip()
    text = text.removeprefix("->").removeprefix(":").strip()
    return clean(text[:TYPE_LENGTH]).rstrip()


def constructed(family: str, value: bytes) -> str:
    """The type a value plainly constructs, "" if it does not."""
    pattern = _CONSTRUCTED.get(family)
    found = pattern.match(value.decode("utf-8", "replace")) if pattern else None
    if found is None:
        return ""
    return clean((found[1] or found[found.lastindex or 0])[:TYPE_LENGTH])


def bases_in(data: bytes) -> tuple[str, ...]:
    """The types named in a list of bases, without their arguments and without `metaclass=` and its like."""
    text = data.decode("utf-8", "replace").strip().lstrip("<:").removeprefix("(").removesuffix(")")
    plain = [part.strip() for part in text.split(",")]
    if all(part.replace(".", "_").isidentifier() and part not in _NOT_BASES for part in plain):
        return tuple(plain)
    text = _without_arguments(text)
    found = []
    for part in re.split(r"[,+&]|\bimplements\b|\bwith\b", text):
        if "=" in part:
            continue
        names = [name for name in _BASE.findall(part) if name not in _NOT_BASES]
        if names:
            found.append(names[-1])
    return tuple(found)


def _without_arguments(text: str) -> str:
    kept, depth = [], 0
    for character in text:
        if character in "<[({":
            depth += 1
        elif character in ">])}":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(character)
    return "".join(kept)
