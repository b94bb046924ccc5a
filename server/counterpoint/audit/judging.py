"""What becomes of one use of something that can be called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from counterpoint.audit import parameters, results
from counterpoint.audit.binding import bind
from counterpoint.audit.verdicts import INTACT, Verdict, broken, unknown, worst
from counterpoint.context.signatures import Signature
from counterpoint.context.signatures_nodes import each
from counterpoint.context.uses import Use

_HARMLESS = each(
    "staticmethod classmethod property cached_property lru_cache cache abstractmethod override overload"
    " final wraps dataclass define frozen no_type_check deprecated Override Deprecated SuppressWarnings"
    " Nullable NonNull NotNull Nonnull SafeVarargs FunctionalInterface inline must_use allow doc derive"
    " warn expect cold total_ordering runtime_checkable unique"
)
"""Decorators and annotations that leave calls as they are."""
_KEEPING = each("contextmanager asynccontextmanager skip skipif skipIf skipUnless xfail usefixtures")
"""Those that hand on what they are given; what comes back is what it was as long as they stand there."""
_PLACED = frozenset({"private", "protected", "package", "public", "exported", "default"})
"""Traits that say from where something can be used: `places` judges them."""


def judge(
    use: Use,
    before: Sequence[Signature],
    after: Sequence[Signature],
    language: str,
    earlier: Use | None = None,
) -> Verdict:
    """Judge a use. `before` and `after` are the signatures of the name, several where it is overloaded.
    `earlier` is the use as it was, where the change edited it."""
    if sorted(map(_key, before)) == sorted(map(_key, after)):
        return INTACT
    if use.role == "macro":
        return unknown("it stands in a macro, whose tokens nobody can read")
    if len(before) == 1 and len(after) == 1:
        return _one(use, before[0], after[0], language, earlier)
    if use.role not in ("call", "new", "literal"):
        return unknown("it is handed on, and there are others of its name")
    return _overloaded(use, before, after, language, earlier)


def _key(signature: Signature) -> str:
    return repr((signature.contract[1:], sorted(signature.traits), sorted(signature.shapes)))


def _overloaded(
    use: Use, before: Sequence[Signature], after: Sequence[Signature], language: str, earlier: Use | None
) -> Verdict:
    now = [one for one in after if not bind(use, one, language).problem]
    was = [one for one in before if not bind(earlier or use, one, language).problem]
    if not now:
        return broken(f"none of the {len(after)} definitions takes these arguments")
    if len(now) == 1 and len(was) <= 1:
        return _one(use, was[0], now[0], language, earlier) if was else INTACT
    if sorted(map(_key, was)) == sorted(map(_key, now)):
        return INTACT
    return unknown(f"{len(now)} definitions take these arguments")


def _one(use: Use, before: Signature, after: Signature, language: str, earlier: Use | None) -> Verdict:
    if use.role in ("call", "new", "literal"):
        return worst(_called(use, before, after, language, earlier))
    if use.role == "pattern" and before.parameters != after.parameters:
        return unknown("it is taken apart, and has other parts now")
    if use.role == "base":
        return parameters.extended(before, after)
    if use.role in ("type", "pattern") or (before.kind in ("constructor", "record") and _mentioned(use)):
        return INTACT
    return worst(_referred(use, before, after, language))


def _mentioned(use: Use) -> bool:
    """True for a class whose members are used, or that something is tested for: nobody builds one there."""
    return use.result.kind == "member" or (
        use.result.kind == "given" and use.result.detail in ("isinstance", "issubclass", "cast", "type")
    )


def _called(
    use: Use, before: Signature, after: Signature, language: str, earlier: Use | None
) -> Iterator[Verdict]:
    if "arguments" in after.traits and before.body != after.body:
        yield unknown("it reads its arguments without declaring them")
        return
    if "property" in after.traits and "property" not in before.traits:
        yield broken("it is a property now, which is not called")
        return
    fitting = parameters.judged(use, earlier, before, after, language)
    if "inherits" in after.traits and fitting.state == "broken":
        fitting = unknown(f"what its base takes comes first; if it takes nothing: {fitting.why}")
    yield fitting
    if bind(earlier or use, before, language).problem and earlier is None:
        # It did not fit before: it was written for the definition as it is now.
        yield from _headed(use, before, after, language)
        if after.kind != "record" and (before.result, before.traits) != (after.result, after.traits):
            yield _settled(use, after, language)
        return
    yield from _headed(use, before, after, language)
    if after.kind != "record":
        yield results.judged(use, before, after, language)


def _settled(use: Use, after: Signature, language: str) -> Verdict:
    """The result of a call that was written for the definition as it is now."""
    return results.judged(use, after, after, language)


def _referred(use: Use, before: Signature, after: Signature, language: str) -> Iterator[Verdict]:
    """A use that does not call it here."""
    if "property" in before.traits and "property" in after.traits:
        yield results.judged(use, before, after, language)
        yield from _headed(use, before, after, language)
        return
    yield parameters.handed_on(before, after)
    if before.result != after.result or before.shapes != after.shapes:
        yield unknown("it is handed on, and what it gives back is something else")
    if _said(after, before):
        yield unknown(f"it is handed on, and it is {_said(after, before)} now")
    yield from _headed(use, before, after, language)


def _headed(use: Use, before: Signature, after: Signature, language: str) -> Iterator[Verdict]:
    """What else stands in the head of a definition."""
    yield from _decorated(before, after)
    yield from _kinds(use, before, after, language)
    if before.rest != after.rest:
        yield unknown("its head changed: " + (after.rest.strip(" ;") or before.rest.strip(" ;")))
    if before.bases != after.bases and after.kind in ("constructor", "record"):
        yield unknown("its bases changed")
    if ("inherits" in after.traits or "inherits" in before.traits) and before.parameters != after.parameters:
        yield unknown("the parameters of its base come first")
    gone = [one for one in sorted(before.traits - after.traits) if one.startswith("__") or one == "settable"]
    if gone:
        yield unknown(f"it has no {gone[0].partition('/')[0]} as it had")
    if "unsafe" in after.traits and "unsafe" not in before.traits:
        yield broken("it is unsafe now")


def _decorated(before: Signature, after: Signature) -> Iterator[Verdict]:
    same = before.decorators == after.decorators
    marks = (*before.decorators, *after.decorators)
    strange = [one for one in marks if not (harmless(one) if same else _plain(one) in _HARMLESS)]
    if strange and not (same and before.contract == after.contract):
        yield unknown(f"@{strange[0]} may change how it is called".replace(" . ", ".").replace(" (", "("))


def harmless(decorator: str) -> bool:
    """True for a decorator that leaves calls as they are while it stays. `decorator` is its tokens."""
    return _plain(decorator) in _HARMLESS | _KEEPING or decorator.startswith("pytest . mark .")


def _plain(decorator: str) -> str:
    return decorator.partition("(")[0].strip().rpartition(" ")[2]


def _kinds(use: Use, before: Signature, after: Signature, language: str) -> Iterator[Verdict]:
    """Static or not, a class or a function, something that can be built or not."""
    by_class = use.receiver.rpartition(".")[2] == after.owner.rpartition(".")[2] and bool(after.owner)
    was, now = ("static" in one.traits or "class" in one.traits for one in (before, after))
    if was != now and language != "python":
        if now == by_class or (now and language == "java"):
            pass
        elif use.receiver and use.receiver not in ("this", "self"):
            yield broken(f"it is {'' if now else 'not '}static now")
        else:
            yield unknown(f"it is {'' if now else 'not '}static now")
    if "property" in before.traits and "property" not in after.traits:
        yield unknown("it is no property any more, and must be called")
    if ("arrow" in before.traits) != ("arrow" in after.traits):
        if use.role == "new":
            yield broken("it is a function that builds nothing")
        elif "this" in before.body or "this" in after.body:
            yield unknown("`this` is another in it now")
    made = ("constructor", "record")
    if (before.kind in made) != (after.kind in made):
        yield unknown(f"it was a {before.kind} and is a {after.kind} now")


def _said(after: Signature, before: Signature) -> str:
    """What it is now and was not, and the reverse."""
    more, less = (
        sorted(filter(_telling, one)) for one in (after.traits - before.traits, before.traits - after.traits)
    )
    return ", ".join((*more, *(f"not {one}" for one in less)))


def _telling(trait: str) -> bool:
    return trait not in _PLACED and trait != "settable" and not trait.startswith("__")
