"""Whether the arguments of a call reach the parameters they reached, and fit them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.audit.binding import Binding, bind
from counterpoint.audit.types import fit
from counterpoint.audit.verdicts import INTACT, Verdict, broken, unknown, worst
from counterpoint.context.signatures import Parameter, Signature
from counterpoint.context.uses import Use

_EMPTY = frozenset({"", "None", "undefined", "null"})


@dataclass(frozen=True, slots=True)
class Partners:
    """Parameters before to those after, by number. `renamed` holds those of which only the name changed, and
    `doubtful` those that may mean something else."""

    pairs: Mapping[int, int]
    renamed: frozenset[int] = frozenset()
    doubtful: frozenset[int] = frozenset()


def partners(before: Signature, after: Signature) -> Partners:
    """Match parameters by name; what is left over by place, kind and type."""
    pairs: dict[int, int] = {}
    for number, one in enumerate(before.parameters):
        found = [at for at, other in enumerate(after.parameters) if one.name and other.name == one.name]
        if found and found[0] not in pairs.values():
            pairs[number] = found[0]
    left = [number for number in range(len(before.parameters)) if number not in pairs]
    free = [number for number in range(len(after.parameters)) if number not in pairs.values()]
    by_place = _ranks(before.parameters), _ranks(after.parameters)
    renamed: dict[int, int] = {}
    for number in left:
        one = before.parameters[number]
        for at in free:
            other = after.parameters[at]
            same = one.kind == other.kind and by_place[0][number] == by_place[1][at]
            if same and (one.keys is None) == (other.keys is None):
                renamed[number] = at
                free.remove(at)
                break
    pairs.update(renamed)
    names = {before.parameters[one].name: after.parameters[at].name for one, at in renamed.items()}
    meant = _same_code(before, after, names)
    unnamed = frozenset(
        n for n in renamed if not before.parameters[n].name and not after.parameters[renamed[n]].name
    )
    doubtful = frozenset() if meant else frozenset(renamed) - unnamed
    return Partners(pairs, frozenset(renamed), doubtful)


def _ranks(parameters: Sequence[Parameter]) -> list[int]:
    """The place of each among those of its kind."""
    return [
        sum(other.kind == one.kind for other in parameters[:number]) for number, one in enumerate(parameters)
    ]


def _same_code(before: Signature, after: Signature, names: Mapping[str, str]) -> bool:
    """True if the code after is that before with the names changed and nothing else."""
    if not before.body or len(before.body) != len(after.body):
        return False
    return all(names.get(old, old) == new for old, new in zip(before.body, after.body, strict=True))


def judged(use: Use, earlier: Use | None, before: Signature, after: Signature, language: str) -> Verdict:
    """The arguments of a call. `earlier` is the call as it was, where the change edited it."""
    now = bind(use, after, language)
    if before.parameters == after.parameters and not now.problem:
        return INTACT
    if now.problem:
        return broken(now.problem)
    known = partners(before, after)
    if now.open:
        return _opened(before, after, known)
    was = bind(earlier or use, before, language)
    if was.problem:
        return INTACT  # it did not fit before, so nothing that it meant can have been lost
    if earlier is not None:
        return worst(_edited(was, now, before, after, known, language))
    return worst(_unedited(was, now, before, after, known, language))


def _opened(before: Signature, after: Signature, known: Partners) -> Verdict:
    """A call that spreads: it fits only if whatever fitted before does."""
    if known.renamed or any(kind in ("rest", "named rest") for kind in _kinds(before)):
        return unknown("what it spreads may not fit the parameters as they are now")
    for number, one in enumerate(before.parameters):
        other = after.parameters[known.pairs[number]] if number in known.pairs else None
        if other is None or other != one or known.pairs[number] != number:
            return unknown("what it spreads may not fit the parameters as they are now")
    added = after.parameters[len(before.parameters) :]
    if any(one.required for one in added):
        return unknown("what it spreads may not give what is required now")
    return INTACT


def _kinds(signature: Signature) -> list[str]:
    return [one.kind for one in signature.parameters]


def _unedited(
    was: Binding, now: Binding, before: Signature, after: Signature, known: Partners, language: str
) -> Iterator[Verdict]:
    for place, number in was.places.items():
        meant, reached = known.pairs.get(number), now.places.get(place)
        if reached is None:
            continue
        one, other = before.parameters[number], after.parameters[reached]
        if meant != reached:
            yield _elsewhere(place, one, other)
        elif number in known.doubtful:
            yield unknown(f"{one.name} has become {other.name}, which may mean something else")
    for number, argument in was.given.items():
        at = known.pairs.get(number)
        if at is None or at not in now.given:
            if number not in was.places.values():
                yield unknown(f"{before.parameters[number].name} is one among others now")
            continue
        old, new = before.parameters[number], after.parameters[at]
        yield _keyed(now, at, old, new)
        if new.keys is None or argument.keys is None:
            yield _fitting(argument.text, old, new, fit(old.type, new.type, argument, language))
    yield from _left_out(was, now, before, after, known)
    yield from _rest(was, before, after, known)


def _elsewhere(place: int, old: Parameter, new: Parameter) -> Verdict:
    if "rest" in (old.kind, new.kind):
        return unknown(f"argument {place + 1} was one of {old.name} and is now {new.name}")
    return broken(f"argument {place + 1} was {old.name} and is now {new.name}")


def _fitting(text: str, old: Parameter, new: Parameter, found: str) -> Verdict:
    if found == "fails":
        return broken(f"{text} is no {new.type}")
    if found == "unknown":
        return unknown(f"{new.name or 'a parameter'} was {old.type or 'of any type'} and is now {new.type}")
    return INTACT


def _keyed(now: Binding, at: int, old: Parameter, new: Parameter) -> Verdict:
    """An object that is taken apart must have the keys that are taken, and no others."""
    if new.keys is None or old.keys == new.keys:
        return INTACT
    given = now.given[at].keys
    if given is None:
        return unknown("it takes other keys now")
    was, keys = (dict(key.partition("?")[::2] for key in one or ()) for one in (old.keys, new.keys))
    free = {key.partition("?")[0] for key in new.keys if "?" in key}
    missing = [key for key in keys if key not in given]
    if required := [key for key in missing if key not in free]:
        return broken(f"{required[0]} is required and not given")
    if strange := [key for key in given if key not in keys]:
        return broken(f"it takes no {strange[0]} any more")
    changed = [key for key in missing if key in was and was[key] != keys[key]]
    return (
        unknown(f"{changed[0]} is not given, and its default is {keys[changed[0]]} now")
        if changed
        else INTACT
    )


def _left_out(
    was: Binding, now: Binding, before: Signature, after: Signature, known: Partners
) -> Iterator[Verdict]:
    """Parameters that are not given, and whose default is another."""
    for number, at in known.pairs.items():
        if number in was.given or at in now.given:
            continue
        old, new = before.parameters[number], after.parameters[at]
        if old.keys != new.keys:
            yield unknown("what it takes apart is not given, and has other keys now")
        if old.default != new.default and not ({old.default, new.default} <= _EMPTY):
            yield unknown(
                f"{new.name} is not given, and its default was {old.default} and is now {new.default}"
            )


def _rest(was: Binding, before: Signature, after: Signature, known: Partners) -> Iterator[Verdict]:
    """What a parameter took that takes the rest must still be taken as such."""
    for number in set(was.places.values()):
        one = before.parameters[number]
        at = known.pairs.get(number)
        if one.kind == "rest" and at is not None and after.parameters[at].kind != "rest":
            yield broken(f"{one.name} took the rest and is now one argument")
        elif one.kind == "rest" and at is not None and after.parameters[at].type != one.type:
            yield unknown(
                f"{one.name} was {one.type or 'of any type'} and is now {after.parameters[at].type}"
            )


def _edited(
    was: Binding, now: Binding, before: Signature, after: Signature, known: Partners, language: str
) -> Iterator[Verdict]:
    """A call that the change edited: what it gave must reach what it reached."""
    for number, argument in was.given.items():
        at = known.pairs.get(number)
        new = now.given.get(at) if at is not None else None
        if at is None or new is None:
            continue
        old_one, new_one = before.parameters[number], after.parameters[at]
        if number in known.doubtful:
            continue  # whoever renamed the parameter and edited the call has seen to it
        if new.text != argument.text and new.text in {one.text for one in was.given.values()}:
            yield broken(f"{new_one.name} was given {argument.text} and is now given {new.text}")
        found = fit(old_one.type, new_one.type, new, language)
        if found == "fails":
            yield broken(f"{new.text} is no {new_one.type}")
    yield from _left_out(was, now, before, after, known)


def extended(before: Signature, after: Signature) -> Verdict:
    """A type that others extend: they must be able to build it as they did."""
    if before.rest != after.rest:
        return unknown("its head changed, and it is extended here")
    if before.parameters == after.parameters:
        return INTACT
    fits = _opened(before, after, partners(before, after)).state == "intact"
    return INTACT if fits else unknown("it is extended, and takes something else now")


def handed_on(before: Signature, after: Signature) -> Verdict:
    """Something that is not called here but somewhere else: what it takes must be what it took."""
    if before.parameters == after.parameters:
        return INTACT
    plainly = all(one.kind == "place" for one in (*before.parameters, *after.parameters))
    known = partners(before, after)
    same = [(one.kind, one.type, one.default) for one in before.parameters] == [
        (one.kind, one.type, one.default) for one in after.parameters
    ]
    if plainly and same and not known.doubtful and all(at == number for number, at in known.pairs.items()):
        return INTACT
    return unknown("it is handed on, and whoever calls it may give what it took before")
