"""Proofs of fixes for somebody who has just opened their editor: the index may still be reading the
workspace, and a fix that nobody could prove in time would be lost until the next review."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from counterpoint.answers import Dropped, Finding
from counterpoint.text import Situation

if TYPE_CHECKING:
    from counterpoint.flows.reviewing.values import Prove

_PAUSES = (2.0, 5.0, 10.0)
"""Seconds before each further try. What was found is on show all the while."""
UNREAD = "fix-unread"


def patient(prove: Prove, pauses: Sequence[float] = _PAUSES) -> Prove:
    """The same proofs, tried again where nobody could take the files apart in time."""

    async def proved(
        findings: Sequence[Finding], situation: Situation, on_dropped: Callable[[Dropped], None]
    ) -> Sequence[Finding]:
        for pause in (*pauses, None):
            told: list[Dropped] = []
            found = await prove(findings, situation, told.append)
            if pause is None or not any(one.reason == UNREAD for one in told):
                break
            await asyncio.sleep(pause)
        for one in told:
            on_dropped(one)
        return found

    return proved
