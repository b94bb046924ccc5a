"""From our values to the protocol's, as far as this client understands them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types

from counterpoint.anchors import kind_of
from counterpoint.answers import Finding, Fix, Insertion, QuoteEdit
from counterpoint.ledger_looks import said
from counterpoint.lsp.client import Client
from counterpoint.lsp.from_lsp import OURS
from counterpoint.lsp.positions import Encoding, client_position, units_of
from counterpoint.text import Document, Span

SEVERITY = {
    "P0": types.DiagnosticSeverity.Error,
    "P1": types.DiagnosticSeverity.Error,
    "P2": types.DiagnosticSeverity.Warning,
    "P3": types.DiagnosticSeverity.Information,
}
_FAINT = frozenset({"contested", "stale"})


def range_of(document: Document, span: Span, encoding: Encoding) -> types.Range:
    return types.Range(
        types.Position(*client_position(document, span.start, encoding)),
        types.Position(*client_position(document, span.end, encoding)),
    )


def diagnostic(
    finding: Finding,
    document: Document,
    span: Span,
    client: Client,
    uri_of: Callable[[str], str],
    *,
    demoted: bool = False,
) -> types.Diagnostic:
    """A finding at `span`. Its id and fix travel in `data`: a quick fix needs nothing to be remembered.

    `demoted` shows it as a hint that says so: its kind was seldom of use here.
    """
    faint = demoted or finding.status in _FAINT
    mark = "" if finding.status in ("verified", "static") else f" ({finding.status})"
    demotion = f"\n{said(kind_of(finding))}" if demoted else ""
    return types.Diagnostic(
        range=range_of(document, span, client.encoding),
        severity=types.DiagnosticSeverity.Hint if faint else SEVERITY[finding.severity],
        code=kind_of(finding),
        source=OURS,
        message=f"{finding.title}{mark}\n{finding.body}".rstrip() + demotion,
        related_information=_related(finding, client, uri_of) if client.related_information else None,
        data={"id": finding.id, "pass": finding.lens, "fix": _fix_data(offered(finding))},
    )


def offered(finding: Finding) -> Fix | None:
    """The fix of a finding if it may be offered: a rule's, or one that was proven, and not of stale code."""
    if finding.fix is None or finding.status == "stale":
        return None
    return finding.fix if finding.rule or finding.fix.proof else None


def _related(
    finding: Finding, client: Client, uri_of: Callable[[str], str]
) -> list[types.DiagnosticRelatedInformation]:
    related = []
    for item in finding.evidence:
        line, quote = max(0, item.line - 1), item.quote.strip().partition("\n")[0]
        end = units_of(item.quote, len(quote), client.encoding)
        place = types.Range(types.Position(line, 0), types.Position(line, end))
        location = types.Location(uri_of(item.path), place)
        related.append(types.DiagnosticRelatedInformation(location, quote or "see here"))
    return related


def _fix_data(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [
        {"path": edit.path, "old": edit.old, "new": edit.new, "line": edit.near_line, "reason": edit.reason}
        for edit in fix.edits
    ]
    return {"title": fix.title, "edits": edits, "proof": [*fix.proof]}


def fix_from(data: Any) -> Fix | None:
    """The fix that `diagnostic` put into `data`, or None for anything else: clients may send foreign data."""
    fix = data.get("fix") if isinstance(data, Mapping) else None
    if not isinstance(fix, Mapping) or not isinstance(fix.get("edits"), (list, tuple)):
        return None
    edits = []
    for item in fix["edits"]:
        texts = [item.get(name) for name in ("path", "old", "new")] if isinstance(item, Mapping) else [None]
        if not all(isinstance(text, str) for text in texts):
            return None
        line = item.get("line")
        path, old, new = (str(text) for text in texts)
        edits.append(QuoteEdit(path, old, new, line if isinstance(line, int) else None))
    proof = tuple(map(str, fix.get("proof") or ())) if isinstance(fix.get("proof"), (list, tuple)) else ()
    return Fix(str(fix.get("title") or "Apply the fix"), tuple(edits), proof) if edits else None


def inline_items(
    insertion: Insertion, document: Document, encoding: Encoding, accepted: types.Command
) -> types.InlineCompletionList:
    """Always with a range: some clients fail without one. It stays on the cursor's line, as they demand."""
    if not insertion.text:
        return types.InlineCompletionList(items=[])
    item = types.InlineCompletionItem(
        insert_text=insertion.text,
        range=range_of(document, insertion.span, encoding),
        command=accepted,
    )
    return types.InlineCompletionList(items=[item])


def menu_items(
    insertion: Insertion, document: Document, encoding: Encoding, label: str, accepted: types.Command
) -> types.CompletionList:
    """The same as an entry of the completion menu. The word before the cursor is part of it, so that clients
    that filter by it keep the entry."""
    if not insertion.text:
        return types.CompletionList(is_incomplete=True, items=[])
    start = insertion.span.start
    line = document.line(document.position(start).line)[: document.position(start).column]
    word = line[len(line.rstrip(_WORD)) :]
    text = word + insertion.text
    first, _, rest = text.strip().partition("\n")
    item = types.CompletionItem(
        label=first + (" ..." if rest else ""),
        kind=types.CompletionItemKind.Snippet if rest else types.CompletionItemKind.Text,
        detail=label,
        documentation=types.MarkupContent(
            types.MarkupKind.Markdown, f"```{document.language}\n{text.strip()}\n```"
        ),
        filter_text=text.partition("\n")[0].strip() or text.strip(),
        sort_text="~",
        text_edit=types.TextEdit(
            range_of(document, Span(start - len(word), insertion.span.end), encoding), text
        ),
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        command=accepted,
    )
    return types.CompletionList(is_incomplete=True, items=[item])


_WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
