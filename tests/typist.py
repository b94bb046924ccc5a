"""Somebody who types in one document, before the real completions and a model that follows a script."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from counterpoint.flows.at_hand import Certain, by_nothing
from counterpoint.flows.complete import Completions
from counterpoint.inline.held import Suggestion
from counterpoint.inline.told import Told
from counterpoint.providers.scripted import Play, ScriptedProvider
from counterpoint.settings import Completion, Settings
from counterpoint.text import Document, Situation, Span
from tests.asking import engine

PATIENCE = 20.0
"""Seconds any single thing in a test may take."""


class Typist:
    """One document with a cursor. `ask` returns the running request."""

    def __init__(
        self,
        folder: Path,
        *plays: Play | str,
        text: str = "total = |\n",
        ports: dict[str, Any] | None = None,
        certain: Certain = by_nothing,
        clock: Callable[[], float] = time.monotonic,
        **completion: Any,
    ) -> None:
        self.model = ScriptedProvider(plays)
        chosen = {"everywhere": True, "follow_up": False, **completion}
        made = engine(self.model, folder, settings=Settings(completion=Completion(**chosen)))
        made.ports = replace(made.ports, **(ports or {}))
        self.completions = Completions(made, certain=certain, clock=clock)
        self.offset = text.index("|")
        self.document = Document.of("shop.py", text.replace("|", "", 1), "python", 1)

    def type(self, text: str, *, behind: str = "", take: int = 0) -> None:
        """Put text at the cursor, in place of `take` characters before it, and `behind` behind it."""
        old = self.document.text
        start = self.offset - take
        new = old[:start] + text + behind + old[self.offset :]
        version = (self.document.version or 0) + 1
        self.document = Document.of("shop.py", new, "python", version)
        self.offset = start + len(text)
        self.completions.changed(self.document)

    def ask(self, *, invoked: bool = True, **more: Any) -> asyncio.Task[Suggestion | None]:
        trigger = "invoked" if invoked else "automatic"
        span = Span(self.offset, self.offset)
        situation = Situation(self.document, span, trigger=trigger, **more)  # type: ignore[arg-type]
        return asyncio.create_task(self.completions.suggest(situation))

    async def text(self, request: asyncio.Task[Suggestion | None]) -> str:
        """What a request shows, "" for nothing; it has to fit the document as it is now."""
        async with asyncio.timeout(PATIENCE):
            found = await request
        if found is None:
            return ""
        assert found.document.lines == self.document.lines
        return found.insertion.text

    async def asked(self, calls: int) -> None:
        """Wait until the model was asked so often."""
        async with asyncio.timeout(PATIENCE):
            while len(self.model.history) < calls:
                await asyncio.sleep(0.002)

    async def idle(self) -> None:
        """Wait until no call is under way."""
        async with asyncio.timeout(PATIENCE):
            while self.completions.live:
                await asyncio.sleep(0.002)

    async def first_text(self) -> None:
        """Wait until the newest call has brought text."""
        async with asyncio.timeout(PATIENCE):
            while not self.model.history[-1].pieces:
                await asyncio.sleep(0.002)

    @property
    def ends(self) -> list[str]:
        """How each call ended."""
        return [call.ended for call in self.model.history]

    @property
    def last(self) -> Told:
        return self.completions.told("shop.py")[-1]

    async def close(self) -> None:
        """Everything has to end, and every call to be settled."""
        async with asyncio.timeout(PATIENCE):
            await self.completions.close()
            await self.completions.engine.close()
        ledger = self.completions.engine.ledger
        assert all(row.outcome is not None for row in ledger.calls(date.today() - timedelta(days=1)))
        ledger.close()
