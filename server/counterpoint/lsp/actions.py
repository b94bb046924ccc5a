"""The code-action menu. Answered from what is at hand, in milliseconds, never by a model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lsprotocol import types

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.edits import change_set
from counterpoint.lsp import diagnostics, from_lsp, to_lsp
from counterpoint.lsp.edits_to_lsp import Target, prepare
from counterpoint.lsp.kinds import REVIEW_KIND, REWRITE, SOURCE
from counterpoint.lsp.price import Offer, offer
from counterpoint.lsp.session import Session
from counterpoint.tasks import EDIT, FIX, PASSES, REVIEW, TASKS
from counterpoint.text import Document, NoFiles, Problem

Actions: TypeAlias = list[types.CodeAction | types.Command]

_LISTED = 3
_TITLE = 70


@dataclass(frozen=True, slots=True)
class _Ask:
    """What the editor asks about."""

    session: Session
    uri: str
    document: Document
    range: types.Range
    selected: bool
    only: tuple[str, ...]

    def wants(self, kind: str) -> bool:
        """A kind is wanted if it is, or lies under, one of those asked for. Ours are not listed under the
        unspecific `source` unless that is asked for: some editors hide it from their plain menu."""
        if not self.only:
            return not kind.startswith("source")
        return any(not name or kind == name or kind.startswith(f"{name}.") for name in self.only)

    def argument(self, **more: Any) -> dict[str, Any]:
        ends = {"start": self.range.start, "end": self.range.end}
        range_ = {name: {"line": at.line, "character": at.character} for name, at in ends.items()}
        return {"uri": self.uri, "range": range_, "version": self.document.version, **more}


async def code_actions(session: Session, params: types.CodeActionParams) -> Actions:
    """Quick fixes first, then edits, then reviews."""
    uri = params.text_document.uri
    document = session.documents.get(uri)
    if document is None:
        return []
    only = tuple(str(getattr(kind, "value", kind)) for kind in params.context.only or ())
    selected = params.range.start != params.range.end
    ask = _Ask(session, uri, document, params.range, selected, only)
    problems = diagnostics.problems_at(session, uri, document, params.context)
    found = [
        *_quick_fixes(ask, params.context.diagnostics),
        *_fix_others(ask, problems, params.context.diagnostics),
        *_edits(ask),
        *_reviews(ask),
    ]
    return (
        [_as_command(action) for action in found] if session.client.action_kinds == "commands" else [*found]
    )


def _as_command(action: types.CodeAction) -> types.Command:
    """For clients that know commands only: we apply the fix ourselves."""
    return action.command or _command("counterpoint.applyFix", action.title, dict(action.data or {}))


def _quick_fixes(ask: _Ask, given: Sequence[types.Diagnostic]) -> Iterator[types.CodeAction]:
    """Fixes that travel in our diagnostics, offered only if they can be located in the text as it is."""
    if not ask.wants("quickfix"):
        return
    for item in given:
        data = item.data if item.source == from_lsp.OURS else None
        fix = to_lsp.fix_from(data)
        if fix is None or not _locatable(ask.document, fix.edits):
            continue
        payload = {"uri": ask.uri, "fix": data["fix"]} if isinstance(data, dict) else None
        action = types.CodeAction(
            title=fix.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[item],
            is_preferred=True,
            data=payload,
        )
        if not ask.session.client.resolves_edits:
            action.edit = located(ask.session, ask.uri, change_set(fix.edits, ask.document, NoFiles()))
        if action.edit is None and not ask.session.client.resolves_edits:  # other files are to be read first
            action.command = _command("counterpoint.applyFix", fix.title, payload or {})
        yield action


def _locatable(document: Document, edits: Sequence[Any]) -> bool:
    """True if all edits of this document can be placed; other files are looked at when the fix is taken."""
    mine = [edit for edit in edits if edit.path == document.path]
    return not mine or not change_set(mine, document, NoFiles()).dropped


def located(session: Session, uri: str, changes: ChangeSet) -> types.WorkspaceEdit | None:
    """The changes as an edit of the texts as they are now; None if any of them has no place."""
    root = session.root_of(uri)

    def find(change: FileChange) -> Target:
        now = session.now(root, change.path)
        if now is None and change.before is not None:
            now = Document.of(change.path, change.before, "plaintext")
        return Target(change, session.uri_for(root, change.path), now)

    prepared = prepare(changes.files, find, session.client)
    return None if changes.dropped or prepared.dropped or not prepared.paths else prepared.edit


async def resolve(session: Session, action: types.CodeAction) -> types.CodeAction:
    """Locate a quick fix anew in the text as it is now. Anything else comes back as it is."""
    data = action.data
    fix = to_lsp.fix_from(data)
    uri = data.get("uri") if isinstance(data, dict) else None
    if fix is None or action.edit is not None or not isinstance(uri, str):
        return action
    action.edit = await fix_edit(session, uri, data)
    return action


async def fix_edit(session: Session, uri: str, data: Any) -> types.WorkspaceEdit | None:
    """The edit of a fix, with the workspace's other files read in a thread; None if it has no place left."""
    fix, document = to_lsp.fix_from(data), session.documents.get(uri)
    if fix is None or document is None:
        return None
    workspace = await session.workspace(uri)
    files = session.overlay(workspace, session.root_of(uri))
    changes = await asyncio.to_thread(change_set, fix.edits, document, files)
    return located(session, uri, changes) if session.documents.get(uri) is document else None


