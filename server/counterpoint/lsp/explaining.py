"""Why there is a finding: its evidence, by whom it was found, what it cost, how to be rid of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from counterpoint.answers import Finding
from counterpoint.errors import ConfigError
from counterpoint.ledger_looks import said
from counterpoint.lsp import diagnostics, from_lsp, quiet
from counterpoint.lsp.fixes import told
from counterpoint.lsp.positions import offset_of
from counterpoint.lsp.session import Session
from counterpoint.lsp.to_lsp import offered

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

_STATUS = {
    "verified": "a second look confirms it",
    "contested": "a second look contradicts it, the finder holds to it",
    "unverified": "nobody has looked a second time yet",
    "static": "a rule found it, no model was asked",
    "stale": "its code was edited since: the next review looks anew",
}


async def hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    """Why there is a finding under the cursor."""
    text = await at(session, params.text_document.uri, params.position)
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None


async def at(session: Session, uri: str, position: types.Position) -> str:
    """The findings at a place of an open document as Markdown, "" if there is none."""
    document = session.documents.get(uri)
    if document is None:
        return ""
    offset = offset_of(document, *from_lsp.place(position), session.client.encoding)
    placed = diagnostics.on_show(session, uri, document)
    return await of(session, uri, [one.finding for one in placed if one.span.start <= offset <= one.span.end])


async def of(session: Session, uri: str, findings: Sequence[Finding]) -> str:
    """Findings of a document's workspace as Markdown."""
    workspace = session.opened(uri)
    prices = await asyncio.to_thread(_prices, workspace, findings) if workspace and findings else {}
    silent = quiet.of(session, session.root_of(uri))
    return "\n\n---\n\n".join(
        why(one, prices.get(one.job, ""), demoted=silent.demotes(one)) for one in findings
    )


def _prices(workspace: Workspace, findings: Sequence[Finding]) -> dict[str, str]:
    """What the jobs cost that findings came from. Reads the ledger."""
    found = {}
    for job in {one.job for one in findings if one.job}:
        try:
            calls = workspace.ledger.job(job)
        except ConfigError:
            continue
        if calls:
            asks = f"{len(calls)} call{'s' if len(calls) != 1 else ''}"
            found[job] = f"The review it came from cost ${sum(one.cost_usd for one in calls):.3f} ({asks})."
    return found


def why(finding: Finding, price: str = "", *, demoted: bool = False) -> str:
    """A finding as Markdown."""
    lines = [f"**{finding.title}**", ""]
    if finding.body:
        lines += [finding.body, ""]
    for item in finding.evidence:
        lines.append(f"- `{item.path}:{item.line}` `{item.quote.strip().partition(chr(10))[0]}`")
    facts = f"{finding.severity}, {finding.category}, confidence {finding.confidence:.0%}"
    lines += ["", f"{facts}: {_STATUS.get(finding.status, finding.status)}."]
    lines += [_by_whom(finding), *([price] if price else ())]
    if fix := offered(finding):
        lines.append(f"A fix is at hand: {told(fix)}.")
    if demoted:
        lines.append(said(finding.rule or f"{finding.lens}/{finding.category}"))
    lines += [
        "",
        "To dismiss it, for you or for the team, take an entry of the quick-fix menu, or run"
        f" `counterpoint.dismiss` with id `{finding.id}`.",
    ]
    return "\n".join(lines)


def _by_whom(finding: Finding) -> str:
    if finding.rule:
        return f"Found by rule `{finding.rule}`, which costs nothing."
    found = f"Found by {finding.model or 'a model'}, pass {finding.lens}."
    if not finding.verifier:
        return found
    return f"{found} {finding.verifier} looked again{f': {finding.said}' if finding.said else '.'}"
