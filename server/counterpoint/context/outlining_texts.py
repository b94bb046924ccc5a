"""Strings and numbers as they count: without the quotes and spellings that formatters choose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from counterpoint.context.outlining_forms import Forms

if TYPE_CHECKING:
    from tree_sitter import Node

Part: TypeAlias = "bytes | Node"
"""What is written, or what is interpolated."""

KEY = b"key"
"""The prefix of a string that names a property, as a word without quotes does."""

_PYTHON = re.compile(rb"([A-Za-z]*)(\"\"\"|'''|\"|')")
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n|.)", re.DOTALL)
_KEY = re.compile(rb"[A-Za-z_$][\w$]*|0|[1-9]\d*")
_ZEROS = re.compile(rb"(\.\d*?)0+(?=e|$)")


@dataclass(frozen=True, slots=True)
class Text:
    """A string: what stands before its quotes, and its parts."""

    prefix: bytes
    parts: tuple[Part, ...]


def text_of(node: Node, data: bytes, forms: Forms, above: int, field: str | None) -> Text:
    """What counts of a string, or of several that are written one after another and are one.

    `above` is the kind of the node around it, `field` the one it stands in there.
    """
    if node.type == "concatenated_string":
        texts = [text_of(child, data, forms, above, None) for child in node.named_children if _is_text(child)]
        parts = [part for text in texts for part in text.parts]
        prefixes = sorted({text.prefix for text in texts})
        letters = bytes(sorted({*b"".join(prefixes)})) if forms.family == "python" else b"".join(prefixes)
        return Text(letters, tuple(_merged(parts)))
    if forms.family == "python" and node.type == "string":
        return _python(node, data, forms, forms.names.get(above) == "expression_statement")
    if forms.family == "script" and node.type == "string":
        return _script(node, data, field)
    if node.type == "string_literal" and data[node.start_byte : node.start_byte + 1] == b'"':
        return Text(b"", tuple(_merged(_parts(node, data, forms, node.start_byte + 1, node.end_byte - 1))))
    start = node.start_byte
    if node.type == "heredoc_body":  # which the grammar begins behind the white space of its first line
        start = data.rfind(b"\n", 0, start) + 1
    parts = list(_merged(_parts(node, data, forms, start, node.end_byte)))
    if forms.family in ("php", "ruby"):
        return _either_quote(parts)
    return Text(node.type.encode(), tuple(parts))


def _is_text(node: Node) -> bool:
    return "comment" not in node.type


def _python(node: Node, data: bytes, forms: Forms, docstring: bool) -> Text:
    head = _PYTHON.match(data, node.start_byte, node.end_byte)
    if head is None:
        return Text(b"", (data[node.start_byte : node.end_byte],))
    prefix = head[1].lower().replace(b"u", b"")
    start, end = head.end(), node.end_byte - len(head[2])
    parts = _parts(node, data, forms, start, end)
    if b"r" not in prefix:
        parts = (_unescaped(part) if isinstance(part, bytes) else part for part in parts)
    if b"f" in prefix or b"t" in prefix:
        parts = (_single_braces(part) if isinstance(part, bytes) else part for part in parts)
    if docstring:
        # Formatters move the lines of a docstring about: what it says is its words.
        parts = (b" ".join(part.split()) if isinstance(part, bytes) else part for part in parts)
    return Text(bytes(sorted(prefix)), tuple(_merged(parts)))


def _script(node: Node, data: bytes, field: str | None) -> Text:
    inner = _unescaped(data[node.start_byte + 1 : node.end_byte - 1])
    if field in ("key", "name") and _KEY.fullmatch(inner):
        return Text(KEY, (inner,))
    return Text(b"", (inner,))


def _either_quote(parts: list[Part]) -> Text:
    """Where one kind of quotes takes less for special than the other, they differ only if there is any."""
    first = parts[0] if len(parts) == 1 and isinstance(parts[0], bytes) else b""
    if first[:1] in (b"'", b'"') and not any(special in first for special in (b"\\", b"$", b"#")):
        return Text(b"", (first[1:-1],))
    return Text(b"quoted", tuple(parts))


def _parts(node: Node, data: bytes, forms: Forms, start: int, end: int) -> Iterator[Part]:
    """What is written between two offsets and what is interpolated there; a grammar may leave gaps."""
    at = start
    for child in node.named_children:
        if child.kind_id in forms.content or child.end_byte <= at or child.start_byte >= end:
            continue
        if child.start_byte > at:
            yield data[at : child.start_byte]
        yield child
        at = child.end_byte
    if at < end:
        yield data[at:end]


def _merged(parts: Iterator[Part] | list[Part]) -> Iterator[Part]:
    """Neighbouring texts as one."""
    held = b""
    for part in parts:
        if isinstance(part, bytes):
            held += part
            continue
        if held:
            yield held
        held = b""
        yield part
    if held:
        yield held


def _unescaped(text: bytes) -> bytes:
    """Quotes need no backslash but for those round the text; hexadecimal digits are of one case."""
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _escape(found[1], found[0]), text)


def _escape(what: bytes, written: bytes) -> bytes:
    if what in (b"'", b'"'):
        return what
    return written.lower() if len(what) > 1 and what[:1] in b"xuU" and what[:1] != b"U" else written


def _single_braces(text: bytes) -> bytes:
    return text.replace(b"{{", b"{").replace(b"}}", b"}")


def number(token: bytes, family: str) -> bytes:
    """A number in one spelling."""
    token = token.lower()
    if family != "script" or token.startswith(b"0x"):
        return token
    token = token.replace(b"e+", b"e")
    if b"." not in token:
        return token
    token = _ZEROS.sub(rb"\1", token).replace(b".e", b"e").rstrip(b".")
    return b"0" + token if token.startswith(b".") else token
