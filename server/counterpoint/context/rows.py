"""The compact form of `Facts` that an index stores: text, one line an item, tabs between its parts.

A definition can be read without its file's others, and nothing is built that nobody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from counterpoint.context.facts import Call, Definition, Facts, Import

_SEPARATORS = re.compile(r"[\t\n\r\x1c-\x1f\x85\u2028\u2029]+")
_NAME = re.compile(r"[\w$@?!]+\Z")
_NO_NAME = frozenset(("", *")]}\"'`"))
"""How the text of a call ends that names nothing: `f()()`, `table[0]()`."""
_RECEIVER_END = (".", "::", "->", "\\", "?")
_SPACE = re.compile(r"\s+")
RECEIVER = 80


Parts = Definition | tuple[str, str, int, int, int, int, str, str, tuple[str, ...], bool]
"""A definition, or only its parts."""


class Row(NamedTuple):
    """Facts of a file, packed. `definitions`, `imports` and `shared` hold a line for each; `calls` a line for
    each different text called, with all its lines or, of a Python file, for each name called, with none.
    `words` are counts of identifiers.
    """

    path: str
    language: str
    lines: int
    package: str
    definitions: str
    imports: str
    calls: str
    shared: str
    words: Mapping[str, int]


def definition_line(definition: Parts) -> str:
    """A definition as its line of `Row.definitions`."""
    name, kind, first, last, at, signature, owner, type_, bases, exported = definition
    return (
        f"{name}\t{kind}\t{first}\t{last - first}\t{at - first}\t{signature - first}"
        f"\t{owner}\t{type_}\t{'|'.join(bases)}\t{'1' if exported else ''}"
    )


def definition_lines(definitions: Iterable[Parts]) -> str:
    """Definitions as `Row.definitions`."""
    return "\n".join(map(definition_line, definitions))


def definition_of(line: str) -> Definition:
    """The inverse of `definition_line`."""
    name, kind, first, last, at, signature, owner, type_, bases, exported = line.split("\t")
    start = int(first)
    return Definition(
        name,
        kind,
        start,
        start + int(last),
        start + int(at),
        start + int(signature),
        owner,
        type_,
        tuple(bases.split("|")) if bases else (),
        bool(exported),
    )


def definitions_of(text: str) -> tuple[Definition, ...]:
    """The definitions of `Row.definitions`."""
    return tuple(map(definition_of, text.split("\n"))) if text else ()


def call_of(text: str) -> tuple[str, str]:
    """The name called and its receiver, of the text before a call's bracket."""
    if text.endswith(">"):
        text = _without_generics(text)
    found = _NAME.search(text)
    if found is None:
        return "", ""
    before = text[: found.start()].rstrip()
    for end in _RECEIVER_END:
        before = before.removesuffix(end)
    return found[0], before[-RECEIVER:].strip()


def _without_generics(text: str) -> str:
    """`new Foo<T>` without its arguments; a text that was cut inside of them gives ""."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ">") - (text[at] == "<")
        if depth == 0:
            return text[:at].removesuffix("::")
    return ""


def call_lines(calls: Mapping[bytes, Sequence[int]]) -> str:
    """Texts called and their lines as `Row.calls`."""
    lines = []
    for text, rows in calls.items():
        called = text.decode("utf-8", "replace")
        if called[-1:] in _NO_NAME:
            continue
        if not called.isprintable():
            called = _SPACE.sub(" ", called)
        lines.append(f"{called}\t{rows[0] if len(rows) == 1 else ' '.join(map(str, rows))}")
    return "\n".join(lines)


def called_of(calls: str) -> set[str]:
    """The names called."""
    texts = (line.partition("\t")[0] for line in calls.split("\n"))
    return {name for name, _ in map(call_of, texts) if name}


def calls_of(calls: str) -> tuple[Call, ...]:
    """The calls of `Row.calls`, by line."""
    found = []
    for line in calls.split("\n") if calls else ():
        text, _, rows = line.partition("\t")
        name, receiver = call_of(text) if rows else ("", "")
        if name:
            found += [Call(name, int(row), receiver) for row in rows.split(" ")]
    found.sort(key=lambda call: call.line)
    return tuple(found)


def imports_of(imports: str) -> tuple[Import, ...]:
    """The imports of `Row.imports`."""
    found = []
    for line in imports.split("\n") if imports else ():
        module, name, alias, row, exported = line.split("\t")
        found.append(Import(module, name, alias, int(row), bool(exported)))
    return tuple(found)


def import_lines(imports: Iterable[Import]) -> str:
    """Imports as `Row.imports`."""
    return "\n".join(
        f"{clean(module)}\t{clean(name)}\t{clean(alias)}\t{line}\t{'1' if exported else ''}"
        for module, name, alias, line, exported in imports
    )


def shared_of(shared: str) -> tuple[tuple[str, str, int], ...]:
    """The shared names of `Row.shared`: (kind, name, line)."""
    parts = (line.split("\t") for line in shared.split("\n")) if shared else ()
    return tuple((kind, name, int(row)) for kind, name, row in parts)


def clean(text: str) -> str:
    """Without what separates the items and parts of a row."""
    return text if text.isprintable() else _SEPARATORS.sub(" ", text)


def from_row(row: Row, calls: Sequence[Call] | None = None) -> Facts:
    """The facts a row was made of, with the calls that are given for a file whose row does not place them."""
    return Facts(
        row.path,
        row.language,
        row.lines,
        definitions_of(row.definitions),
        imports_of(row.imports),
        calls_of(row.calls) if calls is None else calls,
        row.words,
        shared_of(row.shared),
        row.package,
    )


def to_row(facts: Facts) -> Row:
    """Facts as an index stores them."""
    calls: dict[str, list[str]] = {}
    for name, line, receiver in facts.calls:
        calls.setdefault(f"{receiver}.{name}" if receiver else name, []).append(str(line))
    return Row(
        facts.path,
        facts.language,
        facts.lines,
        facts.package,
        definition_lines(facts.definitions),
        import_lines(facts.imports),
        "\n".join(f"{text}\t{' '.join(rows)}" for text, rows in calls.items()),
        "\n".join(f"{kind}\t{name}\t{line}" for kind, name, line in facts.shared),
        facts.words,
    )
