"""The code-action menu. Answered from what is at hand, in milliseconds, never by a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from lsprotocol import types

from counterpoint.lsp import (
    at_hand,
    choosing,
    conversing,
    diagnostics,
    dismissing,
    fixes,
    investigating,
    menu,
    pair_fixes,
    pairing,
    refactoring,
)
from counterpoint.lsp.asking import Ask, command_of, entry
from counterpoint.lsp.fixes import resolve as resolve
from counterpoint.lsp.kinds import REVIEW_KIND, SOURCE
from counterpoint.lsp.price import Offer
from counterpoint.lsp.session import Session
from counterpoint.tasks import REVIEW

Actions: TypeAlias = list[types.CodeAction | types.Command]


async def code_actions(session: Session, params: types.CodeActionParams) -> Actions:
    """Quick fixes first, then edits, then reviews."""
    document = session.documents.get(params.text_document.uri)
    if document is None:
        return []
    ask = Ask.of(session, document, params)
    diagnostics.problems_at(session, ask.uri, document, params.context)  # what is reported is noted
    found = conversing.sending(ask) if session.is_page(ask.uri) else _all(ask)
    return (
        [_as_command(action) for action in found] if session.client.action_kinds == "commands" else [*found]
    )


def _all(ask: Ask) -> list[types.CodeAction]:
    afterwards = [*choosing.entries(ask)]
    return [
        *fixes.quick_fixes(ask),
        *pair_fixes.entries(ask),
        *fixes.fix_all(ask),
        *investigating.entries(ask),
        *afterwards,
        *dismissing.entries(ask),
        *pairing.entries(ask),
        *refactoring.entries(ask),
        *conversing.entries(ask),
        # One of an edit's own entries is a review.
        *_reviews(ask, menu.LISTED - 1 if afterwards else menu.LISTED),
    ]


def _as_command(action: types.CodeAction) -> types.Command:
    """For clients that know commands only: we apply the fix ourselves."""
    return action.command or command_of("counterpoint.applyFix", action.title, dict(action.data or {}))


def _reviews(ask: Ask, most: int) -> Iterator[types.CodeAction]:
    """So many reviews, then a way to the others. Each has a kind of its own, for key bindings."""
    source = any(name.split(".")[0] == "source" for name in ask.only)
    base = SOURCE if source else REVIEW_KIND
    if ask.standard and not ask.wants("refactor.rewrite"):
        return
    offered = ask.offer(REVIEW)
    wanted = [one for one in _entries(ask) if ask.standard or ask.wants(f"{base}.{one.name}")]
    for one in wanted[:most]:
        kind = "refactor.rewrite" if ask.standard else f"{base}.{one.name}"
        argument = at_hand.argument_of(one.argument)
        if source:  # an editor may have been told to run these whenever a file is saved
            argument["confirm"] = True
        command = ("counterpoint.review", argument)
        if offered.refusal and one.name == "file":
            yield from entry(ask, "Review file with the static rules, free", kind, Offer(), command)
        elif not offered.refusal or ask.session.client.disabled_actions:
            priced = Offer(offered.model, _last(one.title), offered.refusal)
            yield from entry(ask, one.title, kind, priced, command)
    if len(wanted) > most and not offered.refusal and not ask.unasked:
        yield _more(ask, "refactor.rewrite" if ask.standard else f"{base}.more")


def _last(title: str) -> str:
    """The part of a title in its last brackets: model, price and time."""
    return title.rpartition("(")[2].removesuffix(")") if title.endswith(")") else ""


def _entries(ask: Ask) -> Iterator[menu.Entry]:
    known = at_hand.known(ask.session, ask.uri, ask.document)
    return menu.entries(place_of(ask), known, at_hand.note(ask.session, ask.uri, path=ask.document.path))


def place_of(ask: Ask) -> menu.Place:
    """The place asked about, for the menu."""
    argument = ask.argument()
    del argument["version"]
    return menu.Place(ask.document, ask.span, ask.selected, argument)


def _more(ask: Ask, kind: str) -> types.CodeAction:
    """Tagged as the reviews are: VS Code sorts entries with the tag behind those without."""
    argument = {**place_of(ask).argument, "choose": True}
    return types.CodeAction(
        title="More reviews...",
        kind=kind,
        command=command_of("counterpoint.review", "More reviews...", argument),
        tags=[types.CodeActionTag.LlmGenerated] if ask.session.client.llm_tags else None,
    )
