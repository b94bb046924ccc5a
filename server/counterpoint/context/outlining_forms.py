"""What does not count in the syntax of a language, as tables: what formatters are free to change.

One table holds for all grammars wherever a name means the same in each; a family adds its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from counterpoint.context.languages import GRAMMARS, grammar
from counterpoint.context.scope_nodes import SCOPES


class Act(IntEnum):
    """What the walk does with a node."""

    PLAIN = 0
    """A mark, its children, a mark; a leaf as it is written."""
    NAME = 1
    """A leaf that refers to something."""
    NOTHING = 2
    COMMA = 3
    CLOSER = 4
    """A closing bracket, before which a comma does not count."""
    OPENER = 5
    SEMICOLON = 6
    CLEAR = 7
    """Its children without a mark."""
    TEXT = 8
    """As it is written, but for quotes; what is interpolated is walked."""
    JOINED = 9
    """Texts that are one text."""
    NUMBER = 10
    BAG = 11
    """Children whose order does not count."""
    RAW = 12
    """As it is written, children included."""
    SPACED = 13
    """As it is written, but for white space."""
    ARGUMENTS = 14
    """Nothing where it is empty in a node of `emptied`."""
    WORD = 15
    """A leaf that refers to something as the name of a command."""
    BRACED = 16
    """Its only expression, where the node around it needs no braces."""
    JUMP = 17
    """A statement whose end does not count where it jumps."""
    MARKUP = 18
    """An expression in markup that is only white space or a comment does not count."""
    GROUP = 19
    """Brackets round one thing, which are a tuple only with a comma."""
    UNION = 20
    """An operator before the first of several does not count."""


_TOKENS = frozenset({Act.COMMA, Act.CLOSER, Act.OPENER, Act.SEMICOLON})


def _each(act: Act, names: str) -> dict[str, Act]:
    return dict.fromkeys(names.split(), act)


_EVERYWHERE: dict[str, Act] = {
    **_each(Act.NOTHING, "comment line_comment block_comment multiline_comment line_continuation"),
    **_each(Act.NOTHING, "html_comment php_tag shebang hash_bang_line"),
    "\n": Act.NOTHING, "\r\n": Act.NOTHING, ";": Act.SEMICOLON, ",": Act.COMMA,
    "(": Act.OPENER, "[": Act.OPENER, "{": Act.OPENER,
    ")": Act.CLOSER, "]": Act.CLOSER, "}": Act.CLOSER, ">": Act.CLOSER,
    **_each(Act.CLEAR, "parenthesized_expression parenthesized_type with_clause"),
    **_each(Act.TEXT, "string string_literal template_string interpreted_string_literal raw_string_literal"),
    **_each(Act.TEXT, "rune_literal char_literal character_literal encapsed_string heredoc heredoc_body"),
    **_each(Act.TEXT, "nowdoc raw_string ansi_c_string interpolated_string_expression interpolated_string"),
    **_each(Act.TEXT, "verbatim_string_literal line_string_literal multi_line_string_literal"),
    **_each(Act.TEXT, "delimited_symbol multiline_string_literal format_specifier"),
    "concatenated_string": Act.JOINED,
    **_each(Act.NUMBER, "integer float number integer_literal float_literal number_literal int_literal"),
    **_each(Act.NUMBER, "imaginary_literal real_literal decimal_integer_literal hex_integer_literal"),
    **_each(Act.NUMBER, "octal_integer_literal binary_integer_literal decimal_floating_point_literal"),
    **_each(Act.NAME, "identifier type_identifier field_identifier property_identifier constant"),
    **_each(Act.NAME, "private_property_identifier shorthand_property_identifier simple_identifier"),
    **_each(Act.NAME, "namespace_identifier statement_identifier shorthand_field_identifier"),
    "preproc_arg": Act.SPACED, "modifiers": Act.BAG,
}  # fmt: skip

_FAMILIES: dict[str, dict[str, Act]] = {
    "python": {
        "argument_list": Act.ARGUMENTS, "tuple_pattern": Act.GROUP,
        **_each(Act.CLEAR, "type type_parameter"),
    },
    "script": {
        **_each(Act.CLEAR, "formal_parameters required_parameter"),
        **_each(Act.NOTHING, "empty_statement"),
        **_each(Act.UNION, "union_type intersection_type"), "|": Act.OPENER, "&": Act.OPENER,
        "arguments": Act.ARGUMENTS, "jsx_text": Act.SPACED, "jsx_expression": Act.MARKUP,
    },
    "go": {"import_spec_list": Act.BAG},
    "rust": {
        "use_list": Act.BAG, "block": Act.BRACED, "expression_statement": Act.JUMP,
        "empty_statement": Act.NOTHING,
    },
    "php": {"name": Act.NAME, "variable_name": Act.RAW, "encapsed_string": Act.TEXT, "array": Act.OPENER},
    "ruby": {**_each(Act.CLEAR, "argument_list method_parameters"), "then": Act.CLEAR},
    "shell": {"word": Act.WORD, "$(": Act.OPENER, "`": Act.OPENER},
    "csharp": {"interpolation_brace": Act.SPACED},
}  # fmt: skip

_ALIASES: dict[str, dict[str, str]] = {
    "python": {
        **dict.fromkeys(("expression_list", "tuple", "pattern_list", "tuple_pattern"), "tuple"),
        # The grammar takes a long annotation for an expression where its lines are broken in another way.
        "generic_type": "subscript",
        "union_type": "binary_operator",
    },
    "php": {"encapsed_string": "string"},
}
_BARE = {
    "": "parenthesized_expression parenthesized_type",
    "python": "tuple tuple_pattern with_clause import_from_statement",
    "script": "formal_parameters",
    "php": "array_creation_expression",
    "ruby": "argument_list method_parameters",
}
"""Nodes whose own brackets do not count."""
_DROPPED = {"php": {"array_creation_expression": "array [ ]"}, "shell": {"command_substitution": "$( ` )"}}
"""Tokens that do not count in a node besides."""
_COMMALESS = "object_type interface_body match_block match_arm enum_body"
_SEMICOLONS = "for_statement for_expression c_style_for_statement for_clause for"
_EMPTIED = {"python": "class_definition", "script": "new_expression"}
_UNBRACED = "match_arm closure_expression"
_CLOSURES = "lambda lambda_expression closure_expression arrow_function func_literal function_expression"
_RETURNS = "return_statement return_expression return"
_YIELDS = "yield yield_expression yield_statement"
_CONTENT = (
    "string_content string_fragment escape_sequence string_start string_end escape_interpolation character"
    " interpreted_string_literal_content raw_string_literal_content string_literal_content heredoc_content"
    " multiline_string_fragment raw_string_content raw_string_start raw_string_end heredoc_start heredoc_end"
    " raw_string_delimiter line_str_text multi_line_str_text nowdoc_string nowdoc_body interpolation_start"
    " character_literal_content"
)

_BOUND = {
    "": "parameters typed_parameter list_splat_pattern dictionary_splat_pattern lambda_parameters"
    " as_pattern_target formal_parameters rest_pattern array_pattern closure_parameters inferred_parameters"
    " method_parameters block_parameters splat_parameter block_parameter hash_splat_parameter",
    "name": "default_parameter typed_default_parameter named_expression keyword_argument variable_declarator"
    " parameter_declaration var_spec formal_parameter catch_formal_parameter enhanced_for_statement"
    " keyword_parameter",
    "left": "assignment for_statement for_in_clause for_in_statement assignment_pattern foreach_statement"
    " short_var_declaration range_clause",
    "pattern": "required_parameter optional_parameter let_declaration parameter for_expression",
    "declarator": "init_declarator declaration",
    "parameter": "arrow_function catch_clause",
    "key": "pair",
}
BINDERS = {name: field for field, names in _BOUND.items() for name in names.split()}
"""Nodes that give names of their own, and the field these stand in; "" for any child."""


@dataclass(frozen=True)
class Forms:
    """The tables of a language by the ids that its grammar gives to kinds of nodes."""

    family: str
    actions: dict[int, int]
    opens: dict[int, bytes]
    names: dict[int, str]
    bare: frozenset[int]
    dropped: dict[int, frozenset[bytes]]
    commaless: frozenset[int]
    semicolons: frozenset[int]
    emptied: frozenset[int]
    unbraced: frozenset[int]
    functions: frozenset[int]
    noted: frozenset[int]
    content: frozenset[int]
    identifiers: frozenset[int]


@cache
def forms_of(language: str) -> Forms:
    """The tables of a language. Raises KeyError: no grammar."""
    family = GRAMMARS[language].family
    known = grammar(language)
    names = {at: known.node_kind_for_id(at) or "" for at in range(known.node_kind_count)}
    acts = {**_EVERYWHERE, **_FAMILIES.get(family, {})}
    aliases = _ALIASES.get(family, {})

    def ids(words: str) -> frozenset[int]:
        wanted = frozenset(words.split())
        return frozenset(at for at, name in names.items() if name in wanted)

    functions = [name for name, kind in SCOPES.items() if kind in ("function", "method", "constructor")]
    dropped = {
        at: frozenset(word.encode() for word in words.split())
        for kind, words in _DROPPED.get(family, {}).items()
        for at in ids(kind)
    }
    identifiers = " ".join(name for name, act in acts.items() if act is Act.NAME)
    functions_known = ids(" ".join((*functions, _CLOSURES)))
    return Forms(
        family=family,
        actions={
            at: int(acts[name])
            for at, name in names.items()
            # Some keywords are spelled like the nodes of another grammar: `string` is a type.
            if name in acts and (known.node_kind_is_named(at) or acts[name] in _TOKENS or name.isspace())
        },
        opens={at: b"\x02" + aliases.get(name, name).encode() for at, name in names.items()},
        names=names,
        bare=ids(f"{_BARE['']} {_BARE.get(family, '')}"),
        dropped=dropped,
        commaless=ids(_COMMALESS),
        semicolons=ids(_SEMICOLONS),
        emptied=ids(_EMPTIED.get(family, "")),
        unbraced=ids(_UNBRACED) if family == "rust" else frozenset(),
        functions=functions_known,
        noted=functions_known | ids(" ".join((*BINDERS, _RETURNS, _YIELDS))),
        content=ids(_CONTENT),
        identifiers=ids(identifiers),
    )


def is_return(name: str) -> bool:
    """True for the kind of a statement that returns."""
    return name in _RETURNS.split()


def is_yield(name: str) -> bool:
    """True for the kind of an expression that yields."""
    return name in _YIELDS.split()
