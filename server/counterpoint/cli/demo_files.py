"""Which files the demo opens, and where in them it asks for a completion. Reads files, writes none."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from counterpoint.errors import UsageError
from counterpoint.project import Project
from counterpoint.static.checker import StaticChecker
from counterpoint.text import Document, Position, language_of

COMPLETED = (
    (
        "orders/pricing.py",
        "\n\ndef average_total(orders: list[Order]) -> int:\n"
        '    """Cents an order is worth on average."""\n    if not orders:\n        return 0\n    return',
    ),
    (
        "fulfilment/src/labels.ts",
        "\n\nexport function heaviest(weights: number[]): number {\n  return Math.",
    ),
)
MOST_FILES = 16
_ENOUGH = 6
_MOST_READ = 400
_BATCH = 20
_SEARCH_SECONDS = 8.0
_TOO_LONG = 60_000


@dataclass(frozen=True, slots=True)
class Place:
    """A text as the editor holds it, the cursor, and the line that stood there, empty if none did."""

    document: Document
    at: Position
    removed: str


async def files_of(root: Path) -> list[str]:
    """Files of a repository worth opening: those a rule has something to say about, then some others."""
    project = Project(root)
    documents = await asyncio.to_thread(_sample_of, project)
    if not documents:
        raise UsageError(f"{root} has no source files the demo can show.", fix="Name another folder.")
    checker = StaticChecker()
    found: list[str] = []
    until = time.monotonic() + _SEARCH_SECONDS
    try:
        for at in range(0, len(documents), _BATCH):
            result = await checker.check(documents[at : at + _BATCH], project)
            found += dict.fromkeys(item.path for item in result.findings)
            if len(found) >= _ENOUGH or time.monotonic() > until:
                break
    finally:
        await checker.close()
    others = [document.path for document in documents if document.path not in found]
    return [*found[:_ENOUGH], *others[: MOST_FILES - _ENOUGH]]


def _sample_of(project: Project) -> list[Document]:
    """Files of languages with rules, not too large, from all over the repository."""
    known = ("python", "javascript", "typescript", "javascriptreact", "typescriptreact", "go", "rust", "java")
    fitting = [
        path
        for path in project.walk().paths
        if language_of(path) in known and (project.root / path).stat().st_size < _TOO_LONG
    ]
    step = max(1, len(fitting) // _MOST_READ)
    read = (project.read(path) for path in fitting[::step])
    return [document for document in read if document is not None]


def places_in(root: Path, names: Sequence[str], most: int) -> list[Place]:
    """Places in files of a repository at which the end of a line is taken away."""
    project = Project(root)
    read = (project.read(path) for path in names)
    return list(islice(_in_functions([document for document in read if document is not None]), most))


def places_in_sample(root: Path, most: int) -> list[Place]:
    """Places at the end of a file of the sample, where a function is being typed."""
    places = []
    for path, more in COMPLETED[:most]:
        text = (root / path).read_text("utf-8") + more
        document = Document.of(path, text, language_of(path), 1)
        places.append(Place(document, document.position(len(text)), ""))
    return places


_BODY = re.compile(r"\s+(?:return|if|await|const \w+ =|\w+ =) (?=\S)")


def _in_functions(documents: list[Document]) -> Iterator[Place]:
    """Ends of lines to take away and have completed: the text without it, the cursor, what was there."""
    for document in sorted(documents, key=lambda one: abs(len(one.lines) - 60)):
        for number in range(8, len(document.lines)):
            found = _BODY.match(document.line(number))
            if found is None:
                continue
            kept = found[0].rstrip()
            rows = list(document.lines)
            rows[number] = kept + document.eol
            at = Position(number, len(kept))
            text = "".join(rows)
            yield Place(
                Document.of(document.path, text, document.language, 2), at, document.line(number).strip()
            )
            break


def typed(place: Place) -> Place:
    """The same after a blank was typed."""
    document, at = place.document, place.at
    offset = document.offset(at)
    text = f"{document.text[:offset]} {document.text[offset:]}"
    after = Document.of(document.path, text, document.language, 3)
    return Place(after, Position(at.line, at.column + 1), place.removed)
