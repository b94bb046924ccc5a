"""The entry that has a model fix what is reported at a place: by another tool, or by us without a fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lsprotocol import types

from counterpoint.lsp import from_lsp, to_lsp
from counterpoint.lsp.asking import Ask, entry
from counterpoint.tasks import FIX

_TITLE = 70
_RELATED = 8
"""Related places of a problem that are told."""


def entries(ask: Ask) -> Iterator[types.CodeAction]:
    """One entry for all that is reported at the place."""
    found = [item for item in ask.given if item.source != from_lsp.OURS or _unfixed(item)]
    if not found or not ask.wants("quickfix"):
        return
    first = found[0].message.partition("\n")[0]
    title = f"Fix with a model: {first if len(first) <= _TITLE else first[:_TITLE] + '...'}"
    command = ("counterpoint.task", ask.argument(task=FIX.name, problems=_problems(ask, found)))
    yield from entry(ask, title, "quickfix", ask.offer(FIX), command, found)


def _unfixed(item: types.Diagnostic) -> bool:
    """Whether a finding of ours has no fix of its own to offer."""
    return to_lsp.fix_from(item.data) is None


def _problems(ask: Ask, found: Sequence[types.Diagnostic]) -> list[dict[str, Any]]:
    """The problems as they stand in the command's object, with the places they are related to."""
    rows = []
    for item in found:
        related = [
            {
                "path": ask.session.path_of(one.location.uri),
                "line": one.location.range.start.line,
                "message": one.message,
            }
            for one in (item.related_information or ())[:_RELATED]
        ]
        code = "" if item.code is None else str(item.code)
        row = {"message": item.message, "source": item.source or "", "code": code}
        rows.append({**row, "related": related} if related else row)
    return rows
