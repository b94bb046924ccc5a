"""Whether what a call gives back is still used in a way that fits."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.audit.shapes import of_shapes, reordered
from counterpoint.audit.types import parts
from counterpoint.audit.verdicts import INTACT, Verdict, broken, unknown, worst
from counterpoint.context.signatures import Signature
from counterpoint.context.signatures_nodes import each
from counterpoint.context.uses import Result, Use

SCRIPTS = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"})
_AWAITERS = each(
    "run create_task gather wait_for ensure_future run_until_complete shield as_completed wait"
    " start_soon run_coroutine_threadsafe block_on spawn"
)
"""What takes something to be awaited."""
_CONSUMERS = each(
    "list tuple set frozenset dict sorted sum min max any all enumerate zip map filter join extend"
    " update from Set Map chain islice"
)
"""What takes anything to iterate over."""
_PROMISED = frozenset({"then", "catch", "finally"})
_UNWRAPPED = each(
    "unwrap expect unwrap_or unwrap_or_else unwrap_or_default is_some is_none is_ok is_err ok ok_or map"
    " and_then"
)
_DEFERRED = ("Awaitable [ ", "Coroutine [ ", "Promise < ", "PromiseLike < ")


def judged(use: Use, before: Signature, after: Signature, language: str) -> Verdict:
    """What becomes of the result of a call."""
    result = use.result
    if _streams(before) != _streams(after):
        return _streaming(result, now=_streams(after))
    was, now = _deferred(before), _deferred(after)
    if was != now:
        verdict = _deferring(use, now=now, language=language)
        if verdict.state != "intact":
            return verdict
    generating, generated = _generates(before), _generates(after)
    if generating != generated:
        return _generating(result, now=generated)
    return worst(_valued(use, before, after, language))


def _streams(signature: Signature) -> bool:
    """True for what is iterated over asynchronously."""
    return {"async", "generator"} <= signature.traits


def _streaming(result: Result, *, now: bool) -> Verdict:
    over = result.kind == "iterated" and result.detail == "await"
    if now:
        return INTACT if over else broken("it gives back an asynchronous generator now")
    if over or (result.kind == "member" and result.detail in ("asend", "aclose", "athrow", "__anext__")):
        return broken("it gives back no asynchronous generator any more")
    return unknown("it gives back no asynchronous generator any more")


def _deferred(signature: Signature) -> bool:
    return "async" in signature.traits or signature.result.startswith(_DEFERRED)


def _generates(signature: Signature) -> bool:
    return "generator" in signature.traits or signature.shapes == {"generator"}


def _deferring(use: Use, *, now: bool, language: str) -> Verdict:
    if language == "python":
        return _python_deferring(use.result, now=now)
    if language in SCRIPTS:
        return _script_deferring(use, now=now)
    if now:
        return INTACT if use.result.awaited else broken("it must be awaited now")
    return broken("it is awaited and is no longer asynchronous") if use.result.awaited else unknown(
        "it is no longer asynchronous"
    )  # fmt: skip


def _python_deferring(result: Result, *, now: bool) -> Verdict:
    taken = result.kind == "given" and result.detail.rpartition(".")[2] in _AWAITERS
    if now:
        if result.awaited or taken:
            return INTACT
        if result.kind == "returned":
            return unknown("what it gives back must be awaited now by whoever gets it")
        return broken("it must be awaited now")
    if result.awaited or taken:
        return broken("it is awaited and is no longer asynchronous")
    return unknown("it is no longer asynchronous")


def _script_deferring(use: Use, *, now: bool) -> Verdict:
    result = use.result
    promised = result.kind == "member" and result.detail in _PROMISED
    if now:
        if result.awaited or promised or (result.kind == "returned" and use.asynchronous):
            return INTACT
        if result.kind in ("dropped", "given", "value", "returned"):
            return unknown("it gives back a promise now")
        return broken("it gives back a promise now")
    if promised:
        return broken("it gives back no promise any more")
    if result.awaited or result.kind == "dropped" or (result.kind == "returned" and use.asynchronous):
        return INTACT
    return unknown("it gives back no promise any more")


def _generating(result: Result, *, now: bool) -> Verdict:
    last = result.detail.rpartition(".")[2]
    if result.kind == "iterated" and result.detail == "await":
        return unknown("it is iterated over asynchronously")
    if result.kind == "iterated" or (result.kind == "given" and last in _CONSUMERS):
        return INTACT
    if result.kind == "unpacked":
        return INTACT
    if now:
        if result.kind in ("indexed", "member", "dropped") or (result.kind == "given" and last == "len"):
            return broken("it gives back a generator now")
        return unknown("it gives back a generator now")
    if result.kind == "dropped":
        return unknown("it runs at once now")
    if result.kind == "member" or (result.kind == "given" and last == "next"):
        return broken("it gives back no generator any more")
    return unknown("it gives back no generator any more")


def _valued(use: Use, before: Signature, after: Signature, language: str) -> Iterator[Verdict]:
    old, new = _inner(before.result), _inner(after.result)
    result = use.result
    if language in ("go", "rust") and (other := reordered(before.shapes, after.shapes)) is not None:
        yield INTACT if result.kind == "dropped" else broken(other)
    if language == "go":
        yield _counted(result, old, new)
        return
    if old != new:
        yield _declared(result, old, new, language)
    if before.shapes != after.shapes and language in (*SCRIPTS, "python"):
        hidden = language != "python" and old == new and bool(new)
        if not hidden:
            may_be_none = "None" in parts(old, language) | parts(new, language)
            yield of_shapes(result, use.later, before.shapes, after.shapes, language, may_be_none=may_be_none)


def _inner(result: str) -> str:
    """The type of what comes, once it has been awaited."""
    for head in ("Promise < ", "PromiseLike < ", "Awaitable [ "):
        if result.startswith(head):
            return result[len(head) : -2]
    return result


def _declared(result: Result, old: str, new: str, language: str) -> Verdict:
    if result.kind == "dropped" and not result.tried:
        return INTACT
    if new in ("void", "None") or (language == "rust" and not new):
        return (
            broken("it gives back nothing any more")
            if old
            else unknown("it is declared to give back nothing")
        )
    if language == "rust":
        return _wrapped(result, old, new)
    if not old or not new:
        return (
            INTACT if language in (*SCRIPTS, "python") else unknown(f"it gives back {new or 'nothing'} now")
        )
    if parts(new, language) <= parts(old, language):
        return INTACT
    return unknown(f"it gave back {old} and gives back {new} now")


def _wrapped(result: Result, old: str, new: str) -> Verdict:
    """Results and options of Rust."""
    heads = tuple(one.partition(" <")[0] for one in (old, new))
    wrapped = [head.rpartition(" ")[2] in ("Result", "Option") for head in heads]
    unwrapping = result.tried or (result.kind == "member" and result.detail in _UNWRAPPED)
    inner = new.partition("< ")[2].rpartition(" >")[0]
    if wrapped == [False, True]:
        if result.tried and (inner == old or inner.startswith(old + " ,")):
            return INTACT
        if result.kind == "member" and result.detail not in _UNWRAPPED:
            return broken(f"it gives back {new} now")
    if wrapped == [True, False] and unwrapping:
        return broken(f"it gives back {new} now, which is not to be unwrapped")
    return unknown(f"it gave back {old or 'nothing'} and gives back {new} now")


def _counted(result: Result, old: str, new: str) -> Verdict:
    """The results of Go, which are counted."""
    was, now = (_count(one) for one in (old, new))
    if result.kind == "dropped":
        return INTACT
    if result.kind == "unpacked" or result.kind == "bound":
        wanted = result.count if result.kind == "unpacked" else 1
        if wanted != now:
            return broken(f"it gives back {now} value{'s' * (now != 1)}, and {wanted} are taken")
        return INTACT if old == new or was != now else unknown(f"it gave back {old} and gives back {new} now")
    if old == new:
        return INTACT
    if result.kind == "returned":
        return unknown(f"it gave back {old or 'nothing'} and gives back {new or 'nothing'} now")
    if now != 1 and was == 1:
        return broken(f"it gives back {now} values now")
    return unknown(f"it gave back {old or 'nothing'} and gives back {new or 'nothing'} now")


def _count(results: str) -> int:
    depth, count = 0, bool(results)
    number = int(count)
    for letter in results:
        depth += (letter in "([{") - (letter in ")]}")
        number += letter == "," and not depth
    return number
