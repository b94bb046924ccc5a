"""The imports a file makes, one row for each name, from what the query captured of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from counterpoint.context.facts import Import
from counterpoint.context.languages import family_of

if TYPE_CHECKING:
    from tree_sitter import Node

_SEPARATORS = re.compile(r"[./]")
_LIMIT = 20_000
"""Bytes of an import statement that are read."""


KINDS = frozenset({"import", "text", "require", "mod", "include", "source"})
"""What a pattern of a query can say of an import: its parts, its whole text, or a call that imports."""

_NAMED = frozenset({"dotted_name", "relative_import", "aliased_import", "wildcard_import"})
"""The parts of an import statement of Python, besides comments and ends of lines."""

Captures = Mapping[str, list["Node"]]


def imports_in(language: str, data: bytes, kind: str, captures: Captures) -> Iterable[Import]:
    """The imports of one match of the query."""
    family = family_of(language)
    if kind == "text":
        node = captures["i"][0]
        return _TEXT[family](_text(data, node), node.start_point[0])
    if kind == "mod":
        name, whole = _text(data, captures["n"][0]), captures["d"][0]
        exported = data[whole.start_byte : whole.start_byte + 3] == b"pub"
        return (Import(f"self::{name}", "", name, whole.start_point[0], exported),)
    if kind == "require":
        return _require(data, captures)
    if kind in ("include", "source"):
        return _included(data, captures)
    return (_parts(family, data, captures),)


def _text(data: bytes, node: Node) -> str:
    return data[node.start_byte : min(node.end_byte, node.start_byte + _LIMIT)].decode("utf-8", "replace")


def python_imports(data: bytes, node: Node) -> Iterator[Import]:
    """The imports of a statement of Python, whose first part is the module if it is one of names."""
    parts = [part for part in node.named_children if part.type in _NAMED]
    module = None
    if parts and data.startswith(b"from", node.start_byte):
        module = _text(data, parts.pop(0))
    for part in parts:
        row, name, alias = part.start_point.row, _text(data, part), ""
        if part.type == "aliased_import":
            name, alias = (_text(data, one) for one in (part.named_children[0], part.named_children[-1]))
        if module is None:
            yield Import(name, "", alias or name.partition(".")[0], row, True)
        else:
            yield Import(module, name, alias or name, row, True)


def _parts(family: str, data: bytes, captures: Captures) -> Import:
    module = _text(data, captures["m"][0]).strip("\"'`")
    row = captures["n" if "n" in captures else "m"][0].start_point[0]
    name = _text(data, captures["n"][0]) if "n" in captures else ""
    alias = _text(data, captures["a"][0]) if "a" in captures else name
    if not alias:
        alias = _SEPARATORS.split(module)[-1]
    return Import(module, name, alias, row)


def _included(data: bytes, captures: Captures) -> Iterator[Import]:
    if "r" not in captures or _text(data, captures["r"][0]) in ("source", "."):
        node = captures["m"][0]
        yield Import(_text(data, node).strip("\"'"), "*", "*", node.start_point[0])


def _require(data: bytes, captures: Captures) -> Iterator[Import]:
    how = _text(data, captures["r"][0])
    if "a" not in captures:
        yield from _ruby(how, _text(data, captures["m"][0]).strip("\"'"), captures["m"][0].start_point[0])
        return
    if how != "require":
        return
    module, target = _text(data, captures["m"][0]).strip("\"'`"), _text(data, captures["a"][0])
    row = captures["a"][0].start_point[0]
    if "n" in captures:
        yield Import(module, _text(data, captures["n"][0]), target, row)
        return
    if not target.startswith("{"):
        yield Import(module, "", target, row)
        return
    for part in target.strip("{} \n").split(","):
        name, _, alias = (piece.strip() for piece in part.partition(":"))
        if name and name.isidentifier():
            yield Import(module, name, alias or name, row)


def _ruby(how: str, module: str, row: int) -> Iterator[Import]:
    if how == "require_relative":
        yield Import(module if module.startswith(".") else f"./{module}", "*", "*", row)
    elif how in ("require", "load"):
        yield Import(module, "*", "*", row)


_FROM = re.compile(r"\bfrom\s*(['\"])(.*?)\1|^\s*import\s*(['\"])(.*?)\3", re.DOTALL)
_BRACES = re.compile(r"\{(.*?)\}", re.DOTALL)
_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def _script(text: str, row: int) -> Iterator[Import]:
    """`import d, {a as b} from "m"`, `import * as n from`, `export {a} from`, `export * as n from`."""
    plain = _COMMENTS.sub(
        lambda found: "\n" * found[0].count("\n") if "'" not in found[0] else found[0], text
    )
    source = _FROM.search(plain)
    if source is None:
        yield from _import_equals(plain, row)
        return
    module = source[2] or source[4] or ""
    exported = plain.startswith("export")
    clause = plain[: source.start()] if source[2] is not None else ""
    if not clause.strip():
        yield Import(module, "", "", row)
        return
    braces = _BRACES.search(clause)
    if braces:
        yield from _named(module, braces[1], row + clause.count("\n", 0, braces.start(1)), exported)
    outside = _BRACES.sub("", clause).removeprefix("import").removeprefix("export").strip()
    outside = re.sub(r"^(?:type|typeof)\b(?!\s*(?:,|$))", "", outside)
    for part in outside.split(","):
        part = part.strip()
        star = re.fullmatch(r"\*(?:\s*as\s+([\w$]+|\"[^\"]*\"))?", part)
        if star:
            yield Import(module, "" if star[1] else "*", star[1] or "*", row, exported)
        elif part and part != "type":
            yield Import(module, "default", part, row, exported)


def _named(module: str, inside: str, row: int, exported: bool) -> Iterator[Import]:
    for part in inside.split(","):
        at = row + part[: len(part) - len(part.lstrip())].count("\n")
        row += part.count("\n")
        words = part.split()
        if words[:1] == ["type"] and len(words) in (2, 4):
            words = words[1:]
        if len(words) == 1:
            yield Import(module, words[0], words[0], at, exported)
        elif len(words) == 3 and words[1] == "as":
            yield Import(module, words[0], words[2], at, exported)


def _import_equals(text: str, row: int) -> Iterator[Import]:
    found = re.match(r"import\s+([\w$]+)\s*=\s*require\s*\(\s*['\"](.*?)['\"]", text)
    if found:
        yield Import(found[2], "", found[1], row)


def _rust(text: str, row: int) -> Iterator[Import]:
    """`pub use a::{b, c as d, self, e::*};` flattened."""
    found = re.match(r"\s*(pub(?:\s*\([^)]*\))?\s+)?use\s+", text)
    if found is None:
        return
    exported, tree = bool(found[1]), text[found.end() :].rstrip("; \n")
    stack: list[str] = []
    prefix = ""
    part = ""
    row += text.count("\n", 0, found.end())
    for character in (*tree, ","):
        if character == "{":
            stack.append(prefix)
            prefix, part = prefix + part.strip(), ""
        elif character in ",}":
            yield from _use(prefix, part, row, exported)
            part = ""
            if character == "}" and stack:
                prefix = stack.pop()
        else:
            part += character
            row += character == "\n"


def _use(prefix: str, part: str, row: int, exported: bool) -> Iterator[Import]:
    path, _, alias = (piece.strip() for piece in part.partition(" as "))
    if not path:
        return
    if path == "self":
        module = prefix.removesuffix("::")
        yield Import(module, "", alias or module.rpartition("::")[2], row, exported)
        return
    module, _, name = (prefix + path).removeprefix("::").rpartition("::")
    yield Import(module, name, alias or name, row, exported)


def _java(text: str, row: int) -> Iterator[Import]:
    found = re.match(r"import\s+(?:static\s+)?([\w.\s]+?)\s*(\.\s*\*)?\s*;", text)
    if found is None:
        return
    path = re.sub(r"\s+", "", found[1])
    if found[2]:
        yield Import(path, "*", "*", row)
        return
    module, _, name = path.rpartition(".")
    yield Import(module, name, name, row)


def _csharp(text: str, row: int) -> Iterator[Import]:
    """`using A.B;` sees all of a namespace, `using static A.B;` all of a type, `using C = A.B;` one name."""
    found = re.match(r"(global\s+)?using\s+(static\s+)?(?:([\w@]+)\s*=\s*)?([\w@.:\s]+)", text)
    if found is None:
        return
    path, exported = re.sub(r"\s+", "", found[4]), bool(found[1])
    if found[3]:
        module, _, name = path.rpartition(".")
        yield Import(module, name, found[3], row, exported)
    else:
        yield Import(path, "*", "*", row, exported)


def _php(text: str, row: int) -> Iterator[Import]:
    """`use A\\B as C, D\\{E, F as G};`"""
    rest = re.sub(r"^\s*use\s+(?:(?:function|const)\s+)?", "", text).rstrip("; \n")
    prefix = ""
    for piece in re.findall(r"[^,{}]+[,{}]?|[{}]", rest):
        part, end = piece.rstrip(",{} \n"), piece[-1]
        path, _, alias = (word.strip() for word in part.strip().partition(" as "))
        if end == "{":
            prefix = path.rstrip("\\") + "\\"
            continue
        if path:
            module, _, name = (prefix + path.removeprefix("function ")).lstrip("\\").rpartition("\\")
            yield Import(module, name, alias or name, row)
        if end == "}":
            prefix = ""


def _cpp(text: str, row: int) -> Iterator[Import]:
    """`using a::b;` one name, `using namespace a;` all of it."""
    found = re.match(r"using\s+(namespace\s+)?([\w:]+)", text)
    if found is None:
        return
    if found[1]:
        yield Import(found[2], "*", "*", row)
        return
    module, _, name = found[2].rpartition("::")
    yield Import(module, name, name, row)


_TEXT = {"script": _script, "rust": _rust, "jvm": _java, "csharp": _csharp, "php": _php, "c": _cpp}
