"""Makes the plan of a call: gathers, packs, renders and masks, or takes what was chosen a moment ago.

To choose code of the workspace takes longer than a key has time. So where nothing was typed that could make
other code matter, a completion goes out with what was chosen before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from counterpoint import gather, redact
from counterpoint.answers import Insertion, Verdicts
from counterpoint.context.question import Selection
from counterpoint.context.recent import Recent
from counterpoint.context.stable import Stable
from counterpoint.errors import refused
from counterpoint.ledger import Ledger
from counterpoint.plan import Plan, budget, calibrated, maskable, packed, planned
from counterpoint.ports import Ports
from counterpoint.prompt import render, rows_shown
from counterpoint.routing import Candidate
from counterpoint.settings import Settings
from counterpoint.tasks import Task
from counterpoint.text import Situation


class Planner:
    """What is remembered from one question to the next. Belongs to one event loop."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self.stable = Stable()
        self._settings = settings
        self._ledger = ledger
        self._secrets = redact.Guard()
        self._recent = Recent()

    async def plan(self, ports: Ports, task: Task[Any], situation: Situation, candidate: Candidate) -> Plan:
        """What would be sent. Raises NotSendable for a file that may not leave or does not fit."""
        key = (situation.document.path, task.name, candidate.model.name)
        lasting = task.shape is Insertion and candidate.model.provider != "embedded"
        if lasting and (held := self._recent.fitting(key, situation)) is not None:
            return await asyncio.to_thread(self._at_once, ports, task, situation, candidate, held)
        # Each turn of a thread wakes the event loop while somebody types: what can be done in one is.
        candidate, situation = await asyncio.to_thread(self._begun, ports, task, situation, candidate)
        found = await self._found(ports, task, situation, candidate)
        plan = await asyncio.to_thread(self._planned, ports, task, situation, candidate, found)
        if lasting:
            self._recent.keep(key, situation, plan.selection)
        return plan

    def _begun(
        self, ports: Ports, task: Task[Any], situation: Situation, candidate: Candidate
    ) -> tuple[Candidate, Situation]:
        """The candidate with its tokens counted as measured, and what it may be told of the situation; raises
        NotSendable for a guarded file."""
        document, provider = situation.document, candidate.model.provider
        if provider != "embedded":
            guard = _guard(ports, candidate)
            if document.path and (reason := guard(document.path, document.text)):
                raise refused(document.path, reason)
            # What the user has named as a text to look into is sent though the project may ignore its file.
            if situation.source and (reason := ports.barred(situation.source, provider)):
                raise refused(situation.source, reason)
            for path in gather.quoted(task, situation):
                if reason := guard(path, ""):
                    raise refused(path, reason)
            situation = gather.tellable(situation, guard)
            _ = document.starts  # from here on at hand, without the event loop adding up all lines
        return calibrated(candidate, self._ledger, document.language), situation

    async def _found(
        self, ports: Ports, task: Task[Any], situation: Situation, candidate: Candidate
    ) -> Selection:
        """Code of other files for the task: what pieces the situation names leave room for."""
        if candidate.model.provider == "embedded" or not task.context:
            return Selection()
        tokens = gather.tokens_for(task, situation, self._settings, candidate.model)
        if situation.pieces:
            pieces = await asyncio.to_thread(gather.named, situation, candidate.model)
            tokens -= sum(one.tokens for one in pieces.snippets)
        if tokens <= 0:
            return Selection()
        question = gather.question_for(task, situation, self._settings, candidate.model, tokens)
        return await ports.gather(question, gather.seconds_for(task))

    def _packed(
        self, ports: Ports, task: Task[Any], situation: Situation, candidate: Candidate, found: Selection
    ) -> Selection:
        """What is found, without what may not be sent. Reads files."""
        if candidate.model.provider == "embedded":
            return found
        pieces = self._pieces(ports, task, situation, candidate)
        if task.shape is Verdicts:  # asked once about these claims: no prompt is to begin like this one
            return pieces
        may_leave = gather.sendable(found, _guard(ports, candidate))
        hold = (self.stable, self._secrets)
        made = packed(*hold, task, situation, candidate, may_leave, self._settings, pieces.snippets)
        # The project's instructions join only there, read for any vendor.
        made = gather.sendable(made, lambda path, text: ports.barred(path, candidate.model.provider))
        return gather.in_front(pieces, made) if situation.pieces else made

    def _pieces(self, ports: Ports, task: Task[Any], situation: Situation, candidate: Candidate) -> Selection:
        """The pieces that the situation names, but for what may not be sent or is shown with the document: no
        budget cuts them. Reads files."""
        if not situation.pieces:
            return Selection()
        shown = int(budget(task, candidate, self._settings) * candidate.model.characters_per_token)
        seen = rows_shown(task, situation, shown)
        named = gather.beside(gather.named(situation, candidate.model), situation.document.path, seen)
        pieces = gather.sendable(named, _guard(ports, candidate))
        guarded = self._settings.privacy.secret_guard
        return maskable(pieces, self._secrets, situation.files) if guarded else pieces

    def _planned(
        self, ports: Ports, task: Task[Any], situation: Situation, candidate: Candidate, found: Selection
    ) -> Plan:
        """What is found, rendered and masked. Reads files."""
        chosen = self._packed(ports, task, situation, candidate, found)
        return self._rendered(task, situation, candidate, chosen)

    def _rendered(
        self, task: Task[Any], situation: Situation, candidate: Candidate, chosen: Selection
    ) -> Plan:
        shown = budget(task, candidate, self._settings)
        rendered = render(task, situation, chosen, candidate.model, shown)
        return planned(task, situation, candidate, chosen, rendered, self._settings, self._secrets)

    def _at_once(
        self, ports: Ports, task: Task[Any], situation: Situation, candidate: Candidate, chosen: Selection
    ) -> Plan:
        candidate, situation = self._begun(ports, task, situation, candidate)
        return self._rendered(task, situation, candidate, replace(chosen, left_out=()))


def _guard(ports: Ports, candidate: Candidate) -> Callable[[str, str], str | None]:
    """Why the text of a file may not go to a candidate, or None. Reads files."""
    provider = candidate.model.provider
    return lambda path, text: ports.guard(path, text) or ports.barred(path, provider)
