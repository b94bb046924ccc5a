"""Verdicts as they are kept: each finding with what its place is found again by, and placed when recalled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from counterpoint.anchors import Anchored
from counterpoint.answers import Evidence, Finding
from counterpoint.findings import Bought
from counterpoint.flows.reviewing.second import needs_look
from counterpoint.flows.reviewing.values import Known, Read
from counterpoint.locate import locate
from counterpoint.reviewing.anchoring import Gone, Lines, Stale, anchors_of, places
from counterpoint.reviewing.unit import Unit
from counterpoint.text import Document, Span


class Shelf(Protocol):
    """Where verdicts lie: the user's own file, or a folder that a CI keeps."""

    def verdicts(self, keys: Sequence[str]) -> dict[str, Bought]:
        """What was bought under some keys."""
        ...

    def keep_verdict(self, *bought: Bought) -> None:
        """Keep these in place of what was kept under their keys. Raises ConfigError."""
        ...


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A `Store` over a shelf."""

    shelf: Shelf

    def known(self, wanted: Mapping[str, Unit], read: Read) -> Mapping[str, Known]:
        """See `Store`."""
        held = self.shelf.verdicts(list(wanted))
        return {key: _known(bought, wanted[key], read) for key, bought in held.items()}

    def keep(self, known: Mapping[str, tuple[Unit, Known]], read: Read) -> None:
        """See `Store`."""
        self.shelf.keep_verdict(*(_bought(key, *one, read) for key, one in known.items()))


def _bought(key: str, unit: Unit, known: Known, read: Read) -> Bought:
    anchored: list[Anchored] = []
    for path in dict.fromkeys(one.path for one in known.findings):
        document = unit.document if path == unit.path else read(path)
        mine = [one for one in known.findings if one.path == path]
        inside = [one for one in mine if path == unit.path and _is_inside(one, unit)]
        if document is not None:
            anchored += anchors_of(inside, document, _lines(unit)) if inside else ()
            others = [one for one in mine if one not in inside]
            anchored += anchors_of(others, document) if others else ()
    first = known.findings[0] if known.findings else None
    return Bought(
        key,
        unit.path,
        "found" if any(map(needs_look, known.findings)) else "verified",
        tuple(anchored),
        whole=known.whole,
        relied=known.relied,
        job=first.job if first else "",
        model=first.model if first else "",
    )


def _known(bought: Bought, unit: Unit, read: Read) -> Known:
    """The verdict with its findings where they stand now; in other files what is gone is left out."""
    items = [replace(one, finding=_moved(one.finding, bought.path, unit.path)) for one in bought.findings]
    found: list[Finding] = []
    for path in dict.fromkeys(one.finding.path for one in items):
        document = unit.document if path == unit.path else read(path)
        if document is None:
            continue
        mine = [one for one in items if one.finding.path == path]
        inside = [one for one in mine if path == unit.path and _of_piece(one)]
        found += _placed(inside, document, _lines(unit), unit)
        found += _placed([one for one in mine if one not in inside], document, None, unit)
    findings = tuple(replace(one, evidence=_evidence(one.evidence, unit, read)) for one in found)
    return Known(bought.path, findings, bought.whole, bought.relied)


def _placed(items: Sequence[Anchored], document: Document, within: Lines | None, unit: Unit) -> list[Finding]:
    if not items:
        return []
    found = []
    for item, where in zip(items, places([one.anchor for one in items], document, within), strict=True):
        finding = item.finding
        if isinstance(where, Gone):
            if document is not unit.document:
                continue
            # The code is what it was, or its verdict would not have been found: it is told at its head.
            line = max(unit.block.name_line, unit.block.first_line)
            where = document.span_of_lines(line, line)
            where = Span(where.start, where.start + len(document.line(line)))
        span = where.span if isinstance(where, Stale) else where
        status = "stale" if isinstance(where, Stale) and document is not unit.document else finding.status
        start, end = document.position(span.start), document.position(span.end)
        found.append(replace(finding, start=start, end=end, status=status))
    return found


def _lines(unit: Unit) -> Lines:
    return unit.block.first_line, unit.block.last_line


def _is_inside(finding: Finding, unit: Unit) -> bool:
    return _lines(unit)[0] <= finding.start.line and finding.end.line <= _lines(unit)[1]


def _of_piece(item: Anchored) -> bool:
    """Whether its place counts lines from the first of the unit, not from that of the file."""
    return item.anchor.line != item.finding.start.line


def _moved(finding: Finding, old: str, new: str) -> Finding:
    """A finding of a file that has another path now, in all its parts."""
    if old == new:
        return finding
    fix = finding.fix
    if fix is not None:
        fix = replace(
            fix, edits=tuple(replace(one, path=new if one.path == old else one.path) for one in fix.edits)
        )
    evidence = tuple(replace(one, path=new if one.path == old else one.path) for one in finding.evidence)
    return replace(finding, path=new if finding.path == old else finding.path, evidence=evidence, fix=fix)


def _evidence(quotes: Sequence[Evidence], unit: Unit, read: Read) -> tuple[Evidence, ...]:
    """Quotes that still stand somewhere, at the lines where they do."""
    kept = []
    for one in quotes:
        document = unit.document if one.path == unit.path else read(one.path)
        place = locate(document, one.quote, one.line) if document is not None else "absent"
        if document is not None and not isinstance(place, str):
            kept.append(replace(one, line=document.position(place.span.start).line + 1))
    return tuple(kept)
