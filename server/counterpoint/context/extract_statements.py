"""What single statements of Python say: imports, assignments, fields that methods set, types of values.

They read a text as `extract_lines` has it, where strings are blank and a statement is a row and its last row.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from counterpoint.context.extract_lines import Lines
from counterpoint.context.extract_scopes import Made, Scope
from counterpoint.context.extract_source import SHORT, TYPE
from counterpoint.context.extract_values import VALUE
from counterpoint.context.facts import Import
from counterpoint.context.values import constructed, type_text

WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
COLON = 58
_COMPOUND = re.compile(
    rb"(?:if|elif|else|for|while|with|try|except|finally|async|case\b[^=]*:)(?![\w\x80-\xff])"
)
_ALIAS = re.compile(rb"type[ \t]+(" + WORD + rb")[ \t]*[=\[]")
_TARGET = re.compile(rb"\s*(?!lambda\b)(" + WORD + rb")\s*(=(?!=)|:(?!=))")
_FAR = 10_000
"""Bytes of a statement in which its targets are looked for."""
_TARGET_END = re.compile(rb"[\w\x80-\xff)\]]\Z")
_LAMBDA = re.compile(rb"\blambda\b")
SET = re.compile(rb"(self|cls)\.(\w+)[ \t]*(?:=(?!=)|:(?=[ \t]*[^\s\\])|,[^=\n()]*=(?!=))")
_SET_AFTER = (b"= self.", b"= cls.", b": self.", b": cls.")
_FROM = re.compile(rb"from[ \t]*(\.*[\w.\x80-\xff]*)[ \t]*import\b")
_BRACKETS = re.compile(rb"[()\[\]{}:]")
_PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


class Doubt(Exception):
    """Only the tree can say."""


def name_of(found: bytes) -> str:
    """A name as text. Raises Doubt."""
    name = found.decode("utf-8", "replace")
    if not name.isidentifier():
        raise Doubt
    return name


def colon_after(text: bytes, at: int, end: int) -> int:
    """Where the colon is that ends the head of a definition. Raises Doubt."""
    depth = 0
    for found in _BRACKETS.finditer(text, at, end):
        byte = found[0]
        if byte == b":" and depth == 0:
            return found.start()
        depth += (byte in b"([{") - (byte in b")]}")
    raise Doubt


def bases_at(text: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the list of bases begins and ends in the head of a class, after its type parameters."""
    depth = 0
    for found in _BRACKETS.finditer(text, at, end):
        byte = found[0]
        if byte == b"(" and depth == 0:
            return found.start(), text.rfind(b")", at, end) + 1
        depth += (byte in b"([{") - (byte in b")]}")
    return at, at


def imports_at(of: Lines, row: int, at: int, plain: bool) -> Iterator[Import]:
    """What the import statement there names. Raises Doubt."""
    end = of.end(row)
    if plain:
        return _imported(of.text[at + 6 : end], row, None)
    found = _FROM.match(of.text, at, end)
    if found is None:
        raise Doubt
    module = found[1].decode("utf-8", "replace")
    return _imported(of.text[found.end() : end], row, module) if module != "__future__" else iter(())


def _imported(text: bytes, row: int, module: str | None) -> Iterator[Import]:
    if b"(" in text:
        text = text.replace(b"(", b" ").replace(b")", b" ")
    for part in text.decode("utf-8", "replace").split(","):
        words = part.split()
        line = row
        if "\n" in part:
            line += part.count("\n", 0, len(part) - len(part.lstrip()))
            row += part.count("\n")
        if len(words) == 1:
            name = alias = words[0]
        elif len(words) == 3 and words[1] == "as":
            name, _, alias = words
        elif words:
            raise Doubt
        else:
            continue
        if module is not None:
            yield Import(module, name, alias, line, True)
        else:
            yield Import(name, "", alias if len(words) == 3 else name.partition(".")[0], line, True)


