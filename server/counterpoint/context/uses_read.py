"""From a tree to the uses of some words in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context import uses_around as around
from counterpoint.context import uses_tables as tables
from counterpoint.context.parsing import Parsed
from counterpoint.context.scope_nodes import IMPORTS
from counterpoint.context.signatures_nodes import named, quoted, text_of
from counterpoint.context.uses import Result, Role, Use
from counterpoint.context.uses_calls import arguments, result

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST = 20
"""Uses of a variable of which all are looked at."""


def uses(parsed: Parsed, words: Collection[str]) -> tuple[Use, ...]:
    """The uses of words, in order. Imports are left out: facts have them; so are comments."""
    found = [(at, use) for word in words for at, use in _of_word(parsed, word)]
    return tuple(use for _, use in sorted(found, key=lambda one: one[0]))


def _of_word(parsed: Parsed, word: str) -> Iterator[tuple[int, Use]]:
    wanted, data, root = word.encode("utf-8", "surrogatepass"), parsed.data, parsed.tree.root_node
    start = data.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if not _is_word(data, start - 1, wanted[:1]) and not _is_word(data, end, wanted[-1:]):
            node = root.descendant_for_byte_range(start, end)
            use = _use(node, word, start, end) if node is not None else None
            if use is not None:
                yield start, use
        start = data.find(wanted, end)


def _is_word(data: bytes, at: int, beside: bytes) -> bool:
    """True if a byte belongs to the same word as the one beside it."""
    if not 0 <= at < len(data) or not (beside.isalnum() or beside in (b"_", b"$") or beside > b"\x7f"):
        return False
    return chr(data[at]).isalnum() or data[at] in b"_$" or data[at] > 127


def _use(node: Node, word: str, start: int, end: int) -> Use | None:
    line = node.start_point.row
    if "comment" in node.type:
        return None
    if node.start_byte == start and node.end_byte == end and node.is_named and "string" not in node.type:
        found = _role(node)
        if found is None:
            return None
        role, receiver, top = found
        use = _called(Use(word, line, role, receiver), top)
        bases = around.bases(node) if role == "definition" or word in tables.MADE else ()
        return replace(use, within=around.within(node), asynchronous=around.asynchronous(node), bases=bases)
    above: Node | None = node
    while above is not None and above.type not in tables.STRINGS:
        above = above.parent
    if above is None:
        return None
    if above.parent is not None and above.parent.type == "type":  # an annotation that is put off
        return Use(word, line, "type")
    row = line + (node.text or b"")[: start - node.start_byte].count(b"\n")
    return Use(
        word,
        row,
        "string",
        says=quoted(text_of(above)),
        compared=around.compared(above),
        looked=around.looked(above),
    )


def _role(node: Node) -> tuple[Role, str, Node] | None:
    """How a name stands there, what stands before its dot, and the node of both; None for an import."""
    if _imported(node):
        return None
    above = node.parent
    if above is None:
        return None
    if (plainly := _plain_role(node, above)) is not None:
        return plainly, "", node
    receiver, top = "", node
    while (above := top.parent) is not None:
        member = tables.MEMBERS.get(above.type)
        if member is not None and above.child_by_field_name(member[1]) == top:
            receiver = text_of(above.child_by_field_name(member[0]))
        elif above.type not in tables.ROUND or named(above)[0] != top:
            break
        top = above
    return _outer_role(node, top, above), receiver or _java_receiver(top, above), top


def _java_receiver(top: Node, above: Node | None) -> str:
    if above is not None and above.type == "method_invocation" and above.child_by_field_name("name") == top:
        return text_of(above.child_by_field_name("object"))
    if above is not None and above.type == "method_reference" and named(above)[-1] == top:
        return text_of(named(above)[0])
    return ""


def _plain_role(node: Node, above: Node) -> Role | None:
    """The role of a name that refers to nothing that stands elsewhere."""
    if node.type == "shorthand_property_identifier_pattern":
        return "bound"
    if above.type in tables.DEFINING and node in above.children_by_field_name("name"):
        return "definition"
    key = tables.KEYS.get(above.type)
    if key is not None and above.child_by_field_name(key) == node:
        return "key"
    if (
        above.type == "literal_element"
        and (pair := above.parent) is not None
        and pair.type == "keyed_element"
    ):
        return "key" if named(pair)[0] == above else None
    binding = tables.BINDING.get(above.type)
    if binding is not None and node in above.children_by_field_name(binding):
        return "bound"
    if above.type in tables.BOUND and not (
        above.type == "for_in_clause" and above.child_by_field_name("left") != node
    ):
        return "bound"
    is_left = above.type == "expression_list" and above.parent is not None
    if is_left and above.parent.type in ("short_var_declaration", "range_clause"):  # type: ignore[union-attr]
        return "bound" if above.parent.child_by_field_name("left") == above else None  # type: ignore[union-attr]
    return None


def _outer_role(node: Node, top: Node, above: Node | None) -> Role:
    if above is None:
        return "reference"
    callee = tables.CALLEES.get(above.type)
    if callee is not None and above.child_by_field_name(callee) == top:
        return "new" if above.type in tables.NEW else "call"
    built = tables.LITERALS.get(above.type)
    if built is not None and above.child_by_field_name(built) == top:
        return "literal"
    if (found := _surroundings(above)) is not None:
        return found
    if above.type == "type_annotation" and _typed_object(above) is not None:
        return "literal"
    return "type" if node.type == "type_identifier" or above.type == "type" else "reference"


def _surroundings(above: Node) -> Role | None:
    """What the nodes round a name make of it."""
    if above.type == "argument_list" and above.parent is not None and above.parent.type == "class_definition":
        return "base"
    up: Node | None = above
    while up is not None and up.type not in tables.ENDS:
        if up.type == "token_tree":
            return "macro"
        if up.type in tables.PATTERNS:
            return "pattern"
        if up.type in tables.HERITAGE:
            return "base"
        if up.type in tables.COMPOSED and up.parent is not None and up.parent.type == "composite_literal":
            return "reference"
        up = up.parent
    return None


def _typed_object(annotation: Node) -> Node | None:
    """The object that is written down for a variable of a type."""
    declarator = annotation.parent
    value = declarator.child_by_field_name("value") if declarator is not None else None
    return value if value is not None and value.type == "object" else None


def _called(use: Use, top: Node) -> Use:
    """A use with what it is given and what becomes of it, where it builds or calls; or how it is matched."""
    above = top.parent
    if above is None:
        return use
    if use.role in ("call", "new"):
        given = above.child_by_field_name("arguments")
        # In a list the grammar takes `*f(1)` for a call of `*f`.
        after = Result("iterated") if top.type == "list_splat" else result(above)
        later = _later(above) if after.kind == "bound" else ()
        return replace(use, arguments=arguments(given), result=after, later=later)
    if use.role == "literal":
        if above.type == "type_annotation":
            return replace(use, arguments=arguments(_typed_object(above)), result=result(above))
        body = above.child_by_field_name("body")
        return replace(use, arguments=arguments(body), result=result(above))
    if use.role == "pattern":
        return replace(use, compared=True, whole=around.whole(top))
    return replace(use, compared=above.type in tables.COMPARING, result=result(top))


def _later(call: Node) -> tuple[Result, ...]:
    """What becomes of the variable that a call is bound to in a function; nothing where it is set twice."""
    binder: Node | None = call
    while binder is not None and binder.type not in tables.BOUND_BY:
        binder = binder.parent
    function = around.function(call)
    if binder is None or function is None:
        return ()
    target = binder.child_by_field_name(tables.BOUND_BY[binder.type])
    if target is not None and target.type == "expression_list" and target.named_child_count == 1:
        target = named(target)[0]
    if target is None or target.type != "identifier":
        return ()
    found: list[Result] = []
    for node in _same(function, target.text or b"", target):
        role = _role(node)
        if role is None or (role[0] in ("bound", "definition") and not role[1]):
            return ()
        if role[0] != "key" and not role[1]:
            found.append(result(node))
    return tuple(found) if len(found) <= _MOST else ()


def _same(node: Node, word: bytes, but: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "identifier" and child.text == word and child != but:
            yield child
        yield from _same(child, word, but)


def _imported(node: Node) -> bool:
    up: Node | None = node
    while up is not None:
        if up.type in IMPORTS or (
            up.type == "export_statement" and up.child_by_field_name("source") is not None
        ):
            return True
        if up.type.endswith(("block", "body", "arguments", "argument_list")):
            return False
        up = up.parent
    return False
