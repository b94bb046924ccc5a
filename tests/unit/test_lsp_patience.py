"""A fix that could not be read in time is proven once it can be; one that fails is told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from counterpoint.answers import Dropped, Finding, Fix
from counterpoint.lsp.patience import UNREAD, patient
from counterpoint.text import Document, Position, Situation, Span

FINDING = Finding(
    "f", "a.py", Position(0, 0), Position(0, 1), "P1", 0.9, "logic", "correctness", "Wrong", "", "verified",
    fix=Fix("Mend it", ()),
)  # fmt: skip
SITUATION = Situation(Document.of("a.py", "a\n", "python"), Span(0, 1))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("reasons", "tries"), [(("",), 1), ((UNREAD, ""), 2), ((UNREAD,) * 9, 3), (("bad",), 1)]
)
async def test_it_tries_again_where_nobody_could_read_the_files(reasons: tuple[str, ...], tries: int) -> None:
    asked = 0

    async def prove(
        findings: Sequence[Finding], situation: Situation, on_dropped: Callable[[Dropped], None]
    ) -> tuple[Finding, ...]:
        nonlocal asked
        reason, asked = reasons[asked], asked + 1
        if reason:
            on_dropped(Dropped(reason))
            return tuple(replace(one, fix=None) for one in findings)
        return tuple(findings)

    told: list[Dropped] = []
    (found,) = await patient(prove, (0.0, 0.0))([FINDING], SITUATION, told.append)
    last = reasons[tries - 1]
    assert asked == tries
    assert (found.fix is None) == bool(last)
    assert [one.reason for one in told] == ([last] if last else [])
