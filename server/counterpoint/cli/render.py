"""Findings, diffs and costs as lines for a person. Values in, lines out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterpoint.cli.terminal import Line, line
from counterpoint.text import Document

if TYPE_CHECKING:
    from counterpoint.answers import Finding
    from counterpoint.calls import Call
    from counterpoint.flows.review import Review, Told

COLOURS = {"P0": "bold white on red", "P1": "bold red", "P2": "yellow", "P3": "cyan"}
MOST_LINES = 6
_WIDTH = 110

Find = Callable[[str], Document | None]


def frame(item: Finding, document: Document | None, where: str) -> list[Line]:
    """A finding as a code frame: what, where, the lines with a mark under the place, and why."""
    colour = COLOURS[item.severity]
    said = item.rule or f"{item.lens}/{item.category}"
    rows = [
        line((f" {item.severity} ", colour), " ", (item.title, "bold")),
        line(
            "  ",
            (f"{where}:{item.start.line + 1}:{item.start.column + 1}", "blue"),
            (f"  {said}, {_standing(item)}, id {item.id}", "dim"),
        ),
    ]
    if document is not None:
        rows += _code(item, document, colour)
    rows += [line("    ", (row, "")) for row in _wrapped(item.body)]
    if item.said:
        rows += [
            line("    ", (row, "dim")) for row in _wrapped(f"{item.verifier or 'Second look'}: {item.said}")
        ]
    if item.fix:
        proven = f" ({', '.join(item.fix.proof)})" if item.fix.proof else ""
        rows.append(line("    ", (f"Fix: {item.fix.title}{proven}", "green")))
    return [*rows, line()]


def _standing(item: Finding) -> str:
    if item.status == "static":
        return "static rule"
    return f"{item.model}, {item.status}, confidence {item.confidence:.0%}" if item.model else item.status


def _code(item: Finding, document: Document, colour: str) -> Iterator[Line]:
    first, last = item.start.line, max(item.start.line, item.end.line)
    if item.end.column == 0 and last > first:
        last -= 1
    shown = range(first, min(last, first + MOST_LINES - 1) + 1)
    width = len(str(shown[-1] + 1))
    for number in shown:
        text = document.line(number)
        start = item.start.column if number == first else len(text) - len(text.lstrip())
        end = item.end.column if number == item.end.line else len(text)
        yield line((f"  {number + 1:>{width}} | ", "dim"), _clipped(text))
        mark = "".join("\t" if c == "\t" else " " for c in text[:start][:_WIDTH])
        marks = "^" * max(1, min(end, _WIDTH) - len(mark))
        yield line((f"  {'':>{width}} | ", "dim"), mark, (marks, colour))
    if last >= shown.stop:
        yield line((f"  {'':>{width}} | ... {last - shown.stop + 1} more lines", "dim"))


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


def _wrapped(text: str) -> list[str]:
    """Paragraphs filled anew; lists and code keep their lines."""
    import textwrap

    rows: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        kept = any(
            row[:1] in ("-", "*", " ", "\t", "`") or row[:1].isdigit() for row in paragraph.split("\n")
        )
        for part in paragraph.split("\n") if kept else [" ".join(paragraph.split())]:
            rows += textwrap.wrap(part, 96, drop_whitespace=True, break_long_words=False) or [""]
        rows.append("")
    return rows[:-1]


def review(found: Review, read: Find, where: Callable[[str], str], sums: Sequence[str] = ()) -> list[Line]:
    """The whole review: frames, what was left out, and a last line that sums up, with `sums` at its end."""
    rows: list[Line] = []
    for item in found.findings:
        rows += frame(item, read(item.path), where(item.path))
    for path, reason in found.skipped:
        rows.append(line((f"skipped {where(path)}: {reason}", "dim")))
    for drop in found.dropped:
        rows.append(line((f"dropped ({drop.reason}): {drop.detail}", "dim")))
    for error in found.errors:
        rows.append(line((f"failed: {error.message} {error.fix}".rstrip(), "red")))
    return [*rows, _summary(found.findings, sums, whole=not found.errors)]


def _summary(findings: Sequence[Finding], sums: Sequence[str], *, whole: bool) -> Line:
    last = f" ({', '.join(sums)})" if sums else ""
    if not findings and not whole:
        return line(("No findings, but not everything was reviewed.", "yellow"), last)
    if not findings:
        return line(("No findings.", "green"), last)
    counts = [(name, sum(item.severity == name for item in findings)) for name in COLOURS]
    named = ", ".join(f"{count} {name}" for name, count in counts if count)
    noun = "finding" if len(findings) == 1 else "findings"
    return line((f"{len(findings)} {noun}", "bold"), f": {named}{last}")


def diff(text: str) -> list[Line]:
    """A unified diff, coloured."""
    styles = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
    rows = []
    for row in text.split("\n")[:-1]:
        bold = row.startswith(("+++ ", "--- "))
        rows.append(line((row.rstrip("\r"), "bold" if bold else styles.get(row[:1], ""))))
    return rows


def usd(amount: float) -> str:
    """Money, with as many digits as a small sum needs."""
    if amount == 0:
        return "$0"
    if amount >= 1:
        return f"${amount:.2f}"
    whole = f"{amount:.4f}"
    return f"${whole[:-2]}{whole[-2:].rstrip('0')}" if float(whole) else "$0"


def usd_range(low: float, high: float) -> str:
    """Such as `$0.05-0.20`."""
    return f"${low:.2f}-{high:.2f}" if high >= 0.01 else f"under ${0.01}"


def estimate(begins: str, whole: Mapping[str, Any], usual: Mapping[str, float], without: str = "") -> str:
    """The JSON of an estimate as a sentence. `usual` is the range to expect, `without` names what may follow
    and is in it."""
    cost, seconds = whole["cost_usd"], whole["seconds"]
    alone = whole["expected_usd"]["alone"]
    less = f"; {usd_range(alone['low'], alone['high'])} without {without}" if without else ""
    return (
        f"{begins}: about {whole['input_tokens']:,} tokens, {usd_range(usual['low'], usual['high'])}"
        f" (at most ${cost['high']:.2f}{less}),"
        f" {duration(seconds['low'])} to {duration(seconds['high'])}. Nothing was sent."
    )


def duration(seconds: float) -> str:
    """A time for reading."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def costs(calls: Iterable[Call]) -> list[Line]:
    """What each call took: told after every verb that called a model."""
    rows = []
    for call in calls:
        cached = f" ({call.usage.cached_tokens:,} cached)" if call.usage.cached_tokens else ""
        price = "free, on this machine" if call.provider == "embedded" else usd(call.cost_usd)
        about = "about " if call.usage.estimated else ""
        told = f"{about}{call.usage.input_tokens:,} tokens in{cached}, {call.usage.output_tokens:,} out"
        if call.error:
            # Figures that no vendor told are the most it may bill: "up to" says that they are no bill.
            price = f"up to {price}" if call.usage.estimated and call.cost_usd else price
            told = f"failed ({call.error})" + (f", {told}" if call.usage.input_tokens else "")
        rows.append(line((f"{call.model}: {told}, {price}, {duration(call.seconds)}", "dim")))
    return rows


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> list[Line]:
    """Aligned columns; `right` are the numbers of those with figures."""
    body = [tuple(row) for row in rows]
    widths = [max(len(row[at]) for row in (tuple(head), *body)) for at in range(len(head))]

    def fit(row: Sequence[str], style: str) -> Line:
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return line(("  ".join(cells).rstrip(), style))

    return [fit(head, "bold"), *(fit(row, "") for row in body)]


def parts(told: Iterable[Told]) -> list[str]:
    """What became of the parts of each file, and why: what is the same for several is said once."""
    same: dict[tuple[str, str, str, str], list[Told]] = {}
    for one in told:
        same.setdefault((one.path, one.how, one.why, one.detail), []).append(one)
    return [
        str(some[0]) if len(some) == 1 else f"{path}: {len(some)} parts {some[0].became}"
        for (path, *_), some in same.items()
    ]


def count(number: int, noun: str) -> str:
    """Such as `1 part` and `2 parts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
