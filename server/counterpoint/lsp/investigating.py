"""`counterpoint.investigate`: what was printed becomes causes on show, a page, and one edit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.answers import Evidence, Finding
from counterpoint.context.printed import MOST, looks_printed
from counterpoint.errors import UsageError
from counterpoint.lsp import agreeing, from_lsp, pages, saying
from counterpoint.lsp.applying import apply_changes
from counterpoint.lsp.asking import Ask, entry
from counterpoint.lsp.input import ask_text
from counterpoint.lsp.kinds import REWRITE
from counterpoint.lsp.price import Offer, offer
from counterpoint.lsp.progress import progress
from counterpoint.lsp.reviewing import place_of
from counterpoint.lsp.session import Session
from counterpoint.lsp.showing import Showing
from counterpoint.lsp.uris import key_of, path_of, relative_to
from counterpoint.lsp.work import Argument, dropped_row, new_job, run
from counterpoint.tasks import EDIT, INVESTIGATE
from counterpoint.text import Document, Situation, Span

if TYPE_CHECKING:
    from counterpoint.flows.investigate import Investigation
    from counterpoint.workspace import Workspace

COMMAND, APPLY = "counterpoint.investigate", "counterpoint.applyCauses"
_KIND = f"{REWRITE}.investigate"
_PLAIN = frozenset({"plaintext", "text", "txt", "log", "Log", "output", "messages", "fundamental", ""})
"""What editors call a document that is no code."""
_LINES = 1_500
"""Lines of either end of a document that are looked at for a trace."""
_CODE = 40_000
"""Characters of code that go with a printed text, as far as a price must be told before they are chosen."""
_YES, _NO = "Apply", "Not now"


def entries(ask: Ask) -> Iterator[types.CodeAction]:
    """Where a failure was printed the way to its causes; at a cause the way to remove all of them."""
    kind = "refactor.rewrite" if ask.standard else _KIND
    if not ask.unasked and ask.wants(kind) and (size := _printed_at(ask)):
        yield from entry(ask, "Investigate this output", kind, _offered(ask, size), (COMMAND, ask.argument()))
    if ask.unasked or not ask.wants("quickfix"):
        return
    for job, causes in _causes_at(ask).items():
        if len(causes) > 1:
            title = f"Apply the fixes of all {len(causes)} causes"
            command = (APPLY, {"job": job, "uri": ask.uri})
            yield from entry(ask, title, "quickfix", Offer(), command)


def _printed_at(ask: Ask) -> int:
    """How many characters of a printed failure are meant: what is selected, or a document that is no code."""
    document = ask.document
    if ask.selected:
        span = ask.span
        text = document.text[span.start : min(span.end, span.start + 2 * MOST)]
        return span.end - span.start if looks_printed(text) else 0
    if document.language not in _PLAIN:
        return 0
    ends = (*document.lines[:_LINES], *document.lines[_LINES:][-_LINES:])
    return document.starts[-1] if looks_printed("".join(ends)) else 0


def _offered(ask: Ask, size: int) -> Offer:
    workspace = ask.session.opened(ask.uri)
    usable = ask.session.usable.get(workspace.root.as_posix(), frozenset()) if workspace else ()
    return offer(workspace, usable, INVESTIGATE, min(size, MOST) + _CODE)


def _causes_at(ask: Ask) -> dict[str, tuple[Finding, ...]]:
    """Of the investigations whose causes lie here: all their causes that have a fix."""
    here = ask.session.shown.at(key_of(ask.uri), ask.document, ask.span.start)
    jobs = dict.fromkeys(one.job for one in here if one.lens == INVESTIGATE.name and one.fix)
    kept = ask.session.reviews.causes
    return {job: _causes_of(ask.session, job) for job in jobs if job in kept and kept[job].changes.files}


def _causes_of(session: Session, job: str) -> tuple[Finding, ...]:
    """The causes of an investigation that are on show, the likeliest first."""
    keys = session.shown.keys()
    found = (one.finding for key in keys for one in session.shown.placed(key, None))
    mine = (one for one in found if one.job == job and one.lens == INVESTIGATE.name and one.fix)
    return tuple(sorted(mine, key=lambda one: -one.confidence))


async def investigate(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.investigate {text?, uri?, range?, note?}`: of a text, of what is selected, of a document,
    or of what the user is asked for."""
    from counterpoint.flows.investigate import question

    uri = from_lsp.text_of(argument, "uri")
    workspace, root = await place_of(session, _home(session, uri))
    text, source = await _text(session, workspace, argument, uri)
    files = session.overlay(workspace, session.folder(root))
    note, roots = from_lsp.text_of(argument, "note"), (root, workspace.root.as_posix())
    situation = await asyncio.to_thread(question, text, files, roots, note, source=source)
    await agreeing.ensure(session, workspace, INVESTIGATE)
    job = new_job()
    work = _investigated(session, workspace, root, situation, job)
    return await run(session, workspace, ("investigate", root), work, job)


