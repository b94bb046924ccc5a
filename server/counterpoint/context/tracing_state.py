"""State that functions share: which names a piece of code uses, and who else writes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from counterpoint.context.facts import Facts

_MEMBER = re.compile(r"(?:\.|->|::|\?\.)(#?[A-Za-z_]\w*)(?!\w*\s*\()")
_ITEM = re.compile(r"(?:\[|\.get\()\s*[\"'](\w+)[\"']")
_WORD = re.compile(r"(?<![\w.#])([A-Za-z_]\w*)(?!\w*\s*\()")
_MUTATORS = (
    "append|add|pop|popleft|popitem|update|clear|remove|discard|extend|insert|setdefault|sort|reverse|appendleft"
    "|set|delete|push|unshift|shift|splice|fill|put|putAll|putIfAbsent|removeIf|addAll|offer|poll|swap|store"
    "|insert_many|borrow_mut|get_or_insert|retain|drain|push_back|push_str|truncate|entry|compute|merge|Store"
    "|Delete|LoadOrStore|acquire|release"
)
_ITEM_OF = r"(?:\s*\[[^\]]*\]|\.get_mut\([^)]*\))*"
_AFTER = re.compile(
    rf"{_ITEM_OF}(?:"
    r"\s*(?::\s*[^=\n]{1,80})?(?:[-+*/%|&^@]|//|<<|>>|\*\*|\?\?|\|\||&&|:)?=(?![=>])"
    r"|\s*(?:\+\+|--)"
    rf"|(?:\??\.\w+(?:\([^()]*\))?)*\??\.(?:{_MUTATORS})\b\s*\("
    r"|\s*,[^=()\n]*=(?!=))"
)
"""What follows a name that is written to: an assignment, a step, a method that changes what it holds."""
_BEFORE = re.compile(r"(?:\+\+|--)[\w.]*$|\b(?:del|delete|append|copy|clear|global|nonlocal)\b[\s(]+[^=\n]*$")
_KEY = re.compile(r"[\"']\s*(?::(?!:)|\]\s*=(?!=))")
_LAST = re.compile(r"\s*=(?!=)")
_STATE = frozenset({"field", "variable", "constant"})
_LONGEST = 400


def state_used(rows: Sequence[str], facts: Facts) -> list[str]:
    """The names of state in lines of a file: members that somebody reads or writes, keys of tables, and names
    of modules or of what they import. In the order of their first use, each once."""
    top = {one.name for one in facts.definitions if one.kind in _STATE and not one.owner}
    top |= {one.alias for one in facts.imports if one.name and one.name != "*"}
    found: dict[str, None] = {}
    for row in rows:
        code = row[:_LONGEST]
        for name in (
            *_MEMBER.findall(code),
            *_ITEM.findall(code),
            *(name for name in _WORD.findall(code) if name in top),
        ):
            found[name] = None
    return list(found)


def lines_writing(name: str, lines: Sequence[str]) -> Iterator[int]:
    """The 0-based lines that write to a name, one of its items, or what it holds."""
    for number, line in enumerate(lines):
        code = line[:_LONGEST]
        if name in code and any(_writes(code, at, at + len(name)) for at in _places(name, code)):
            yield number


def _places(name: str, line: str) -> Iterator[int]:
    """Where a name stands as a word of its own."""
    at = line.find(name)
    while at >= 0:
        end = at + len(name)
        if not (_is_word(line[at - 1 : at]) or _is_word(line[end : end + 1])):
            yield at
        at = line.find(name, end)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _writes(line: str, start: int, end: int) -> bool:
    """Whether a line writes to the name that stands there."""
    if line[start - 1 : start] in ("'", '"') and _KEY.match(line, end):
        return True
    if _AFTER.match(line, end):
        return True
    before = line[:start]
    if _BEFORE.search(before) is not None:
        return True
    return before.rstrip().endswith((",", ", self.", ", this.")) and _LAST.match(line, end) is not None
