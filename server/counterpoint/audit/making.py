"""Where a type is built without its name: in its own code, and by those who extend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from counterpoint.audit.judging import judge
from counterpoint.audit.library import Library
from counterpoint.audit.meaning import known_as
from counterpoint.audit.scope import Change
from counterpoint.audit.values import Site
from counterpoint.context.uses import Use

_WORDS = {
    "python": ("__init__", "cls", "__class__"), "java": ("super", "this"), "rust": ("Self",),
    "javascript": ("super",), "javascriptreact": ("super",), "typescript": ("super",),
    "typescriptreact": ("super",),
}  # fmt: skip


def made_in(change: Change, path: str, library: Library) -> Iterator[Site]:
    """The sites of a constructor in a file that do not call it by its name."""
    document = library.document(path)
    built = change.was[0].kind in ("constructor", "record") and bool(change.now) and not change.same
    if not built or document is None or change.symbol not in document.text:
        return
    known = known_as(change.symbol, change.home, change.at, path, library)
    for word in _WORDS.get(change.language, ()):
        for use in library.uses(path, word):
            made = _made(change, path, use) if known else None
            if made is not None and use.role in ("call", "literal"):
                verdict = judge(made, change.was, change.now, change.language)
                yield Site(path, use.line, change.name, True, verdict.state, verdict.why, "call")


def _made(change: Change, path: str, use: Use) -> Use | None:
    """The use as if it were one of the name of the type; None for one that builds something else."""
    own, at_home = change.symbol, path in (change.home, change.at)
    if use.word == "__init__":
        if use.receiver == own or use.receiver.endswith(f".{own}"):
            given = use.arguments
            return replace(use, arguments=replace(given, positional=given.positional[1:]))
        return use if use.receiver.startswith("super(") and _extends(use, own) else None
    if use.word == "super":
        return use if _extends(use, own) and not use.receiver else None
    if use.word == "__class__" or not use.receiver:
        return use if use.within == own and at_home else None
    return None


def _extends(use: Use, own: str) -> bool:
    return own in use.bases and use.within != own