def _home(session: Session, uri: str) -> str:
    """The document, if it lies in a folder of the session; a log elsewhere tells of the first folder."""
    path = path_of(uri) if uri else None
    if (
        path is None
        or not session.roots
        or any(relative_to(path, root) is not None for root in session.roots)
    ):
        return uri if path is not None else ""
    return ""


async def _text(session: Session, workspace: Workspace, argument: Argument, uri: str) -> tuple[str, str]:
    """What was printed, and the file of the workspace it is from. Raises UsageError for a document that may
    not be sent, and a cancellation."""
    from counterpoint.flows.investigate import read_file, source_in

    if given := from_lsp.text_of(argument, "text"):
        return given, ""
    if not uri:
        said = await ask_text(session, "Investigate", "Paste a traceback or the output of a test")
        if said is None:
            raise UsageError(
                "There is nothing to investigate.", fix="Give a `text`, or a `uri` and a `range`."
            )
        return said, ""
    document, path = session.documents.get(uri), path_of(uri)
    if document is None:
        named = path or session.path_of(uri)
        text = await asyncio.to_thread(read_file, workspace.project, named)
        return text, source_in(workspace.project, named)
    inner = source_in(workspace.project, path) if path else ""
    if path and (why := workspace.project.why_private(inner or path)):
        raise UsageError(f"{document.path} is not sent to a model: {why}.", fix="Select what may be sent.")
    range_ = from_lsp.argument_range(argument)
    if range_ is None or range_.start == range_.end:
        return document.text, inner
    span = from_lsp.span(document, range_, session.client.encoding)
    return document.text[span.start : span.end], inner


async def _investigated(
    session: Session, workspace: Workspace, root: str, situation: Situation, job: str
) -> dict[str, Any]:
    from counterpoint.flows.investigate import investigate as flow

    async with progress(session, job, "Investigating what was printed") as report:
        found = await flow(
            workspace.engine,
            situation,
            job=job,
            how=workspace.settings.verify,
            checks=workspace.checks(),
            agree=partial(agreeing.long_prompt, session),
            on_cause=lambda one: report(one.title),
        )
        session.reviews.keep_causes(found.reply.job, found)
        await _show(session, workspace, root, found)
    shown = await pages.show(session, f"causes-{job}", await asyncio.to_thread(page, found))
    if found.changes.files and session.client.applies_edits and session.client.asks:
        session.spawn(_offer(session, workspace, root, found))
    if not found.causes:
        saying.tell(session, "No cause was found in the code.")
    return _result(found, shown)


async def _show(session: Session, workspace: Workspace, root: str, found: Investigation) -> None:
    """The causes as diagnostics, in the files they lie in."""
    from counterpoint.flows.review import Review

    showing = Showing(session, workspace, root, {})
    for path in dict.fromkeys(one.path for one in found.causes):
        showing.found(path, tuple(one for one in found.causes if one.path == path))
    await showing.ended(Review(found.reply.job, found.causes), ())