def _fix_others(
    ask: _Ask, problems: Sequence[Problem], given: Sequence[types.Diagnostic]
) -> Iterator[types.CodeAction]:
    """One entry to fix another tool's problem with a model."""
    if not problems or not ask.wants("quickfix"):
        return
    offered = _offer(ask, FIX)
    first = problems[0].message.partition("\n")[0]
    title = f"Fix with a model: {first if len(first) <= _TITLE else first[:_TITLE] + '...'}"
    messages = [{"message": item.message, "source": item.source, "code": item.code} for item in problems]
    command = ("counterpoint.task", ask.argument(task="fix", problems=messages))
    others = [item for item in given if item.source != from_lsp.OURS]
    yield from _entry(ask, title, "quickfix", offered, command, others)


def _edits(ask: _Ask) -> Iterator[types.CodeAction]:
    """Every task whose row names this kind: a new one needs no line here."""
    for task in TASKS.values():
        if task.menu == REWRITE and ask.wants(REWRITE):
            command = ("counterpoint.task", ask.argument(task=task.name))
            if task is EDIT:
                command = ("counterpoint.edit", ask.argument())
            yield from _entry(ask, task.title, REWRITE, _offer(ask, task), command)


def _reviews(ask: _Ask) -> Iterator[types.CodeAction]:
    """At most three reviews, then a way to the others. Each pass has a kind of its own, for key bindings."""
    base = SOURCE if any(name.split(".")[0] == "source" for name in ask.only) else REVIEW_KIND
    standard = ask.session.client.action_kinds == "standard"
    entries = [entry for entry in _review_entries(ask) if standard or ask.wants(f"{base}.{entry[0]}")]
    if standard and not ask.wants("refactor.rewrite"):
        return
    offered = _offer(ask, REVIEW)
    for name, title, argument in entries[:_LISTED]:
        kind = "refactor.rewrite" if standard else f"{base}.{name}"
        command = "counterpoint.review", argument
        if offered.refusal and name == "file":
            title = "Review file with the static rules, free"
            yield from _entry(ask, title, kind, Offer(), command)
        elif not offered.refusal or ask.session.client.disabled_actions:
            yield from _entry(ask, title, kind, offered, command)
    if len(entries) > _LISTED and not offered.refusal:
        kind = "refactor.rewrite" if standard else f"{base}.more"
        # Tagged as the reviews are: VS Code sorts entries with the tag behind those without.
        for more in _entry(ask, "More reviews...", kind, Offer(), ("counterpoint.review", _more(ask))):
            more.tags = [types.CodeActionTag.LlmGenerated] if ask.session.client.llm_tags else None
            yield more


def _review_entries(ask: _Ask) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, title and argument, the likeliest first: the selection, the file, the file by single passes."""
    workspace = ask.session.opened(ask.uri)
    usual = workspace.settings.review.passes if workspace else PASSES[:2]
    if ask.selected:
        yield (
            "selection",
            f"Review selection: {', '.join(usual)}",
            ask.argument(scope="symbol", passes=[*usual]),
        )
    whole = {"uri": ask.uri, "scope": "file"}
    yield "file", f"Review file: {', '.join(usual)}", {**whole, "passes": [*usual]}
    for name in PASSES[1:]:
        if (name,) != tuple(usual):
            yield name, f"Review file: {name}", {**whole, "passes": [name]}


def _more(ask: _Ask) -> dict[str, Any]:
    return {"uri": ask.uri, "scope": "file", "choose": True}


def _offer(ask: _Ask, task: Any) -> Offer:
    workspace = ask.session.opened(ask.uri)
    usable = ask.session.usable.get(workspace.root.as_posix(), frozenset()) if workspace else ()
    return offer(workspace, usable, task, ask.document.starts[-1])


def _entry(
    ask: _Ask,
    title: str,
    kind: str,
    offered: Offer,
    command: tuple[str, dict[str, Any]],
    given: Sequence[types.Diagnostic] = (),
) -> Iterator[types.CodeAction]:
    """An entry that runs a command; disabled with the reason where no model can be asked, if that can be
    shown, else left out."""
    if offered.refusal and not ask.session.client.disabled_actions:
        return
    title = f"{title} ({offered.note})" if offered.note else title
    yield types.CodeAction(
        title=title,
        kind=kind,
        diagnostics=[*given] or None,
        command=None if offered.refusal else _command(command[0], title, command[1]),
        disabled=types.CodeActionDisabled(offered.refusal) if offered.refusal else None,
        tags=[types.CodeActionTag.LlmGenerated] if ask.session.client.llm_tags and offered.note else None,
    )


def _command(name: str, title: str, argument: dict[str, Any]) -> types.Command:
    return types.Command(title=title, command=name, arguments=[argument])
