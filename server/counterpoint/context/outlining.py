"""From a tree to the blocks of its file, one at a time, so that whoever has more urgent work may pause.

A block's digest is that of its tokens (`outlining_tokens`) and of what it belongs to: it stays the same when
the block is reformatted or moved, and when anything else in the file changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from counterpoint.context.blocks import Block, Outline
from counterpoint.context.outlining_contracts import contract_of
from counterpoint.context.outlining_forms import Forms, forms_of
from counterpoint.context.outlining_pieces import CALL, Piece, ids_of, pieces
from counterpoint.context.outlining_tokens import Tokens
from counterpoint.context.parsing import Parsed
from counterpoint.context.scope_nodes import IMPORTS

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST_ERRORS = 100
Rows = tuple[int, int]


def outline_of(parsed: Parsed) -> Outline:
    """The blocks of a parsed text. Its rows must end where the lines of the document do."""
    return Outline(tuple(blocks(parsed)), "tree", errors(parsed))


def blocks(parsed: Parsed) -> Iterator[Block]:
    """The blocks of a parsed text in order, that of the module last."""
    forms = forms_of(parsed.language)
    root = parsed.tree.root_node
    found = pieces(root, parsed.language)
    rest = _rest(root, found, parsed.data, forms)
    if rest is not None and not rest.lines:
        # Minified: what is no definition shares all its lines with definitions.
        found, rest = [], _rest(root, (), parsed.data, forms)
    for piece in found:
        yield from _blocks_of(piece, parsed.data, forms)
    if rest is not None:
        yield rest


def errors(parsed: Parsed) -> int:
    """How many places do not parse, up to a hundred."""
    found, waiting = 0, [parsed.tree.root_node]
    while waiting and found < _MOST_ERRORS:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found += 1
        elif node.has_error:
            waiting.extend(node.children)
    return found


def _blocks_of(piece: Piece, data: bytes, forms: Forms) -> Iterator[Block]:
    tokens = Tokens(forms, data, ids_of(piece.members))
    for node in piece.outer:
        tokens.walk(node)
    owner = piece.name.rpartition(".")[0]
    contract = ""
    if piece.kind != CALL:
        contract = _digest((piece.name.encode(), *contract_of(piece, tokens, data, forms)))
    lines = _lines(data, piece.first, piece.last, piece.members) or ((piece.first, piece.last),)
    yield Block(
        name=piece.name,
        kind=piece.kind,
        first_line=lines[0][0],
        last_line=lines[-1][1],
        digest=_digest((owner.encode(), *tokens.out)),
        contract=contract,
        calls=tuple(name for name in tokens.names() if name != piece.name.rpartition(".")[2]),
        rest=lines if piece.members and len(lines) > 1 else (),
        name_line=piece.name_row,
    )
    for member in piece.members:
        yield from _blocks_of(member, data, forms)


def _rest(root: Node, found: Sequence[Piece], data: bytes, forms: Forms) -> Block | None:
    """What lies outside of all definitions. The order of imports does not count."""
    imports = [node for node in root.children if _is_import(node)]
    tokens = Tokens(forms, data, ids_of(found) | {node.id for node in imports})
    tokens.walk(root)
    lines: list[bytes] = []
    for node in imports:
        one = Tokens(forms, data)
        one.walk(node)
        lines.append(b"\0".join(one.out))
    if len(tokens.out) <= 2 and not lines:
        return None
    rows = _lines(data, 0, data.count(b"\n"), found)
    digest = _digest((*sorted(lines), *tokens.out))
    first, last = (rows[0][0], rows[-1][1]) if rows else (0, -1)
    return Block("", "module", first, last, digest, "", tokens.names(), rows if len(rows) > 1 else ())


def _is_import(node: Node) -> bool:
    return node.type in IMPORTS or (node.type == "mod_item" and node.child_by_field_name("body") is None)


def _lines(data: bytes, first: int, last: int, without: Sequence[Piece]) -> tuple[Rows, ...]:
    """The lines between two that are in none of the pieces, blank ones at their ends left out."""
    text = data.split(b"\n")[first : last + 1]
    found: list[Rows] = []
    start = first
    for piece in (*without, None):
        end = piece.first - 1 if piece is not None else min(last, first + len(text) - 1)
        while start <= end and not text[start - first].strip():
            start += 1
        while start <= end and not text[end - first].strip():
            end -= 1
        if start <= end:
            found.append((start, end))
        if piece is not None:
            start = max(start, piece.last + 1)
    return tuple(found)


def _digest(tokens: Sequence[bytes]) -> str:
    return blake2b(b"\0".join(tokens), digest_size=16).hexdigest()
