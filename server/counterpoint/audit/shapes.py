"""Whether a result of another shape is still taken apart in a way that fits."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoint.audit.verdicts import INTACT, Verdict, broken, unknown, worst
from counterpoint.context.signatures_nodes import quoted
from counterpoint.context.uses import Result

_SIMPLE = frozenset({"value", "list", "number", "text", "truth", "function", "set", "mapping"})
"""Shapes that a value may have for which the syntax only said that it is one."""


def of_shapes(
    result: Result,
    later: Sequence[Result],
    before: frozenset[str],
    after: frozenset[str],
    language: str,
    *,
    may_be_none: bool,
) -> Verdict:
    """Judge a use of a result by what the `return` statements show. `may_be_none`: it is declared so.

    `later` is what becomes of it where it is bound to a variable.
    """
    if result.kind == "dropped":
        return INTACT
    if (other := reordered(before, after)) is not None:
        return broken(other) if result.kind == "unpacked" else unknown(other)
    before, after = (frozenset(map(_counted, shapes)) for shapes in (before, after))
    if after <= before:
        return INTACT
    if result.kind == "bound" and later:
        known = (of_shapes(one, (), before, after, language, may_be_none=may_be_none) for one in later)
        return worst(known)
    if after == {"nothing"}:
        return broken("it gives back nothing any more") if before else INTACT
    verdicts = []
    if "nothing" in after - before and not may_be_none and before:
        verdicts.append(unknown("it may give back nothing now"))
    was = before - {"nothing"}
    if was:  # what gave back nothing was not used
        verdicts += [_one(result, was, one, language) for one in sorted(after - before - {"nothing"})]
    return worst(verdicts)


def _counted(shape: str) -> str:
    """A shape without the names of its values."""
    return " ".join(shape.split(" ")[:2]) if shape.startswith("tuple ") else shape


def reordered(before: frozenset[str], after: frozenset[str]) -> str | None:
    """What is said of values that come in another order: the same names, each in another place."""
    for one in sorted(after - before):
        for other in sorted(before):
            now, was = (shape.split(" ")[2:] for shape in (one, other))
            same = bool(now and was) and sorted(now[0].split(",")) == sorted(was[0].split(","))
            if same and _counted(one) == _counted(other):
                return f"it gives back {now[0].replace(',', ', ')} in this order now"
    return None


def _one(result: Result, was: frozenset[str], shape: str, language: str) -> Verdict:
    kind, _, rest = shape.partition(" ")
    if kind == "tuple":
        return _several(result, int(rest), was)
    if kind == "keys":
        return _keyed(result, rest.split(","), language)
    if shape in _SIMPLE and ("value" in was or shape == "value") and was <= _SIMPLE:
        return INTACT
    if any(one.startswith("tuple") for one in was) and result.kind == "unpacked" and shape != "value":
        return broken(f"it gives back a {shape} now")
    return unknown(f"it gives back {'something else' if shape == 'value' else f'a {shape}'} now")


def _several(result: Result, count: int, was: frozenset[str]) -> Verdict:
    if result.kind == "unpacked" and result.count >= 0:
        if result.count == count:
            return INTACT
        return broken(f"it gives back {count} values, and {result.count} are taken")
    if result.kind == "keys" or (result.kind == "indexed" and result.detail[:1] in "\"'"):
        return broken("it gives back several values now, which have no names")
    return unknown(f"it gives back {count} values now")


def _keyed(result: Result, keys: list[str], language: str) -> Verdict:
    said = ", ".join(keys)
    if result.kind == "unpacked" or (result.kind == "compared" and result.detail != "mapping"):
        return broken(f"it gives back an object with {said} now")
    if result.kind == "indexed":
        if result.detail[:1] in "\"'":
            key = quoted(result.detail)
            return INTACT if key in keys else broken(f"it gives back no {key} any more")
        number = result.detail.lstrip("- ").isdigit()
        return (
            broken(f"it gives back an object with {said} now")
            if number
            else unknown(f"it gives back {said} now")
        )
    if result.kind == "keys":
        missing = [key for key in result.keys if key not in keys]
        return broken(f"it gives back no {missing[0]} any more") if missing else INTACT
    if result.kind == "member" and language != "python":
        return INTACT if result.detail in keys else broken(f"it gives back no {result.detail} any more")
    return unknown(f"it gives back an object with {said} now")
