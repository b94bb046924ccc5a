"""Changes to be agreed to, where the client cannot show them by itself: a page and a question."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.answers import ChangeSet, Dropped, FileChange, joined
from counterpoint.flows.doubts import apart
from counterpoint.lsp import agreeing, pages
from counterpoint.lsp.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL, SURE, NOTHING = "Apply all", "Apply the rest", "Apply nothing"
DECLINED = "declined"


async def agreed(session: Session, changes: ChangeSet) -> ChangeSet:
    """What of a change set is applied. Clients that know annotations show what is in doubt themselves; with
    others the user sees a page and is asked. What they do not agree to is dropped as `declined`, and so is
    all that is in doubt where nobody can be asked."""
    if session.client.annotations or not any(one.needs_confirmation for one in changes.files):
        return changes
    sure, doubtful = apart(changes.files)
    chosen: str | None = None
    if session.client.asks:
        await pages.show(session, "preview", await asyncio.to_thread(page, doubtful))
        places = ", ".join(dict.fromkeys(one.path for one in doubtful))
        titles = (ALL, SURE, NOTHING) if sure else (ALL, NOTHING)
        chosen = await agreeing.choose(session, f"To be agreed to first: {places}.", titles)
        chosen = chosen or NOTHING
    if chosen == ALL:
        return changes
    kept = () if chosen == NOTHING else sure
    gone = changes.files if chosen == NOTHING else doubtful
    told = tuple(Dropped(DECLINED, f"{one.path}: {_doubts(one)}".removesuffix(": ")) for one in gone)
    return replace(changes, files=tuple(kept), dropped=(*changes.dropped, *told))


def page(files: Iterable[FileChange]) -> str:
    """The changes in doubt as Markdown: why, then the diff."""
    return "\n".join(("# Changes to be agreed to first", "", *_told(files)))


def _told(files: Iterable[FileChange]) -> Iterator[str]:
    from counterpoint.diffs import diffs_of

    for one in files:
        why = _doubts(one)
        yield f"## {one.path}\n\n{why[:1].upper()}{why[1:]}.\n"
        for diff in diffs_of([one]):
            yield f"~~~~diff\n{diff.diff}~~~~\n"


def _doubts(change: FileChange) -> str:
    return joined(change.doubt, *change.doubts)
