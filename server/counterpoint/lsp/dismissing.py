"""Dismissing findings: entries at a finding, and the command that sets one, or a kind of them, aside.

For the user it is kept in their own state folder, for the team in the repository's baseline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from counterpoint import baseline
from counterpoint.anchors import kind_of
from counterpoint.answers import Finding
from counterpoint.errors import ConfigError, UsageError
from counterpoint.findings import Suppression
from counterpoint.git import Git
from counterpoint.ledger_looks import Look
from counterpoint.lsp import agreeing, diagnostics, from_lsp, quiet
from counterpoint.lsp.asking import Ask, command_of
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

NOT_A_BUG = "not a bug"
UNWANTED = "this kind is not wanted"
REASONS = ("Not a bug", "Intended", "Not worth it", "Known already")
_WHOM = ("me", "team")
_AT_ONCE = 2
"""Findings at one place that get entries: the menu is for more than dismissing."""


def entries(ask: Ask) -> Iterator[types.CodeAction]:
    """At a finding of ours: three ways to be rid of it. Behind the fixes, since they are quick fixes too."""
    if not ask.wants("quickfix") or ask.unasked:
        return
    mine = [item for item in ask.given if item.source == from_lsp.OURS and isinstance(item.data, Mapping)]
    for item in mine[:_AT_ONCE]:
        which = f": {item.message.partition(chr(10))[0][:60]}" if len(mine) > 1 else ""
        about = {"id": str(item.data["id"]), "uri": ask.uri} if isinstance(item.data, Mapping) else {}
        ways: tuple[tuple[str, dict[str, Any]], ...] = (
            (f"Dismiss: {NOT_A_BUG}", {**about, "reason": NOT_A_BUG, "for": "me"}),
            ("Dismiss for the team...", {**about, "for": "team"}),
            (
                f"Stop telling me this kind ({item.code})",
                {**about, "reason": UNWANTED, "for": "me", "kind": str(item.code)},
            ),
        )
        for title, argument in ways:
            title = f"{title}{which}"
            yield types.CodeAction(
                title=title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[item],
                command=command_of("counterpoint.dismiss", title, argument),
            )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be silent: one finding, or with `kind` all of its kind; `finding` where it is on show."""

    id: str
    kind: str
    whom: str
    finding: Finding | None

    @classmethod
    def of(cls, session: Session, argument: Mapping[str, Any]) -> _Wish:
        kind = from_lsp.text_of(argument, "kind")
        found_id = from_lsp.text_of(argument, "id", required=not kind)
        whom = from_lsp.text_of(argument, "for") or "me"
        if whom not in _WHOM:
            raise JsonRpcInvalidParams(f"for must be one of: {', '.join(_WHOM)}.")
        finding = session.shown.find(found_id) if found_id else None
        return cls("" if kind else found_id, kind or (kind_of(finding) if finding else ""), whom, finding)

    @property
    def about(self) -> tuple[str, str]:
        """Path and title, for lists."""
        return (self.finding.path, self.finding.title) if self.finding and self.id else ("", "")


async def dismiss(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`counterpoint.dismiss {id, reason?, for?, kind?, uri?, undo?}`: silence a finding, or with `kind` all
    of that kind, for this user or for the team. Without a reason the user is asked. `undo` tells it again."""
    wish = _Wish.of(session, argument)
    workspace, root = await _place(session, from_lsp.text_of(argument, "uri"), wish)
    if argument.get("undo"):
        await asyncio.to_thread(_undo, workspace, wish)
    else:
        reason = from_lsp.text_of(argument, "reason") or await _reason(session, wish)
        if reason is None:
            return {"id": wish.id or wish.kind, "dismissed": False}
        await asyncio.to_thread(_keep, workspace, wish, reason)
    await quiet.read(session, root, workspace)
    diagnostics.show_all(session, root)
    return {"id": wish.id or wish.kind, "dismissed": not argument.get("undo")}


async def _place(session: Session, uri: str, wish: _Wish) -> tuple[Workspace, str]:
    """The workspace a finding belongs to: that of the document, or else the one that shows it."""
    if uri:
        return await session.workspace(uri), session.root_of(uri)
    roots = session.workspace_roots or session.roots
    if not roots:
        raise UsageError("No workspace is open.", fix="Open the file of the finding.")
    root = next((one for one in roots if wish.id and _shows(session, one, wish.id)), roots[-1])
    return await session.workspace_at(root), root


def _shows(session: Session, root: str, finding_id: str) -> bool:
    uris = [uri for uri in map(session.spelling, session.shown.keys()) if session.root_of(uri) == root]
    return any(
        one.finding.id == finding_id for uri in uris for one in session.shown.placed(key_of(uri), None)
    )


async def _reason(session: Session, wish: _Wish) -> str | None:
    """Ask why. A client that cannot ask says nothing, which a baseline does not take."""
    if not session.client.asks:
        if wish.whom == "team":
            raise UsageError("A baseline wants a reason.", fix='Give one: {"reason": "..."}.')
        return NOT_A_BUG
    what = f"findings of the kind {wish.kind}" if not wish.id else "this finding"
    return await agreeing.choose(session, f"Why is {what} to be dismissed?", REASONS)


def _keep(workspace: Workspace, wish: _Wish, reason: str) -> None:
    """Write it down. Raises ConfigError."""
    path, title = wish.about
    root = workspace.root.as_posix()
    if wish.whom == "me":
        entry = Suppression(id=wish.id, kind=wish.kind, reason=reason, path=path, title=title)
        workspace.shelf.dismiss(root, entry)
    else:
        one = baseline.Entry(
            id=wish.id,
            kind=wish.kind,
            reason=reason,
            author=_author(workspace),
            date=date.today().isoformat(),
            path=path,
            title=title,
        )
        baseline.add(workspace.root, [one])
    if wish.finding is not None:
        workspace.ledger.looked([Look.of(wish.finding, "dismissed", root)])


def _author(workspace: Workspace) -> str:
    try:
        return Git(workspace.root).author()
    except UsageError:
        return ""


def _undo(workspace: Workspace, wish: _Wish) -> None:
    root = workspace.root.as_posix()
    found = workspace.shelf.allow(root, id=wish.id, kind=wish.kind)
    if wish.whom == "team":
        baseline.remove(workspace.root, [wish.id or wish.kind])
    elif not found:
        raise ConfigError("Nothing silences it for you.", fix='The team may: use {"for": "team"}.')
