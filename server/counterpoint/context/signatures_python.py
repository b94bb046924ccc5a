"""What a Python file offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.context.signatures import Name, Parameter, Signature
from counterpoint.context.signatures_nodes import (
    Read,
    each,
    first,
    has,
    inside,
    named,
    plain,
    quoted,
    settable,
    shapes,
    text_of,
    tokens,
)
from counterpoint.context.signatures_python_ends import falls, is_stub, shape

if TYPE_CHECKING:
    from tree_sitter import Node

_THROUGH = each(
    "if_statement else_clause elif_clause try_statement except_clause finally_clause block"
    " with_statement module"
)
_ENUMS = ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "TextChoices", "IntegerChoices")
_RECORDS = ("dataclass", "define", "frozen", "attrs", "s")


def read(root: Node, into: Read) -> None:
    """Read a module."""
    _statements(root, "", (), into)


def _statements(node: Node, owner: str, bases: tuple[str, ...], into: Read) -> None:
    for child in named(node):
        inner = child
        decorators: tuple[str, ...] = ()
        if child.type == "decorated_definition":
            decorators = tuple(plain(one)[1:].strip() for one in named(child) if one.type == "decorator")
            inner = child.child_by_field_name("definition") or child
        if inner.type == "function_definition":
            _function(inner, owner, bases, decorators, into)
        elif inner.type == "class_definition":
            _class(inner, owner, decorators, into)
        elif inner.type == "type_alias_statement":
            _alias(inner, into)
        elif inner.type == "expression_statement":
            _assigned(inner, owner, bases, into)
        elif inner.type in _THROUGH:
            _statements(inner, owner, bases, into)


def _function(
    node: Node, owner: str, bases: tuple[str, ...], decorators: tuple[str, ...], into: Read
) -> None:
    name = text_of(node.child_by_field_name("name"))
    if any(one.endswith((". setter", ". deleter")) for one in decorators):
        settable(f"{owner}.{name}", into)
        return
    body, traits = node.child_by_field_name("body"), set[str]()
    if has(node, "async"):
        traits.add("async")
    if next(inside(body, "yield"), None) is not None:
        traits.add("generator")
    plain_decorators = [one.rpartition(" ")[2] for one in decorators]
    for decorator, trait in (("staticmethod", "static"), ("classmethod", "class")):
        if decorator in plain_decorators:
            traits.add(trait)
    if any(one in ("property", "cached_property") for one in plain_decorators):
        traits.add("property")
    parameters = _parameters(node.child_by_field_name("parameters"))
    method = bool(owner) and "static" not in traits
    if method and parameters and parameters[0].kind in ("place", "either"):
        parameters = parameters[1:]
    returned = shapes(body, shape)
    if body is not None and "generator" not in traits and falls(body) and not is_stub(body):
        returned |= {"nothing"}
    found = Signature(
        f"{owner}.{name}" if owner else name,
        "method" if owner else "function",
        node.child_by_field_name("name").start_point.row,  # type: ignore[union-attr]
        parameters,
        plain(node.child_by_field_name("return_type")),
        returned,
        frozenset(traits),
        decorators,
        plain(node.child_by_field_name("type_parameters")),
        tokens(body),
        bases,
    )
    into.signatures.append(found)


def _parameters(node: Node | None) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    by_name = False
    for child in named(node):
        kind = child.type
        if kind == "positional_separator":
            found = [replace(one, kind="place") for one in found]
        elif kind == "keyword_separator":
            by_name = True
        else:
            one = _parameter(child, by_name)
            by_name = by_name or one.kind == "rest"
            found.append(one)
    return tuple(found)


def _parameter(node: Node, by_name: bool) -> Parameter:
    type_ = plain(node.child_by_field_name("type"))
    name = node.child_by_field_name("name") or (node if node.type == "identifier" else named(node)[0])
    value = node.child_by_field_name("value")
    inner = name if name.type.endswith("_pattern") else node
    if inner.type == "list_splat_pattern":
        return Parameter(text_of(inner).lstrip("* "), "rest", type_)
    if inner.type == "dictionary_splat_pattern":
        return Parameter(text_of(inner).lstrip("* "), "named rest", type_)
    default = plain(value) if value is not None else None
    return Parameter(text_of(name), "name" if by_name else "either", type_, default)


def _class(node: Node, owner: str, decorators: tuple[str, ...], into: Read) -> None:
    own = text_of(node.child_by_field_name("name"))
    name = f"{owner}.{own}" if owner else own
    line = node.child_by_field_name("name").start_point.row  # type: ignore[union-attr]
    given = named(node.child_by_field_name("superclasses"))
    bases = tuple(text_of(one) for one in given if one.type != "keyword_argument")
    into.names.append(Name(name, "type", line, rest=" ".join(bases)))
    body, inner = node.child_by_field_name("body"), Read()
    if body is not None:
        _statements(body, name, bases, inner)
    into.names += inner.names
    into.names += _attributes(name, body, {one.name for one in inner.names})
    made = None
    for one in inner.signatures:
        if one.name == f"{name}.__init__":
            made = one
        else:
            into.signatures.append(one)
    if _last(bases) & set(_ENUMS):
        return
    maker = _maker(name, line, bases, decorators, made, body)
    called = frozenset(_implicit(inner.signatures, name))
    into.signatures.append(replace(maker, traits=maker.traits | called))


def _implicit(methods: Iterable[Signature], owner: str) -> Iterator[str]:
    """Methods that nobody calls by their names, with how many parameters they have."""
    for one in methods:
        own = one.owner == owner and one.symbol.startswith("__") and one.symbol.endswith("__")
        if own and one.symbol not in ("__init__", "__repr__", "__str__", "__new__", "__post_init__"):
            yield f"{one.symbol}/{len(one.parameters)}"


def _attributes(owner: str, body: Node | None, known: set[str]) -> Iterator[Name]:
    """What a constructor sets of its object."""
    for node in inside(body, "function_definition"):
        if text_of(node.child_by_field_name("name")) != "__init__":
            continue
        for one in inside(node.child_by_field_name("body"), "assignment"):
            target = one.child_by_field_name("left")
            own, dot, name = text_of(target).partition(".")
            if own == "self" and dot and name.isidentifier() and f"{owner}.{name}" not in known:
                known.add(f"{owner}.{name}")
                yield Name(f"{owner}.{name}", "field", one.start_point.row)


def _maker(
    name: str,
    line: int,
    bases: tuple[str, ...],
    decorators: tuple[str, ...],
    made: Signature | None,
    body: Node | None,
) -> Signature:
    """The signature of a constructor: of `__init__`, of the fields of a record, or of a base."""
    if made is not None:
        marks = (*decorators, *made.decorators)
        maker = replace(made, name=name, kind="constructor", line=line, result="", shapes=frozenset())
        return replace(maker, decorators=marks, bases=bases)
    plainly = [one.partition("(")[0].strip().rpartition(" ")[2] for one in decorators]
    inherited = [one for one in bases if one not in ("object", "ABC", "Protocol") and "Generic" not in one]
    record = any(one in _RECORDS for one in plainly)
    tuples, models = _last(bases) & {"NamedTuple"}, _last(bases) & {"BaseModel", "TypedDict"}
    traits = {"inherits"} if len(inherited) > len(tuples | models) else set[str]()
    if not record and not tuples and not models:
        return Signature(
            name, "constructor", line, traits=frozenset(traits), decorators=decorators, bases=bases
        )
    by_name = bool(models) or any("kw_only = True" in one for one in decorators)
    rest = " ".join(one for one in decorators if "(" in one)
    marks = tuple(one for one, plainer in zip(decorators, plainly, strict=True) if plainer not in _RECORDS)
    fields = _fields(body, by_name)
    return Signature(name, "record", line, fields, "", frozenset(), frozenset(traits), marks, rest, (), bases)


def _last(bases: tuple[str, ...]) -> set[str]:
    return {one.partition("[")[0].rpartition(".")[2] for one in bases}


def _fields(body: Node | None, by_name: bool) -> tuple[Parameter, ...]:
    found = []
    for statement in named(body):
        one = first(statement, "assignment") if statement.type == "expression_statement" else None
        if one is None or (annotation := one.child_by_field_name("type")) is None:
            continue
        name, type_ = text_of(one.child_by_field_name("left")), plain(annotation)
        if type_.endswith("KW_ONLY"):
            by_name = True
            continue
        value = plain(one.child_by_field_name("right"))
        if type_.startswith(("ClassVar", "typing . ClassVar")) or "init = False" in value:
            continue
        required = one.child_by_field_name("right") is None or _undefaulted(value)
        found.append(Parameter(name, "name" if by_name else "either", type_, None if required else value))
    return tuple(found)


def _undefaulted(value: str) -> bool:
    """True for a call that describes a field and gives it no default."""
    called, bracket, given = value.partition(" ( ")
    if not bracket or called.rpartition(" ")[2] not in ("field", "Field", "ib", "attrib"):
        return False
    if "default" in given or "factory" in given:
        return False
    return (
        not called.endswith("Field") or given.startswith((". . .", "...")) or " = " in given.split(" , ")[0]
    )


def _alias(node: Node, into: Read) -> None:
    parts = named(node)
    if parts:
        into.names.append(Name(text_of(parts[0]), "type", node.start_point.row, plain(parts[-1])))


def _in(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name


def _assigned(statement: Node, owner: str, bases: tuple[str, ...], into: Read) -> None:
    one = first(statement, "assignment")
    target = one.child_by_field_name("left") if one is not None else None
    if one is None or target is None:
        return
    if target.type in ("pattern_list", "tuple_pattern"):
        kind = "field" if owner else "constant"
        for part in named(target):
            if part.type == "identifier":
                into.names.append(Name(_in(owner, text_of(part)), kind, part.start_point.row))
    if target.type != "identifier":
        return
    name, value = text_of(target), one.child_by_field_name("right")
    if name == "__all__":
        into.listed |= {quoted(text_of(text)) for text in named(value) if text.type == "string"}
    if name.startswith("__"):
        return
    is_member = bool(_last(bases) & set(_ENUMS)) and value is not None
    kind = "member" if is_member else "field" if owner else "constant"
    whole = _in(owner, name)
    annotation = plain(one.child_by_field_name("type"))
    counted = plain(value)
    if is_member and counted.endswith("auto ( )"):
        counted += f" # {sum(each.owner == owner for each in into.names)}"
    into.names.append(Name(whole, kind, target.start_point.row, counted, annotation))
