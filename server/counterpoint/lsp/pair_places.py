"""Where a task of pair programming is asked: what the menu knows of a place, which lines are meant there, and
what goes along with the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from counterpoint.lsp import editing, from_lsp, indexing
from counterpoint.lsp.pair_menu import Place
from counterpoint.lsp.session import Session
from counterpoint.lsp.work import Argument, document_of
from counterpoint.pairing.comments import addressed, all_addressed
from counterpoint.pairing.fits import fitting
from counterpoint.pairing.own import Own
from counterpoint.pairing.specs import section
from counterpoint.pairing.syntax import comment_of
from counterpoint.tasks import EDIT, FIX, IMPLEMENT, AnyTask
from counterpoint.text import Document, Position, Situation, Span

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

_RELATED = 6
"""Lines shown above and below a place that a problem is related to."""
_MANY = 20_000
"""Lines of a file up to which a menu looks for all comments addressed to us."""
_FEW = 60
"""Lines of a selection in which comments are looked for."""


def place_of(session: Session, uri: str, document: Document, span: Span, selected: bool) -> Place:
    """What the menu knows of a place."""
    staged = bool(session.reviews.trees.at_hand(session.root_of(uri)).staged)
    fits = fitting(document, span, selected=selected, staged=staged)
    first, last = document.position(span.start).line, document.position(span.end).line
    here = addressed(document, first, min(last, first + _FEW)) if "comment" in fits else ()
    said = comment_of(document.language, document.line(first)) if document.lines else None
    comments = all_addressed(document) if here and len(document.lines) <= _MANY else here
    return Place(document, fits, session.client.inputs, bool(said), here, comments)


async def document_meant(session: Session, argument: Argument) -> Document:
    """The document as the command's range means it."""
    uri = from_lsp.text_of(argument, "uri", required=True)
    version = argument.get("version")
    seen = session.documents.at(uri, version) if isinstance(version, int) else None
    return seen or await document_of(session, uri)


def preparing(asked: AnyTask, argument: Argument) -> editing.Prepare:
    """What is added to a question: what its task must know, and the places its problems are related to."""

    async def prepare(workspace: Workspace, situation: Situation) -> Situation:
        from counterpoint.flows.pairing import prepared

        found = await prepared(asked, situation)
        if asked is not FIX:
            return found
        return _with_related(found, argument)

    return prepare


def _with_related(situation: Situation, argument: Argument) -> Situation:
    given = argument.get("problems")
    rows = given if isinstance(given, (list, tuple)) else ()
    pieces, told = [], []
    for row in rows:
        related = row.get("related") if isinstance(row, Mapping) else None
        for one in related if isinstance(related, (list, tuple)) else ():
            path, line = (one.get("path"), one.get("line")) if isinstance(one, Mapping) else (None, None)
            if not isinstance(path, str) or not isinstance(line, int) or line < 0:
                continue
            told.append(f"- {path}:{line + 1}: {one.get('message', '')}")
            if path != situation.document.path:
                pieces.append((path, max(0, line - _RELATED), line + _RELATED))
    if not told:
        return situation
    said = situation.instruction or "Fix it."
    related_to = "\n".join(told)
    instruction = f"{said}\nThe tools relate it to:\n{related_to}"
    return replace(situation, instruction=instruction, pieces=(*situation.pieces, *pieces))


async def placed(session: Session, argument: Argument, asked: AnyTask, own: Own | None) -> Argument:
    """The argument with the range that is meant where nothing is selected: the definition the place lies in,
    the section of a specification, or the whole file for a task that is about it."""
    range_ = from_lsp.argument_range(argument)
    if own is not None and own.scope == "file":
        return {name: given for name, given in argument.items() if name != "range"}
    if range_ is None or range_.start != range_.end or asked.name in (EDIT.name, FIX.name):
        return argument
    uri = from_lsp.text_of(argument, "uri", required=True)
    document = await document_meant(session, argument)
    lines = await _lines_meant(session, uri, document, range_.start.line, asked)
    if lines is None:
        return argument
    first, last = lines
    return {
        **argument,
        "range": {"start": {"line": first, "character": 0}, "end": {"line": last + 1, "character": 0}},
        "version": document.version,
    }


async def _lines_meant(
    session: Session, uri: str, document: Document, line: int, asked: AnyTask
) -> tuple[int, int] | None:
    if document.language in ("markdown", "mdx"):
        return section(document, line) if asked is IMPLEMENT else None
    text = document.line(line)
    at = Position(line, len(text) - len(text.lstrip()))  # the definition that a header begins starts there
    found = await indexing.syntax(session, uri, document, at)
    named = [scope for scope in found.scopes if scope.name]
    return (named[-1].first_line, named[-1].last_line) if named else None
