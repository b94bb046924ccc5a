"""Which argument of a call goes to which parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from counterpoint.context.signatures import Parameter, Signature
from counterpoint.context.uses import Argument, Arguments, Use


@dataclass(slots=True)
class Binding:
    """`given` maps the numbers of parameters to arguments, `places` those of arguments by place to them.

    `problem` says why the call fails, "" if it does not. A call is `open` if it spreads what nobody sees.
    """

    given: dict[int, Argument] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    problem: str = ""
    open: bool = False


def bind(use: Use, signature: Signature, language: str) -> Binding:
    """Bind what a use gives to what a signature takes."""
    given = use.arguments
    if use.role == "literal" or (signature.kind == "record" and language in ("go", "rust")):
        return _literal(given, signature.parameters, language)
    if language in ("python", "rust") and _by_class(use, signature):
        given = replace(given, positional=given.positional[1:])
        if not use.arguments.positional and not use.arguments.open:
            return Binding(problem=f"{signature.name} is called without an object")
    return _call(given, signature.parameters)


def _by_class(use: Use, signature: Signature) -> bool:
    """True for a call of a method through its class, whose first argument is the object."""
    own = signature.owner.rpartition(".")[2]
    return signature.kind == "method" and use.receiver.replace("::", ".").rpartition(".")[2] == own and not (
        {"static", "class", "property"} & signature.traits
    )  # fmt: skip


def _call(given: Arguments, parameters: Sequence[Parameter]) -> Binding:
    found = Binding(open=given.open)
    places = [number for number, one in enumerate(parameters) if one.kind in ("place", "either")]
    rest = next((number for number, one in enumerate(parameters) if one.kind == "rest"), None)
    seen = given.positional if given.spread is None else given.positional[: given.spread]
    for number, argument in enumerate(seen):
        if number < len(places):
            found.given[places[number]] = argument
            found.places[number] = places[number]
        elif rest is not None:
            found.places[number] = rest
        else:
            found.problem = f"it takes {_count(len(places))}, and {len(given.positional)} are given"
            return found
    _named(found, given, parameters)
    return found if found.problem else _complete(found, given, parameters)


def _count(number: int) -> str:
    return "no argument by place" if not number else f"{number} argument{'s' * (number > 1)} by place"


def _named(found: Binding, given: Arguments, parameters: Sequence[Parameter]) -> None:
    by_name = {one.name: number for number, one in enumerate(parameters) if one.kind in ("either", "name")}
    takes_all = any(one.kind == "named rest" for one in parameters)
    for name, argument in given.named:
        number = by_name.get(name)
        if number is None and not takes_all:
            found.problem = found.problem or f"it has no parameter {name} that can be named"
        elif number is not None and number in found.given:
            found.problem = found.problem or f"{name} is given twice"
        elif number is not None:
            found.given[number] = argument


def _complete(found: Binding, given: Arguments, parameters: Sequence[Parameter]) -> Binding:
    for number, one in enumerate(parameters):
        if not one.required or number in found.given:
            continue
        by_place = given.spread is not None and one.kind in ("place", "either")
        if not by_place and not (given.named_spread and one.kind in ("either", "name")):
            found.problem = f"{one.name or 'a parameter'} is required and not given"
            break
    return found


def _literal(given: Arguments, fields: Sequence[Parameter], language: str) -> Binding:
    """Bind the fields that a literal names; in Go and Rust they may stand there without names."""
    found = Binding(open=given.open)
    if given.positional and not given.named:
        if len(given.positional) != len(fields):
            found.problem = f"it has {len(fields)} fields, and {len(given.positional)} are given"
        found.given = dict(enumerate(given.positional))
        found.places = {number: number for number in found.given}
        return found
    by_name = {one.name: number for number, one in enumerate(fields)}
    for name, argument in given.named:
        if name not in by_name:
            found.problem = f"it has no field {name}"
            return found
        found.given[by_name[name]] = argument
    missing = [one.name for number, one in enumerate(fields) if one.required and number not in found.given]
    if missing and not given.open and language != "go":
        found.problem = f"the field {missing[0]} is required and not given"
    return found
