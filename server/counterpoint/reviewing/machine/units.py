"""Machine-written spans as pieces to review, and as what a menu offers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from counterpoint.context.blocks import Outline
from counterpoint.reviewing.machine.marks import digest
from counterpoint.reviewing.machine.span import MachineSpan, Offered, Run
from counterpoint.reviewing.unit import WRITTEN, Unit
from counterpoint.reviewing.units import touching
from counterpoint.text import Document, Span

_APART = 3
"""Pieces so many lines apart, or further, are two places."""


def spans_of(
    document: Document, runs: Iterable[Run], reviewed: Collection[str], key: bytes
) -> tuple[MachineSpan, ...]:
    """The runs of a document as spans; those whose digest is among the `reviewed` say so."""
    text = document.text
    return tuple(
        MachineSpan(
            Span(run.start, run.end),
            run.origin.job,
            run.origin.model,
            run.origin.task,
            run.origin.at,
            bool(reviewed) and digest(text[run.start : run.end], key) in reviewed,
        )
        for run in runs
    )


def lines_of(document: Document, span: Span) -> tuple[int, int]:
    """The lines a span has characters of, 0-based and inclusive, empty ones at its ends left out."""
    text = document.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    end = max(start + 1, span.start + len(text.rstrip()))
    return document.position(start).line, document.position(end - 1).line


def hunks_of(document: Document, spans: Iterable[MachineSpan]) -> tuple[tuple[int, int], ...]:
    """The lines of spans, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(lines_of(document, one.span) for one in spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def why_of(spans: Iterable[MachineSpan]) -> str:
    """The reason a unit is reviewed: `written by GPT-5.5`."""
    models = tuple(dict.fromkeys(one.model for one in spans))
    return WRITTEN + (" and ".join(models) or "a model")


def written_units(
    document: Document, outline: Outline | None, spans: Sequence[MachineSpan], *, again: bool = False
) -> tuple[Unit, ...]:
    """The blocks that machine-written text lies in, each with its machine-written lines. What has been
    reviewed as it is now is left out, unless it is wanted `again`."""
    wanted = [one for one in spans if again or not one.reviewed]
    if not wanted:
        return ()
    units = touching(document, outline, hunks_of(document, wanted), why_of(wanted))
    return tuple(_told(document, unit, wanted) for unit in units if unit.hunks)


def _told(document: Document, unit: Unit, spans: Sequence[MachineSpan]) -> Unit:
    """The unit with the names of those who wrote in it, and of nobody else."""
    mine = [one for one in spans if unit.block.meets(*lines_of(document, one.span))]
    return replace(unit, why=why_of(mine))


def digests_in(unit: Unit, spans: Iterable[MachineSpan], key: bytes) -> tuple[str, ...]:
    """Digests of the machine-written text of a unit, to note that it has been reviewed."""
    document = unit.document
    mine = [one.span for one in spans if unit.block.meets(*lines_of(document, one.span))]
    return tuple(digest(document.text[span.start : span.end], key) for span in mine)


def offered(found: Iterable[tuple[Document, Sequence[MachineSpan]]]) -> Offered | None:
    """What is there to be reviewed of what models wrote; None if it is nothing."""
    models: dict[str, None] = {}
    paths, places, characters = [], 0, 0
    for document, spans in found:
        wanted = [one for one in spans if not one.reviewed]
        if not wanted:
            continue
        paths.append(document.path)
        models |= dict.fromkeys(one.model for one in wanted)
        characters += sum(one.span.end - one.span.start for one in wanted)
        last = -_APART
        for first, end in hunks_of(document, wanted):
            places += first - last >= _APART
            last = max(last, end)
    return Offered(tuple(models), places, characters, tuple(paths)) if places else None
