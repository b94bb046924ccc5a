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
    pattern = _writing(name)
    for number, line in enumerate(lines):
        if name in line and pattern.search(line[:_LONGEST]):
            yield number


def _writing(name: str) -> re.Pattern[str]:
    own = rf"(?<![\w]){re.escape(name)}"
    item = r"(?:\s*\[[^\]]*\]|\.get_mut\([^)]*\))*"
    return re.compile(
        rf"{own}{item}\s*(?::\s*[^=\n]{{1,80}})?(?:[-+*/%|&^@]|//|<<|>>|\*\*|\?\?|\|\||&&|:)?=(?![=>])"
        rf"|{own}{item}\s*(?:\+\+|--)|(?:\+\+|--)[\w.]*{own}"
        rf"|{own}{item}(?:\??\.\w+(?:\([^()]*\))?)*\??\.(?:{_MUTATORS})\b\s*\("
        rf"|\b(?:del|delete|append|copy|clear|global|nonlocal)\b[\s(]+[^=\n]*{own}"
        rf"|[\"']{re.escape(name)}[\"']\s*(?::(?!:)|\]\s*=(?!=))"
        rf"|{own}\s*,[^=()\n]*=(?!=)|,\s*(?:self\.|this\.)?{own}\s*=(?!=)"
    )
