"""Where a value comes from: out of a request, out of a parameter, or out of the code itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from ast_grep_py import SgNode

from counterpoint.static import syntax

Origin = Literal["outside", "parameter", ""]
"""`outside`: a request, a page's address. `parameter`: text of the caller's. Empty: neither, or unknown."""

_OUTSIDE = re.compile(
    # Python's web frameworks
    r"^(?:self\.)?(?:request|req)\.(?:args|form|files|json|data|body|GET|POST|FILES|query_params|path_params|params"
    r"|values|cookies|headers|match_info|get_json\(|get_data\()|^self\.get_(?:query_|body_)?argument\("
    # Node's
    r"|^(?:req|request|ctx|context|c)\.(?:request\.)?(?:body|query|params?|headers|cookies|files?)\b"
    r"|^event\.(?:body|queryStringParameters|pathParameters)\b"
    # a page's
    r"|^decodeURI(?:Component)?\((?:window\.|document\.)?location\b|\bsearchParams\.get\("
)
_KEEPS_TEXT = re.compile(
    r"\.(?:strip|lstrip|rstrip|lower|upper|title|decode|get|pop|trim|toString|toLowerCase|toUpperCase)$"
)
_TAKES_TEXT = re.compile(
    r"^(?:str|String|os\.path\.join|os\.path\.\w+|path\.(?:join|resolve)|join|Path|decodeURIComponent)$"
)
_TEXT = re.compile(
    r"^:?\s*(?:Optional\[|typing\.)?(?:str|bytes|Path|pathlib\.Path|Any|any|string)\b\]?(?:\s*\|\s*(?:None|null|undefined|Path))*$"
)
_HANDLER = re.compile(
    r"@\s*\w*(?:app|router|bp|blueprint|api|server)\w*\.(?:route|get|post|put|patch|delete|websocket)\("
)
_GIVEN = re.compile(r"@(?:Body|Param|Query|Headers)\(")
_WRAPS = {"parenthesized_expression", "await", "await_expression", "non_null_expression", "as_expression"}
_CHOOSES = {"conditional_expression": (0, 2), "ternary_expression": (1, 2)}
_JOINS = {"binary_operator", "binary_expression", "boolean_operator"}
_PARTS = {"interpolation", "template_substitution"}
_MEMBERS = {
    "attribute": "object",
    "member_expression": "object",
    "subscript": "value",
    "subscript_expression": "object",
}
_HOPS = 3


def origin(node: SgNode, hops: int = _HOPS) -> Origin:
    """Where the text that an expression gives comes from, as far as its own function tells."""
    kind = node.kind()
    if _OUTSIDE.search(node.text()) and kind not in ("binary_operator", "binary_expression"):
        return "outside"
    if kind == "identifier":
        return _of_name(node, hops)
    if kind in _WRAPS:
        children = node.named_children()
        return origin(children[0], hops) if children else ""
    if kind in ("call", "call_expression"):
        return _of_call(node, hops)
    if kind in _MEMBERS:
        owner = node.field(_MEMBERS[kind])
        return "outside" if owner is not None and origin(owner, hops) == "outside" else ""
    return strongest(origin(part, hops) for part in _parts(node))


def strongest(found: Iterator[Origin]) -> Origin:
    """The most telling of several origins."""
    seen = set(found)
    return "outside" if "outside" in seen else "parameter" if "parameter" in seen else ""


def _parts(node: SgNode) -> Iterator[SgNode]:
    kind, children = node.kind(), node.named_children()
    if kind in _CHOOSES and len(children) == 3:
        yield from (children[at] for at in _CHOOSES[kind])
    elif kind in _JOINS:
        yield from children
    elif kind in ("string", "template_string", "concatenated_string"):
        for child in children:
            if child.kind() in _PARTS:
                yield child.named_children()[0]
            elif child.kind() == "string":
                yield child


def _of_call(call: SgNode, hops: int) -> Origin:
    callee, arguments = call.field("function"), call.field("arguments")
    if callee is None:
        return ""
    if _KEEPS_TEXT.search(callee.text()):
        owner = callee.field("object")
        return origin(owner, hops) if owner is not None else ""
    if _TAKES_TEXT.search(callee.text()) and arguments is not None:
        return strongest(origin(item, hops) for item in arguments.named_children())
    return ""


def _of_name(name: SgNode, hops: int) -> Origin:
    for function in syntax.ancestors(name):
        if function.kind() not in syntax.FUNCTIONS:
            continue
        if _looked_at(name.text(), function):
            return ""
        value = _last_value(name, function)
        if value is not None:
            return origin(value, hops - 1) if hops and value != name else ""
        given = _given(name.text(), function)
        if given is not None:
            return "" if given == "parameter" and _private(function) else given
    return ""


def _last_value(name: SgNode, function: SgNode) -> SgNode | None:
    """What the name was last bound to before its place; the name itself if that is no single value."""
    word = re.compile(rf"(?<![\w.\[]){re.escape(name.text())}\b(?!\s*:)")
    last: SgNode | None = None
    for node, target, value in syntax.bound(function):
        if node.range().start.index < name.range().start.index and word.search(target.text()):
            plain = target.kind() in ("identifier", "object_pattern") and value is not None
            last = value if plain else name
    return last


def _looked_at(name: str, function: SgNode) -> bool:
    """True if the function asks what the name holds: whether it is among what is allowed, or of a form."""
    word = rf"(?<![\w.]){re.escape(name)}"
    asked = (
        rf"{word}\s+(?:not\s+)?in\b(?!.*:\s*$)|\bif\s+(?:not\s+)?{word}\s+(?:not\s+)?in\b"
        rf"|\.(?:match|fullmatch|search|test|includes|has|indexOf)\(\s*(?:[^()]*,\s*)?{word}\b"
        rf"|{word}\.(?:isdigit|isalnum|isidentifier|isnumeric|match)\(|(?i:valid\w*|check\w*|safe\w*|clean\w*)\({word}\b"
        rf"|\b(?:int|float|Number|parseInt|UUID)\({word}\b"
    )
    return re.search(asked, function.text(), re.M) is not None


def _given(name: str, function: SgNode) -> Origin | None:
    """The origin of a parameter, or None if the function has none of that name."""
    single = function.field("parameter")
    parameters = function.field("parameters")
    items = [single] if single is not None else parameters.named_children() if parameters is not None else []
    for item in items:
        label = item.field("name") or item.field("pattern") or item
        if label.kind() in ("typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"):
            label = label.named_children()[0]
        if not re.search(rf"(?<![\w.]){re.escape(name)}\b", label.text()):
            continue
        if label.kind() not in ("identifier", "object_pattern"):
            return ""
        kind, value = item.field("type"), item.field("value")
        if label.kind() == "object_pattern" and not _GIVEN.search(item.text()):
            return ""
        texts = kind is None or _TEXT.match(kind.text()) is not None or label.kind() == "object_pattern"
        literal = value is not None and value.kind() not in ("none", "string", "null", "undefined")
        if not texts or literal:
            return ""
        return "outside" if _GIVEN.search(item.text()) or _handler(function) else "parameter"
    return None


def _private(function: SgNode) -> bool:
    """True for what only its own module or class calls: its values have been looked at where they came in."""
    name = function.field("name")
    return name is not None and re.match(r"_(?!_)|#", name.text()) is not None


def _handler(function: SgNode) -> bool:
    parent = function.parent()
    return (
        parent is not None
        and parent.kind() == "decorated_definition"
        and any(child.kind() == "decorator" and _HANDLER.search(child.text()) for child in parent.children())
    )
