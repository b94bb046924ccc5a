"""What compares long texts does it in threads: the editor is answered meanwhile."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.flows.conversing import Turn
from counterpoint.lsp import applied, preview
from counterpoint.text import Edit, Span

pytestmark = pytest.mark.asyncio


@dataclass
class Thread:
    """Where something ran."""

    ident: int = 0

    def note(self) -> None:
        self.ident = threading.get_ident()

    @property
    def other(self) -> bool:
        return self.ident not in (0, threading.get_ident())


async def test_a_page_of_changes_to_be_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    made, shown = Thread(), []
    page = preview.page

    def noted(files: Any) -> str:
        made.note()
        return page(files)

    async def show(session: object, name: str, text: str) -> None:
        shown.append(text)

    async def choose(session: object, told: str, titles: object) -> str:
        return preview.ALL

    monkeypatch.setattr(preview, "page", noted)
    monkeypatch.setattr("counterpoint.lsp.pages.show", show)
    monkeypatch.setattr("counterpoint.lsp.agreeing.choose", choose)
    session: Any = SimpleNamespace(client=SimpleNamespace(annotations=False, asks=True))
    changes = ChangeSet((FileChange("a.py", "x\n", (Edit(Span(0, 1), "y"),), doubt="it is a script"),))
    assert await preview.agreed(session, changes) == changes
    assert made.other and "-x\n+y\n" in shown[0]


async def test_an_edit_as_a_turn_of_a_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    made, turn = Thread(), Turn("Do", "j")

    def noted(found: object) -> Turn:
        made.note()
        return turn

    monkeypatch.setattr(applied, "turn_of", noted)
    found: Any = SimpleNamespace(job="j")
    assert await applied.AppliedSets().turns(found) == (turn,)
    assert made.other
