"""Findings on show: followed through every edit of their document, and found again in any text of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.anchors import Anchored
from counterpoint.answers import Finding
from counterpoint.index.edits import LineEdit
from counterpoint.reviewing.anchoring import Gone, Stale, anchors_of
from counterpoint.reviewing.standing import Batch
from counterpoint.text import Document, Span

_JOURNAL = 250_000
"""Lines of earlier versions of a document, together, for findings that come in for one of them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and where it stands in a document: as it is now, or as it was last known if it is not open.
    Its status is `stale` where its code was changed."""

    finding: Finding
    document: Document
    span: Span


@dataclass
class _File:
    """What is known of one file: by producer the document looked at and what was found, and the last changes
    of the open document as (its version afterwards, edits)."""

    bases: dict[str, Document] = field(default_factory=dict)
    batches: dict[str, list[Batch]] = field(default_factory=dict)
    now: Document | None = None
    journal: deque[tuple[Document, tuple[LineEdit, ...]]] = field(default_factory=deque)
    lines: int = 0
    """How many the journal holds."""

    def note(self, before: Document, edits: Sequence[LineEdit]) -> None:
        """Append to the journal. Versions are kept without what else was worked out of them."""
        self.journal.append((replace(before), tuple(edits)))
        self.lines += len(before.lines)
        while self.lines > _JOURNAL:
            self.lines -= len(self.journal.popleft()[0].lines)

    def start(self, document: Document) -> None:
        """Begin a journal."""
        self.journal.clear()
        self.lines, self.now = 0, document


class Shown:
    """All findings of a session. Keys are documents' keys; `dismissed` ids are never shown again."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._dismissed: set[str] = set()

    def opened(self, key: str, document: Document) -> None:
        """A document was opened: from now on it is followed."""
        file = self._files.setdefault(key, _File())
        file.start(document)
        for batch in _all(file):
            batch.meet(document)

    def follow(self, key: str, before: Document, after: Document, edits: Sequence[LineEdit]) -> None:
        """An open document changed, by these edits one after the other."""
        file = self._files.setdefault(key, _File())
        if file.now is not before:
            file.start(before)
        file.note(before, edits)
        file.now = after
        for batch in _all(file):
            if batch.at is before:
                batch.follow(after, edits)
            else:
                batch.meet(after)

    def put(self, key: str, producer: str, base: Document, findings: Iterable[Finding]) -> None:
        """Replace what a producer ("static", "review") has found in a document.

        A finding that is handed back as `stale` is not found anew: it keeps the text it was found in.
        """
        file = self._files.setdefault(key, _File())
        found = tuple(findings)
        old = {item.id for item in found if item.status == "stale"}
        kept = [batch.only(old) for batch in file.batches.get(producer, ())]
        held = {item.finding.id for batch in kept for item in batch.items}
        new = anchors_of([item for item in found if item.id not in held], base)
        file.bases[producer] = base
        file.batches[producer] = [batch for batch in kept if batch.items]
        self._add(file, producer, Batch.found(new, base))

    def restore(self, key: str, producer: str, kept: Sequence[Anchored], document: Document) -> None:
        """Add what an earlier session kept, but for what is known already."""
        file = self._files.setdefault(key, _File())
        known = {item.finding.id for item in _items(file)}
        missing = tuple(item for item in kept if item.finding.id not in known)
        self._add(file, producer, Batch.kept(missing, document))

    def kept(self, key: str, producer: str) -> tuple[Anchored, ...]:
        """What is to be kept of a producer's findings for a later session, by the text as it is now: the less
        happens between two texts, the surer a place is found."""
        file = self._files.get(key, _File())
        return tuple(item for batch in file.batches.get(producer, ()) for item in batch.anchored())

    def base(self, key: str, producer: str) -> Document | None:
        """The version a producer last looked at."""
        file = self._files.get(key)
        return file.bases.get(producer) if file else None

    def forget(self, key: str, producer: str) -> None:
        file = self._files.get(key)
        if file is not None:
            file.bases.pop(producer, None)
            file.batches.pop(producer, None)

    def keys(self) -> tuple[str, ...]:
        """Files of which something was found."""
        return tuple(key for key, file in self._files.items() if file.bases or file.batches)

    def dismiss(self, finding_id: str) -> None:
        self._dismissed.add(finding_id)

    def find(self, finding_id: str) -> Finding | None:
        """A finding by its id, wherever it is."""
        items = (item.finding for file in self._files.values() for item in _items(file))
        return next((item for item in items if item.id == finding_id), None)

    def placed(self, key: str, now: Document | None) -> tuple[Placed, ...]:
        """What is to be shown of a document, in order. `now` None means: as it was last known.

        A finding whose code was changed is stale; one whose code is not there is left out until it is back.
        """
        found: dict[str, Placed] = {}
        for batch in _all(self._files.get(key, _File())):
            document = now or batch.at
            for item, where in zip(batch.items, batch.where(document), strict=True):
                one = item.finding
                if one.id in self._dismissed or isinstance(where, Gone):
                    continue
                found.setdefault(one.id, _placed(one, where, document))
        return tuple(sorted(found.values(), key=lambda placed: placed.span))

    def at(self, key: str, now: Document, offset: int) -> tuple[Finding, ...]:
        """Findings that cover an offset."""
        placed = self.placed(key, now)
        return tuple(one.finding for one in placed if one.span.start <= offset <= one.span.end)

    def _add(self, file: _File, producer: str, batch: Batch) -> None:
        """Bring a batch up to the document as it is now, by the edits since if they are known."""
        file.batches.setdefault(producer, [])
        if not batch.items:
            return
        file.batches[producer].append(batch)
        if file.now is None or batch.at is file.now:
            return
        since = [at for at, (before, _) in enumerate(file.journal) if before.lines == batch.at.lines]
        if not since:
            batch.meet(file.now)
            return
        later = list(file.journal)[since[-1] :]
        ends = [*(before for before, _ in later[1:]), file.now]
        for (_, edits), after in zip(later, ends, strict=True):
            batch.follow(after, edits)


def _all(file: _File) -> Iterator[Batch]:
    for batches in file.batches.values():
        yield from batches


def _items(file: _File) -> Iterator[Anchored]:
    for batch in _all(file):
        yield from batch.items


def _placed(item: Finding, where: Span | Stale, document: Document) -> Placed:
    if isinstance(where, Stale):
        return Placed(replace(item, status="stale"), document, where.span)
    return Placed(item, document, where)