def values_at(of: Lines, row: int, at: int, scope: Scope) -> Iterator[Made]:
    """What a statement assigns: `x = ...`, `x: T = ...`, `a, b = ...`, `x = y = ...`. Raises Doubt."""
    text, end = of.text, of.end(row)
    line = of.lines[row]
    if text[end - 1] == COLON or (b"=" not in line and b":" not in line and row not in of.last):
        return
    alias = _ALIAS.match(text, at)
    if alias is not None:
        name, last = name_of(alias[1]), of.last.get(row, row)
        yield name, "type", row, last, row, row, scope.owner or "", "", (), scope.exported
        return
    if _COMPOUND.match(text, at, end):
        if text.find(b"=", at, end) >= 0:
            raise Doubt
        return
    until = min(end, at + _FAR)
    while (found := _target(text, at, until)) is not None:
        yield from _assigned(of, *found, row, scope)
        at = text.find(b"=", found[1], until) + 1
        if text[found[1] : at].lstrip()[:1] != b"=":
            return


def _target(text: bytes, at: int, until: int) -> tuple[int, int] | None:
    """Where the next target of an assignment begins and ends, if one does."""
    found = _TARGET.match(text, at, until)
    if found is not None:
        return found.span(1)
    equals = text.find(b"=", at, until)
    if equals < 0 or text.startswith(b"==", equals) or text.find(b":", at, equals) >= 0:
        return None
    target = text[at:equals].strip()
    if not _TARGET_END.search(target) or not _balanced(target) or _LAMBDA.search(target):
        return None
    start = text.find(target, at)
    return start, start + len(target)


def _assigned(of: Lines, start: int, end: int, row: int, scope: Scope) -> Iterator[Made]:
    owner, last = scope.owner or "", of.last.get(row, row)
    type_ = _type_of(of, end, of.end(row))
    at = row + of.text.count(b"\n", of.starts[row], start) if last > row else row
    for part in of.text[start:end][:SHORT].strip(b"()[]").decode("utf-8", "replace").split(","):
        name = part.strip()
        if name.isidentifier():
            kind = "field" if owner else "constant" if name.isupper() else "variable"
            yield name, kind, at, last, at, at, owner, type_, (), scope.exported


def field_at(of: Lines, found: re.Match[bytes], row: int, owner: Scope) -> Made:
    """`self.x = ...` in a method is a field of its type."""
    last = of.last.get(row, row)
    at = row + of.text.count(b"\n", of.starts[row], found.start()) if last > row else row
    name, type_ = name_of(found[2]), _type_of(of, found.end(2), of.end(row))
    return name, "field", at, last, at, at, owner.owner or "", type_, (), owner.exported


def fields_within(of: Lines) -> dict[int, list[re.Match[bytes]]]:
    """Fields that are set where no statement begins: `x = self.y = 1`, `if z: self.y = 1`; by row."""
    found: dict[int, list[re.Match[bytes]]] = {}
    text = of.text
    for mark in _SET_AFTER:
        at = text.find(mark)
        while at >= 0:
            match = SET.match(text, at + 2)
            if match is not None and text[match.end(2) :].lstrip()[:1] != b":":
                row = of.rows[bisect_right(of.rows, bisect_right(of.starts, at) - 1) - 1]
                if _may_set(text[of.starts[row] : at + 2]):
                    found.setdefault(row, []).append(match)
            at = text.find(mark, at + 2)
    for matches in found.values():
        matches.sort(key=re.Match.start)
    return found


def _may_set(before: bytes) -> bool:
    """True if an assignment can follow in the statement that begins so."""
    if not _balanced(before):
        return False
    return before[-2:] == b": " or _target(before, 0, len(before)) is not None


def _type_of(of: Lines, at: int, end: int) -> str:
    """The type an assignment declares or constructs, whose target ends there."""
    rest = of.data[at : min(end, at + VALUE)].lstrip()
    if not rest.startswith(b":"):
        return constructed("python", rest.removeprefix(b"=").lstrip()) if b"(" in rest else ""
    first = of.text.find(b":", at, end) + 1
    equals = of.text.find(b"=", first, end)
    while equals >= 0 and not _balanced(of.text[first:equals]):
        equals = of.text.find(b"=", equals + 1, end)
    last = first + len(of.text[first : equals if equals >= 0 else end].rstrip())
    return type_text(of.data[first:last].strip()[:TYPE])


def _balanced(text: bytes) -> bool:
    return all(text.count(one) == text.count(other) for one, other in _PAIRS)
