"""The question of a refactoring: everything that relies on what it is about goes along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from counterpoint.answers import ChangeSet, FileChange, joined
from counterpoint.context.pack import label
from counterpoint.flows.checked import With
from counterpoint.flows.doubts import Scope
from counterpoint.flows.refactoring.showing import Piece, Shown, shown
from counterpoint.flows.refactoring.sites import Known, Part
from counterpoint.imports import only_imports
from counterpoint.models import Model
from counterpoint.plan import Plan
from counterpoint.text import Document, Edit, Files, Situation, Span

_MOST_TOKENS = 60_000
_SHARE = 3
"""The call sites get at most a third of what a model takes: the code itself and its answer need the rest."""
_AROUND = 12
_NEAR = 15
"""Lines from a call site within which an edit of its file has to do with it."""
AWAY = "away from every call site"
_GAP = 2


def situation_of(
    parts: Sequence[Part], known: Known, files: Files, instruction: str, model: Model
) -> tuple[Situation, Shown]:
    """The question, with all call sites. Reads files: for a thread."""
    tokens = min(_MOST_TOKENS, model.max_input_tokens // _SHARE)
    sites = shown(known, parts, files, int(tokens * model.characters_per_token))
    first = parts[0]
    span = first.span or Span(0, len(first.document.text))
    return (
        Situation(first.document, span, files, instruction, claims=sites.table, pieces=sites.pieces),
        sites,
    )


def unsent(plan: Plan, situation: Situation) -> tuple[str, ...]:
    """The pieces of the question that did not go out with it, with the reasons."""
    wanted = {f"{path}:{first + 1}-{last + 1}" for path, first, last in situation.pieces}
    paths = {path for path, _, _ in situation.pieces}
    sent = {label(one) for one in plan.snippets}
    return tuple(
        f"{name} was not shown: {why}"
        for name, why in plan.selection.left_out
        if name in wanted - sent or name in paths
    )


def scope_of(
    parts: Sequence[Part],
    known: Known,
    instruction: str,
    files: Sequence[FileChange],
    more: Sequence[str] = (),
) -> Scope:
    """What was asked about: the parts, the files with call sites, those that the user names, and new ones,
    which nobody relies on yet."""
    first = parts[0]
    whole = first.span is None or first.span == Span(0, len(first.document.text))
    named = {one.path for one in files if one.before is None or _mentioned(one.path, instruction)}
    moved = {one.path for one in files if one.moved_to and _mentioned(one.path, instruction)}
    about = {part.document.path for part in parts}
    return Scope(
        first.document,
        None if whole else first.span,
        frozenset({*about, *known.paths(), *named, *moved, *more}),
    )


def astray(
    answer: ChangeSet, parts: Sequence[Part], instruction: str, places: Iterable[tuple[str, int]]
) -> ChangeSet:
    """The change set with a doubt on edits of further files that are near none of the `places` for which
    these belong to the question. Lines count from 0; what only imports is near enough."""
    about = {part.document.path for part in parts}
    near: dict[str, list[int]] = {}
    for path, line in places:
        near.setdefault(path, []).append(line)
    files = []
    for one in answer.files:
        if one.before is None or one.path in about or one.doubt or _mentioned(one.path, instruction):
            files.append(one)
            continue
        document = Document.of(one.path, one.before, "plaintext")
        doubts = [
            joined(
                one.doubts[at] if at < len(one.doubts) else "",
                "" if _is_near(document, edit, near.get(one.path, ())) else AWAY,
            )
            for at, edit in enumerate(one.edits)
        ]
        files.append(replace(one, doubts=tuple(doubts)) if any(doubts) else one)
    return replace(answer, files=tuple(files))


def _is_near(document: Document, edit: Edit, lines: Sequence[int]) -> bool:
    first, last = document.position(edit.span.start).line, document.position(edit.span.end).line
    if any(first - _NEAR <= line <= last + _NEAR for line in lines):
        return True
    return only_imports(document, edit)


def _mentioned(path: str, instruction: str) -> bool:
    """Whether the user names a file: by its path, its name or, in Python's way, its module."""
    module = (path.rpartition(".")[0] or path).replace("/", ".")
    names = (path, path.rpartition("/")[2], *([module] if "." in module else []))
    return any(re.search(rf"(?<![\w/]){re.escape(name)}(?!\w)", instruction) for name in names)


def pieces_round(places: Sequence[tuple[str, int]], files: With, document: Document) -> tuple[Piece, ...]:
    """Lines round places of other files, as pieces of a question. Reads files: for a thread."""
    by_path: dict[str, list[tuple[int, int]]] = {}
    for path, line in sorted(set(places)):
        found = document if path == document.path else files.read(path)
        if found is None or path == document.path:
            continue
        last = max(0, len(found.lines) - 1)
        rows = by_path.setdefault(path, [])
        start, end = max(0, line - _AROUND), min(last, line + _AROUND)
        if rows and start <= rows[-1][1] + _GAP:
            rows[-1] = (rows[-1][0], max(end, rows[-1][1]))
        else:
            rows.append((start, end))
    return tuple((path, first, last) for path, rows in by_path.items() for first, last in rows)
