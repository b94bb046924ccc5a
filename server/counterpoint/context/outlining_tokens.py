"""The walk over a piece of a tree that leaves what counts: tokens between marks of the nodes they stand in.

Two pieces that a formatter could turn into one another give the same tokens. Iterative in the depth of the
code: chains of thousands of operators are no rarity in generated files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from counterpoint.context.outlining_forms import BINDERS, Act, Forms, is_return, is_yield
from counterpoint.context.outlining_texts import KEY, Text, number, text_of
from counterpoint.context.scope_nodes import first_child

if TYPE_CHECKING:
    from tree_sitter import Node, TreeCursor

CLOSE, COMMA = b"\x01", b","
# As plain numbers: a walk compares them for every node.
_NOTHING, _COMMA, _CLOSER = Act.NOTHING.value, Act.COMMA.value, Act.CLOSER.value
_SEMICOLON = _LAST_TOKEN = Act.SEMICOLON.value
_CLEARED = Act.CLEAR.value
_ROUND = (b"(", b")")
_CLEAR = -1
"""The frame of a node whose brackets and end do not count, for a reason that lies in the very node."""
_SPACE = re.compile(rb"(?:\\\r?\n|\s)+")
_JUMPS = ("return_expression", "break_expression", "continue_expression")
_IGNORED = frozenset({b"self", b"cls", b"this", b"super", b"_"})


class Tokens:
    """What a walk has found: tokens in order, names referred to, and what its own function returns."""

    def __init__(self, forms: Forms, data: bytes, skip: Collection[int] = ()) -> None:
        """`skip` are ids of nodes that are left out."""
        self.out: list[bytes] = []
        self.leaves = 0
        self.returns: list[Node] = []
        self.yields = False
        self._forms = forms
        self._data = data
        self._skip = skip
        self._names: set[bytes] = set()
        self._binding: list[Node] = []
        self._inner = 0

    def walk(self, node: Node) -> None:
        """Add a node."""
        cursor, out, data, skip = node.walk(), self.out, self._data, self._skip
        actions, opens = self._forms.actions, self._forms.opens
        frames = [0]
        while (here := cursor.node) is not None:
            kind = here.kind_id
            act = actions.get(kind, 0)
            if act == _NOTHING or (skip and here.id in skip):
                pass
            elif act == 0:
                if cursor.goto_first_child():
                    out.append(opens.get(kind, b"\x02ERROR"))
                    frames.append(kind)
                    self._note(here, kind)
                    continue
                out.append(data[here.start_byte : here.end_byte])
            elif act == 1:
                name = data[here.start_byte : here.end_byte]
                out.append(name)
                self._names.add(name)
            elif act <= _LAST_TOKEN:
                self._punctuation(act, data[here.start_byte : here.end_byte], frames[-1])
            elif self._odd(act, here, frames, cursor):
                continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                self._close(frames.pop())

    def names(self) -> tuple[str, ...]:
        """The names referred to, without those that the piece gives to things of its own."""
        bound = {name for node in self._binding for name in self._bound(node)}
        found = self._names - bound - _IGNORED
        return tuple(sorted(name.decode("utf-8", "replace") for name in found))

    # -- the kinds of nodes that are not plain

    def _odd(self, act: int, here: Node, frames: list[int], cursor: TreeCursor) -> bool:
        """Deal with a node. True if the cursor went into it."""
        above = frames[-1]
        if clear := self._clear(act, here, above):
            if not cursor.goto_first_child():
                return False
            frames.append(clear)
            self._note(here, here.kind_id)
            return True
        if self._plain(act, here, above) and cursor.goto_first_child():
            self.out.append(self._forms.opens[here.kind_id])
            frames.append(here.kind_id)
            return True
        self._leaf(act, here, above, cursor.field_name)
        return False

    def _clear(self, act: int, here: Node, above: int) -> int:
        """The frame of a node that is entered without a mark; 0 for others."""
        if act == Act.CLEAR:
            return here.kind_id
        if act == Act.BRACED and above in self._forms.unbraced and _only_expression(here):
            return _CLEAR
        first = first_child(here) if act in (Act.JUMP, Act.UNION, Act.GROUP) else None
        if first is None:
            return 0
        if act == Act.JUMP:
            return _CLEAR if above == _CLEAR or first.type in _JUMPS else 0
        return _CLEAR if here.child_count == 3 - (act == Act.UNION) and not first.is_named else 0

    def _plain(self, act: int, here: Node, above: int) -> bool:
        """True if a node that has rules of its own has none to follow here."""
        if act == Act.ARGUMENTS:
            return not (here.child_count == 2 and above in self._forms.emptied)
        if act == Act.MARKUP:
            return any("comment" not in child.type for child in here.named_children if not _is_space(child))
        return act in (Act.BRACED, Act.JUMP, Act.GROUP, Act.UNION)

    def _punctuation(self, act: int, token: bytes, above: int) -> None:
        out, forms = self.out, self._forms
        if above == _CLEAR or (above in forms.dropped and token in forms.dropped[above]):
            return
        if act == _COMMA:
            if above not in forms.commaless:
                out.append(COMMA)
        elif act == _SEMICOLON:
            if above in forms.semicolons or forms.family == "rust":
                out.append(token)
        elif not (token in _ROUND and above in forms.bare):
            if act == _CLOSER and out and out[-1] == COMMA:
                out.pop()
            out.append(token)

    def _leaf(self, act: int, here: Node, above: int, field: str | None) -> None:
        token = self._data[here.start_byte : here.end_byte]
        match act:
            case Act.NUMBER:
                self.out.append(number(token, self._forms.family))
            case Act.RAW:
                self.out.append(token)
            case Act.WORD:
                self.out.append(token)
                if self._forms.names.get(above) == "command_name":
                    self._names.add(token)
            case Act.SPACED:
                if words := _SPACE.sub(b" ", token).strip():
                    self.out.append(words)
            case Act.BAG:
                self._bag(here)
            case Act.TEXT | Act.JOINED:
                self._text(text_of(here, self._data, self._forms, above, field))

    def _bag(self, here: Node) -> None:
        """Children in an order of their own."""
        parts = []
        for child in here.named_children if here.named_child_count else here.children:
            inner = self._same()
            inner.walk(child)
            self._take(inner)
            parts.append(b"\0".join(inner.out))
        self.out += (self._forms.opens[here.kind_id], *sorted(filter(None, parts)), CLOSE)

    def _text(self, text: Text) -> None:
        if text.prefix == KEY:
            self.out += [part for part in text.parts if isinstance(part, bytes)]
            return
        self.out.append(b"\x03" + text.prefix)
        for part in text.parts:
            if isinstance(part, bytes):
                self.out.append(b"\x04" + part)
            else:
                inner = self._same()
                inner.walk(part)
                self._take(inner)
                self.out += inner.out
        self.out.append(CLOSE)

    def _same(self) -> Tokens:
        return Tokens(self._forms, self._data, self._skip)

    def _take(self, inner: Tokens) -> None:
        self._names |= inner._names
        self._binding += inner._binding

    # -- what is noted

    def _note(self, here: Node, kind: int) -> None:
        forms = self._forms
        if kind not in forms.noted:
            return
        name = forms.names[kind]
        if kind in forms.functions:
            self._inner += 1
        elif self._inner <= 1:
            if is_return(name):
                self.returns.append(here)
            elif is_yield(name):
                self.yields = True
        if name in BINDERS:
            self._binding.append(here)

    def _close(self, kind: int) -> None:
        out, forms = self.out, self._forms
        if kind in forms.functions:
            self._inner -= 1
        if out and out[-1] == COMMA:
            out.pop()
        if kind != _CLEAR and forms.actions.get(kind, 0) != _CLEARED:
            out.append(CLOSE)

    def _bound(self, node: Node) -> Iterator[bytes]:
        field = BINDERS[node.type]
        for child in node.children_by_field_name(field) if field else node.named_children:
            yield from self._identifiers(child, 0 if not field else 3)

    def _identifiers(self, node: Node, depth: int) -> Iterator[bytes]:
        if node.kind_id in self._forms.identifiers:
            yield self._data[node.start_byte : node.end_byte]
        elif depth and node.type.endswith(("_list", "pattern", "declarator", "tuple")):
            for child in node.named_children:
                yield from self._identifiers(child, depth - 1)


def _is_space(node: Node) -> bool:
    return node.type == "string" and not (node.text or b"").strip(b"\"' ")


def _only_expression(block: Node) -> bool:
    """True for braces round one expression."""
    inner = [child for child in block.named_children if "comment" not in child.type]
    return (
        len(inner) == 1
        and not inner[0].type.endswith(("declaration", "_item"))
        and not ((inner[0].text or b"").endswith(b";"))
    )
