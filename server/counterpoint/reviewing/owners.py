"""To which of the units that were asked about together a finding belongs. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoint.answers import Finding
from counterpoint.reviewing.unit import Unit


def owner_of(finding: Finding, units: Sequence[Unit]) -> Unit:
    """The unit whose verdict a finding is part of.

    In the reviewed file the one it lies in. In another file: the one its evidence lies in, else the one that
    refers to what it lies in, else the first.
    """
    if finding.path == units[0].path:
        return _at(units, finding.start.line, finding.end.line) or _nearest(units, finding.start.line)
    for quote in finding.evidence:
        if quote.path == units[0].path and (found := _at(units, quote.line - 1, quote.line - 1)):
            return found
    names = set(finding.symbol.split(".")) - {""}
    calling = (unit for unit in units if any(names & set(name.split(".")) for name in unit.block.calls))
    return next(calling, units[0])


def _at(units: Sequence[Unit], first: int, last: int) -> Unit | None:
    return next((unit for unit in units if unit.block.meets(first, last)), None)


def _nearest(units: Sequence[Unit], line: int) -> Unit:
    def distance(unit: Unit) -> int:
        return min(max(first - line, line - last, 0) for first, last in unit.block.pieces)

    return min(units, key=distance)
