"""What a code-action request asks for, and the entries that answer it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from counterpoint.lsp import from_lsp
from counterpoint.lsp.price import Offer, offer
from counterpoint.lsp.session import Session
from counterpoint.tasks import REVIEW
from counterpoint.text import Document, Span


@dataclass(frozen=True, slots=True)
class Ask:
    """What the editor asks about. `unasked` is True where no user did, as for actions on save: nothing that
    costs money may be among the answers then."""

    session: Session
    uri: str
    document: Document
    range: types.Range
    only: tuple[str, ...]
    given: tuple[types.Diagnostic, ...] = ()
    unasked: bool = False

    @classmethod
    def of(cls, session: Session, document: Document, params: types.CodeActionParams) -> Ask:
        """The request as a value."""
        context = params.context
        only = tuple(str(getattr(kind, "value", kind)) for kind in context.only or ())
        unasked = bool(only) and context.trigger_kind == types.CodeActionTriggerKind.Automatic
        return cls(
            session,
            params.text_document.uri,
            document,
            params.range,
            only,
            tuple(context.diagnostics),
            unasked,
        )

    @property
    def selected(self) -> bool:
        return self.range.start != self.range.end

    @property
    def span(self) -> Span:
        return from_lsp.span(self.document, self.range, self.session.client.encoding)

    @property
    def standard(self) -> bool:
        """Whether the client lists standard kinds only."""
        return self.session.client.action_kinds == "standard"

    def wants(self, kind: str) -> bool:
        """A kind is wanted if it is, or lies under, one of those asked for. Ours are not listed under the
        unspecific `source` unless that is asked for: some editors hide it from their plain menu."""
        if not self.only:
            return not kind.startswith("source")
        return any(not name or kind == name or kind.startswith(f"{name}.") for name in self.only)

    def argument(self, **more: Any) -> dict[str, Any]:
        """The place as an argument of a command."""
        range_ = from_lsp.plain_range(self.range)
        return {"uri": self.uri, "range": range_, "version": self.document.version, **more}

    def offer(self, task: Any, quoted: str = "") -> Offer:
        """Model and price of a task on the whole document, an own one in the words of the file `quoted`. A
        review may be of other files than this one."""
        workspace = self.session.opened(self.uri)
        usable = self.session.usable.get(workspace.root.as_posix(), frozenset()) if workspace else ()
        path = "" if task.name == REVIEW.name else self.document.path
        return offer(workspace, usable, task, self.document.starts[-1], path=path, quoted=quoted)


def entry(
    ask: Ask,
    title: str,
    kind: str,
    offered: Offer,
    command: tuple[str, dict[str, Any]],
    given: Sequence[types.Diagnostic] = (),
) -> Iterator[types.CodeAction]:
    """An entry that runs a command; disabled with the reason where no model can be asked, if that can be
    shown, else left out. Where no user asks, nothing with a price is given."""
    if offered.refusal and not ask.session.client.disabled_actions:
        return
    if ask.unasked and (offered.note or offered.refusal):
        return
    if offered.note and offered.note not in title:
        title = f"{title} ({offered.note})"
    yield types.CodeAction(
        title=title,
        kind=kind,
        diagnostics=[*given] or None,
        command=None if offered.refusal else command_of(command[0], title, command[1]),
        disabled=types.CodeActionDisabled(offered.refusal) if offered.refusal else None,
        tags=[types.CodeActionTag.LlmGenerated] if ask.session.client.llm_tags and offered.note else None,
    )


def command_of(name: str, title: str, argument: dict[str, Any]) -> types.Command:
    return types.Command(title=title, command=name, arguments=[argument])
