"""What a model says beside its edits, brought to the user: what it assumed, and what it must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types

from counterpoint.answers import ChangeSet, Dropped
from counterpoint.flows.conversing import Turn, words
from counterpoint.lsp.input import ask_text
from counterpoint.lsp.session import Session
from counterpoint.text import Situation

if TYPE_CHECKING:
    from counterpoint.engine import Reply

_LISTED = 3
_TITLE = "Counterpoint needs to know"


def tell(session: Session, text: str, kind: types.MessageType = types.MessageType.Info) -> None:
    """Say something in the editor."""
    session.server.window_show_message(types.ShowMessageParams(kind, text))


def assumed(session: Session, answer: ChangeSet) -> None:
    """Tell what was decided that the request left open, and what is still to be known."""
    if answer.assumptions:
        tell(session, f"Assumed: {'; '.join(one.rstrip('.') for one in answer.assumptions)}.")
    if answer.question:
        tell(session, f"{_TITLE}: {answer.question}", types.MessageType.Warning)


def left_out(session: Session, dropped: Sequence[Dropped]) -> None:
    """Tell what of a change set is not in the text, and why."""
    told = [one.detail if " was " in one.detail else f"{one.detail} ({one.reason})" for one in dropped]
    if told:
        more = f" and {len(told) - _LISTED} more" if len(told) > _LISTED else ""
        tell(session, f"Left out: {'; '.join(told[:_LISTED])}{more}.", types.MessageType.Warning)


async def answered(session: Session, asked: Situation, reply: Reply[ChangeSet]) -> Situation | None:
    """The question once more, with the user's answer to what the model asked back; None where it asked
    nothing, or nobody answers."""
    question = reply.answer.question
    if not question or reply.answer.files:
        return None
    said = await ask_text(session, question, _TITLE)
    if said is None:
        return None
    told, _ = words([(Turn(asked.instruction or "(as the task says)", reply.job, question=question), "")])
    earlier = f"{asked.earlier}\n{told}" if asked.earlier else told
    return replace(asked, earlier=f"{earlier}The user answered: {said}\n")
