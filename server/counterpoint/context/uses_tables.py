"""How names stand in the grammars: which nodes call, which bind, which define; for all languages at once."""

from __future__ import annotations

import re

from counterpoint.context.signatures_nodes import each

CALLEES = {
    "call": "function", "call_expression": "function", "new_expression": "constructor",
    "method_invocation": "name", "object_creation_expression": "type",
    "explicit_constructor_invocation": "constructor",
}  # fmt: skip
NEW = frozenset({"new_expression", "object_creation_expression"})
MEMBERS = {
    "attribute": ("object", "attribute"), "member_expression": ("object", "property"),
    "selector_expression": ("operand", "field"), "field_expression": ("value", "field"),
    "scoped_identifier": ("path", "name"), "scoped_type_identifier": ("path", "name"),
    "field_access": ("object", "field"), "qualified_type": ("package", "name"),
    "nested_type_identifier": ("module", "name"), "nested_identifier": ("object", "property"),
}  # fmt: skip
ROUND = frozenset(
    {
        "generic_function",
        "list_splat",
        "parenthesized_expression",
        "non_null_expression",
        "generic_type",
        "instantiation_expression",
    }
)
TYPES = each(
    "class_definition class_declaration abstract_class_declaration interface_declaration"
    " enum_declaration record_declaration impl_item trait_item class"
)
BOUND = each(
    "parameters typed_parameter lambda_parameters list_splat_pattern dictionary_splat_pattern"
    " pattern_list tuple_pattern list_pattern array_pattern rest_pattern formal_parameters"
    " as_pattern_target closure_parameters inferred_parameters catch_clause for_in_clause"
    " global_statement nonlocal_statement shorthand_property_identifier_pattern"
)
BINDING = {
    "default_parameter": "name", "typed_default_parameter": "name", "required_parameter": "pattern",
    "optional_parameter": "pattern", "assignment_pattern": "left", "parameter": "pattern",
    "parameter_declaration": "name", "variadic_parameter_declaration": "name", "formal_parameter": "name",
    "assignment": "left", "variable_declarator": "name", "let_declaration": "pattern",
    "for_statement": "left",
    "named_expression": "name", "var_spec": "name", "const_spec": "name", "for_in_statement": "left",
    "const_item": "name", "static_item": "name", "arrow_function": "parameter", "range_clause": "left",
    "enum_assignment": "name", "type_parameter": "name",
}  # fmt: skip
DEFINING = each(
    "function_definition class_definition function_declaration generator_function_declaration"
    " method_definition class_declaration abstract_class_declaration interface_declaration"
    " type_alias_declaration enum_declaration method_declaration constructor_declaration"
    " record_declaration method_elem type_spec type_alias function_item function_signature_item"
    " struct_item enum_item trait_item type_item enum_variant enum_constant method_signature"
    " abstract_method_signature property_signature field_declaration public_field_definition"
    " field_definition function_signature union_item mod_item"
)
KEYS = {
    "keyword_argument": "name", "pair": "key", "pair_pattern": "key", "field_initializer": "field",
    "field_pattern": "name", "labeled_statement": "label",
}  # fmt: skip
COMPARING = each(
    "comparison_operator binary_expression case_pattern case_clause switch_case match_pattern"
    " expression_case switch_label"
)
STRINGS = each(
    "string template_string string_literal interpreted_string_literal raw_string_literal concatenated_string"
)
FUNCTIONS = each(
    "function_definition function_declaration function_expression arrow_function method_definition"
    " function_item generator_function generator_function_declaration lambda async_block"
    " closure_expression"
)
PATTERNS = each("match_pattern case_pattern switch_label struct_pattern tuple_struct_pattern record_pattern")
HERITAGE = each("superclass class_heritage extends_clause super_interfaces extends_interfaces")
MADE = frozenset({"super", "this", "__init__", "cls", "__class__", "Self"})
"""What stands for a type in its own code, or for what it extends."""
COMPOSED = frozenset({"slice_type", "array_type", "map_type", "implicit_length_array_type"})
ENDS = frozenset({"block", "statement_block", "class_body", "source_file", "program", "module"})
NAME = re.compile(r"\w+")
LITERALS = {"composite_literal": "type", "struct_expression": "name"}
BOUND_BY = {
    "assignment": "left", "variable_declarator": "name", "short_var_declaration": "left",
    "let_declaration": "pattern",
}  # fmt: skip
"""Statements that bind a result to a variable, and the field with its name."""
