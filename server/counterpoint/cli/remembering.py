"""What a review leaves behind for editors, the baseline and the ledger. Reads and writes files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from counterpoint.anchors import Anchored
from counterpoint.answers import Finding
from counterpoint.findings import Findings
from counterpoint.flows.review import Review, Told
from counterpoint.ledger import Look
from counterpoint.reviewing.anchoring import Gone, Stale, anchors_of, places
from counterpoint.text import Document

Read = Callable[[str], Document | None]


def keep(store: Findings, root: str, found: Review, passes: Iterable[str], read: Read) -> list[Look]:
    """Keep models' findings by file, in place of those that the review looked for in vain where it looked;
    returns the latter as resolved. Raises ConfigError."""
    lenses = frozenset(passes)
    mine = [item for item in found.findings if not item.rule]
    looked = {row.path for row in found.told if row.how in ("asked", "known")}
    resolved: list[Look] = []
    for path in dict.fromkeys((*(item.path for item in mine), *looked)):
        document = read(path)
        if document is None:
            continue
        here = [item for item in mine if item.path == path]
        ids = {item.id for item in here}
        rows = [row for row in found.told if row.path == path and row.how in ("asked", "known")]
        kept = [one for one in store.of_file(root, path) if one.finding.lens in lenses]
        gone = [one for one in _within(kept, document, rows) if one.id not in ids]
        if here or gone:
            store.add(root, path, anchors_of(here, document), without=[one.id for one in gone])
        resolved += [Look.of(one, "resolved", root) for one in gone]
    return resolved


def _within(kept: Sequence[Anchored], document: Document, rows: Sequence[Told]) -> Iterator[Finding]:
    """Kept findings whose place lies in what was looked at."""
    for one, where in zip(kept, places([item.anchor for item in kept], document), strict=True):
        if isinstance(where, Gone):
            continue
        span = where.span if isinstance(where, Stale) else where
        line = document.position(span.start).line + 1
        if any(row.first_line <= line <= row.last_line for row in rows):
            yield one.finding
