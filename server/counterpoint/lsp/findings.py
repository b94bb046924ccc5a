"""Findings on show: kept with the text they were found in, and moved along as it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from counterpoint.answers import Finding
from counterpoint.locate import locate
from counterpoint.lsp.documents import carried
from counterpoint.text import Document, Edit, Span


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and where it stands in a document: as it is now, or as it was found if it is not open."""

    finding: Finding
    document: Document
    span: Span


@dataclass(frozen=True, slots=True)
class _Batch:
    base: Document
    findings: tuple[Finding, ...]


class Shown:
    """All findings of a session. Keys are documents' keys; `dismissed` ids are never shown again."""

    def __init__(self) -> None:
        self._batches: dict[str, dict[str, _Batch]] = {}
        self._dismissed: set[str] = set()

    def put(self, key: str, producer: str, base: Document, findings: Iterable[Finding]) -> None:
        """Replace what a producer ("static", "review") has found in a document."""
        self._batches.setdefault(key, {})[producer] = _Batch(base, tuple(findings))

    def base(self, key: str, producer: str) -> Document | None:
        """The version a producer last looked at."""
        batch = self._batches.get(key, {}).get(producer)
        return batch.base if batch else None

    def forget(self, key: str, producer: str) -> None:
        self._batches.get(key, {}).pop(producer, None)

    def keys(self) -> tuple[str, ...]:
        return tuple(self._batches)

    def dismiss(self, finding_id: str) -> None:
        self._dismissed.add(finding_id)

    def find(self, finding_id: str) -> Finding | None:
        return next((item for item in self._all() if item.id == finding_id), None)

    def placed(self, key: str, now: Document | None) -> tuple[Placed, ...]:
        """What is to be shown of a document, in order. `now` None means: as it was found.

        A finding whose code was edited is looked for by its text; one that is not found again is gone.
        """
        found: dict[str, Placed] = {}
        for batch in self._batches.get(key, {}).values():
            for item in batch.findings:
                span = _span(item, batch.base)
                place = span if now is None else _moved(span, batch.base, now)
                if place is not None and item.id not in self._dismissed:
                    found.setdefault(item.id, Placed(item, now or batch.base, place))
        return tuple(sorted(found.values(), key=lambda placed: placed.span))

    def at(self, key: str, now: Document, offset: int) -> tuple[Finding, ...]:
        """Findings that cover an offset."""
        placed = self.placed(key, now)
        return tuple(one.finding for one in placed if one.span.start <= offset <= one.span.end)

    def _all(self) -> Iterator[Finding]:
        for batches in self._batches.values():
            for batch in batches.values():
                yield from batch.findings


def _span(item: Finding, base: Document) -> Span:
    return Span(base.offset(item.start), base.offset(item.end))


def _moved(span: Span, base: Document, now: Document) -> Span | None:
    moved = carried([Edit(span, "")], base, now)
    if moved is not None:
        return moved[0].span
    quote = base.text[span.start : span.end]
    place = locate(now, quote, base.position(span.start).line + 1) if quote.strip() else "absent"
    return None if isinstance(place, str) else place.span