def _result(found: Investigation, shown: str | None) -> dict[str, Any]:
    return {
        "job": found.reply.job,
        "complete": not found.failures,
        "causes": [
            {
                "id": one.id,
                "path": one.path,
                "line": one.start.line,
                "title": one.title,
                "confidence": one.confidence,
                "status": one.status,
            }
            for one in found.causes
        ],
        "files": [one.moved_to or one.path for one in found.changes.files],
        "dropped": [dropped_row(item) for item in found.changes.dropped],
        "shown": shown,
        "notice": found.reply.notice,
        "costUsd": found.reply.cost_usd,
    }


async def _offer(session: Session, workspace: Workspace, root: str, found: Investigation) -> None:
    """Ask whether the change set is applied: one edit, once the user says so."""
    count, files = len(found.causes), [one.path for one in found.changes.files]
    causes = "1 cause" if count == 1 else f"{count} causes"
    told = f"{causes} found: {found.causes[0].title.rstrip('.')}. Apply the changes of {', '.join(files)}?"
    if await agreeing.choose(session, told, (_YES, _NO)) != _YES:
        return
    try:
        result = await apply_causes(session, {"job": found.reply.job, "uri": session.uri_for(root, files[0])})
    except (UsageError, JsonRpcException) as error:
        saying.tell(session, f"The changes were not applied: {error}", types.MessageType.Warning)
        return
    if not result["applied"]:
        saying.tell(session, "The changes do not fit the text any more.", types.MessageType.Warning)


async def apply_causes(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.applyCauses {job, uri?}`: the changes that an investigation's page shows, as one edit of
    the text as it is now. No model is asked."""
    job = from_lsp.text_of(argument, "job", required=True)
    if not session.client.applies_edits:
        raise UsageError("This editor cannot apply edits.", fix="Use `counterpoint investigate --apply`.")
    found = session.reviews.causes.get(job)
    if found is None or not found.changes.files:
        raise UsageError("Nothing is kept of this investigation any more.", fix="Investigate anew.")
    workspace, root = await place_of(session, _home(session, from_lsp.text_of(argument, "uri")))
    files = session.overlay(workspace, session.folder(root))
    path = found.changes.files[0].path
    work = apply_changes(
        session,
        workspace,
        session.uri_for(root, path),
        replace(found.reply, answer=found.changes, calls=()),
        label="Counterpoint: remove the causes",
        task=EDIT,
        asked=_about(found.causes, await asyncio.to_thread(files.read, path), files),
    )
    return await run(session, workspace, ("edit", f"{root} {job}"), work, new_job())


def _about(causes: Sequence[Finding], document: Document | None, files: Any) -> Situation:
    """What a refinement of the edit is about."""
    if document is None:
        raise UsageError(f"{causes[0].path} cannot be read.", fix="Investigate anew.")
    told = "; ".join(one.title.rstrip(".") for one in causes)
    return Situation(
        document, Span(0, document.starts[-1]), files, f"Remove these causes of a failure: {told}."
    )


def page(found: Investigation) -> str:
    """The causes, ranked, as Markdown: why, the way to the symptom, and the changes that remove them."""
    from counterpoint.diffs import diffs_of

    rows = ["# Causes", ""] if found.causes else ["# No cause was found in the code", ""]
    for number, one in enumerate(found.causes, 1):
        rows += [
            f"## {number}. {one.title}",
            f"`{one.path}:{one.start.line + 1}`, {one.confidence:.0%}, {one.status}, {one.category}",
            "",
            one.body,
            "",
            *map(_quoted, one.evidence),
            "",
        ]
        if one.said:
            rows += [f"{one.verifier or 'A second look'}: {one.said}", ""]
    if found.changes.files:
        rows += ["# Changes that remove them", ""]
        rows += [f"~~~~diff\n{one.diff}~~~~" for one in diffs_of(found.changes.files)]
    rows += [f"- left out ({one.reason}): {one.detail}" for one in found.changes.dropped]
    rows += ["", f"${found.reply.cost_usd:.4f}"]
    return "\n".join(rows) + "\n"


def _quoted(one: Evidence) -> str:
    return f"- `{one.path}:{one.line}`: `{one.quote.strip().splitlines()[0]}`"
