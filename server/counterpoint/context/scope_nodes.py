"""Names of syntax nodes that mean the same in every grammar: scopes, blocks, imports, strings, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.context.lexing import Inside

if TYPE_CHECKING:
    from tree_sitter import Node

_KINDS = {
    "class": "class_definition class_declaration abstract_class_declaration class class_specifier"
    " singleton_class object_declaration object_definition companion_object annotation_type_declaration",
    "interface": "interface_declaration protocol_declaration",
    "enum": "enum_declaration enum_item enum_specifier enum_definition",
    "struct": "struct_item struct_specifier struct_declaration",
    "record": "record_declaration record_struct_declaration",
    "union": "union_item union_specifier",
    "trait": "trait_item trait_definition trait_declaration",
    "type": "type_spec type_alias_declaration type_item impl_item",
    "module": "mod_item namespace_definition namespace_declaration internal_module module"
    " file_scoped_namespace_declaration package_object",
    "function": "function_definition function_declaration generator_function_declaration function_item"
    " function_expression generator_function arrow_function local_function_statement function_statement"
    " function_signature_item local_function",
    "method": "method_definition method_declaration method singleton_method property_declaration"
    " protocol_function_declaration",
    "constructor": "constructor_declaration init_declaration compact_constructor_declaration"
    " secondary_constructor",
    "macro": "macro_definition preproc_function_def",
}
SCOPES = {name: kind for kind, names in _KINDS.items() for name in names.split()}
"""Node type to kind of definition."""

BLOCKS = frozenset(
    [
        "module",
        "program",
        "source_file",
        "translation_unit",
        "compilation_unit",
        "chunk",
        "block",
        "statement_block",
        "compound_statement",
        "class_body",
        "declaration_list",
        "field_declaration_list",
        "enum_body",
        "interface_body",
        "object_type",
        "enum_member_declaration_list",
        "enum_variant_list",
        "body_statement",
        "do_block",
        "do",
        "then",
        "else",
        "switch_body",
        "switch_block",
        "match_block",
        "function_body",
        "statements",
        "class_member_declarations",
        "template_body",
        "indented_block",
        "do_group",
        "enum_declaration_list",
        "protocol_body",
        "enum_class_body",
        "control_structure_body",
        "constructor_body",
        "statement_list",
        "accessor_list",
        "block_body",
        "lambda_literal",
        "case_block",
        "enum_body_declarations",
        "annotation_type_body",
    ]
)
"""Nodes whose children are statements or members."""

IMPORTS = frozenset(
    [
        "import_statement",
        "import_from_statement",
        "future_import_statement",
        "import_declaration",
        "use_declaration",
        "extern_crate_declaration",
        "preproc_include",
        "using_directive",
        "namespace_use_declaration",
        "import_header",
        "import_list",
        "import",
        "using_declaration",
    ]
)
"""Statements that bring in names of other files."""

_CALLS = frozenset({"call", "command", "function_call", "variable_declaration", "local_variable_declaration"})
_CALLED = ("require", "source ", ". ", "load ", "autoload ")
_INTERPOLATIONS = frozenset(
    {"interpolation", "template_substitution", "string_interpolation", "interpolated_expression", "expansion"}
)
_TEXTS = frozenset({"heredoc_body", "heredoc_content", "char_literal", "regex"})
_NAMES = ("identifier", "type_identifier", "simple_identifier", "constant", "word", "property_identifier")


def is_import_call(node: Node) -> bool:
    """True for Ruby's `require`, Lua's `local x = require`, the shell's `source`."""
    if node.type not in _CALLS:
        return False
    text = (node.text or b"")[:200].decode("utf-8", "replace")
    if node.type.endswith("declaration"):
        return "require" in text
    return text.startswith(_CALLED)


def in_text(node: Node) -> Inside | None:
    """Whether a node is a comment or the text of a string; "code" for an interpolation, None for others."""
    kind = node.type
    if "comment" in kind:
        return "comment"
    if kind in _INTERPOLATIONS:
        return "code"
    if ("string" in kind and node.is_named) or kind in _TEXTS:
        return "string"
    return None


def first_child(node: Node) -> Node | None:
    """The first child; the binding raises IndexError where there is none."""
    return node.children[0] if node.child_count else None


def first_named(node: Node) -> Node | None:
    """The first child that is no token."""
    return node.named_children[0] if node.named_child_count else None


def body_of(inner: Node) -> Node | None:
    """What stands between the head of a definition and its end."""
    found = inner.child_by_field_name("body")
    if found is None:
        found = next((one for one in inner.named_children if one.type.endswith("_body")), None)
    return found


def last_row(node: Node) -> int:
    """The row on which a node ends: not that of its line end, nor of a semicolon that guards what follows."""
    last = (
        node.children[-1]
        if node.child_count > 1 and node.type.endswith(("statement", "declaration"))
        else node
    )
    if last.type == ";":
        return last_row(node.children[-2])
    end = node.end_point
    return end.row - 1 if end.column == 0 and end.row > node.start_point.row else end.row


def name_of(node: Node) -> str:
    """The name of a definition, at most 80 characters; "" for a function that has none."""
    found = node.child_by_field_name("name") or _bound(node)
    if found is None and node.type == "impl_item":
        found = node.child_by_field_name("type")
    if found is None:
        found = _declared(node)
    if found is None:
        found = next((child for child in node.named_children if child.type in _NAMES), None)
        if node.type in ("arrow_function", "function_expression", "init_declaration"):
            return "init" if node.type == "init_declaration" else ""
    return (found.text or b"").decode("utf-8", "replace")[:80] if found is not None else ""


def _bound(node: Node) -> Node | None:
    """What a function without a name of its own is assigned to."""
    above = node.parent
    if above is None or node.type not in ("arrow_function", "function_expression", "generator_function"):
        return None
    for name in ("name", "left", "key", "property"):
        if (found := above.child_by_field_name(name)) is not None:
            return found
    return None


def _declared(node: Node) -> Node | None:
    """The name at the bottom of C's declarators."""
    found = node.child_by_field_name("declarator")
    while found is not None and (inner := found.child_by_field_name("declarator")) is not None:
        found = inner
    return found
