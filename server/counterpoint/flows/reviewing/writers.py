"""Which model wrote what is reviewed: it is read by another one where that can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from counterpoint.errors import ConfigError
from counterpoint.flows.reviewing.run import Run
from counterpoint.reviewing.machine.span import MachineSpan
from counterpoint.reviewing.machine.units import lines_of
from counterpoint.reviewing.unit import Unit


async def writers_of(run: Run, units: Sequence[Unit]) -> dict[int, str]:
    """Labels of the models that wrote most of units, by the unit's identity; people's are left out. What is
    remembered of machine-written text may be lost: then nobody is known."""
    if run.tools.written is None or not units:
        return {}
    documents = {id(unit.document): unit.document for unit in units}
    try:
        spans = await run.tools.written([*documents.values()])
    except ConfigError as error:
        run.failed("written", error, "")
        return {}
    found = ((id(unit), writer_in(unit, spans.get(unit.path, ()))) for unit in units)
    return {unit: writer for unit, writer in found if writer}


def writer_in(unit: Unit, spans: Iterable[MachineSpan]) -> str:
    """The model that wrote in most of the lines that are looked at, if models wrote in half of them at least:
    the changed lines of a unit, or all of it; "" where it is people's."""
    places = [(lines_of(unit.document, one.span), one.model) for one in spans]
    lines = {
        line
        for first, last in unit.hunks or unit.block.pieces
        for line in range(first, last + 1)
        if unit.document.line(line).strip()
    }
    wrote: dict[int, str] = {}
    for (first, last), model in places:
        wrote |= {line: model for line in range(first, last + 1) if line in lines}
    if not wrote or 2 * len(wrote) < len(lines):
        return ""
    return Counter(wrote.values()).most_common(1)[0][0]
