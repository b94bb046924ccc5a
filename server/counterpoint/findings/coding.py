"""Findings with their anchors as JSON and back. What a newer or older version wrote differently is left out,
never guessed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from counterpoint.anchors import Anchor, Anchored
from counterpoint.answers import SEVERITIES, Dropped, Evidence, Finding, Fix, QuoteEdit, Status
from counterpoint.text import Position


def encoded(items: Iterable[Anchored]) -> str:
    """One JSON text; the print of a file is written once, however many findings share it."""
    prints: dict[bytes, int] = {}
    rows = []
    for item in items:
        anchor = asdict(item.anchor)
        anchor["print"] = prints.setdefault(item.anchor.print, len(prints))
        rows.append({"finding": asdict(item.finding), "anchor": anchor})
    held = [base64.b64encode(one).decode("ascii") for one in prints]
    return json.dumps({"prints": held, "items": rows}, separators=(",", ":"))


def decoded(text: str) -> tuple[Anchored, ...]:
    """The findings of such a text; those that cannot be read are left out."""
    try:
        data = json.loads(text)
        prints = [base64.b64decode(one) for one in data["prints"]]
        items = [_item(row, prints) for row in data["items"]]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(item for item in items if item is not None)


def _item(row: Mapping[str, Any], prints: Sequence[bytes]) -> Anchored | None:
    try:
        return Anchored(_finding(row["finding"]), _anchor(row["anchor"], prints))
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _finding(row: Mapping[str, Any]) -> Finding:
    if row["severity"] not in SEVERITIES or row["status"] not in get_args(Status):
        raise ValueError("no severity or status of ours")
    known = {name: row[name] for name in Finding.__dataclass_fields__ if name in row}
    fix = row.get("fix")
    return Finding(
        **{
            **known,
            "start": Position(*row["start"]) if isinstance(row["start"], list) else Position(**row["start"]),
            "end": Position(*row["end"]) if isinstance(row["end"], list) else Position(**row["end"]),
            "evidence": tuple(Evidence(**one) for one in row.get("evidence", ())),
            "fix": _fix(fix) if fix else None,
        }
    )


def _fix(row: Mapping[str, Any]) -> Fix:
    edits = tuple(QuoteEdit(**one) for one in row["edits"])
    return Fix(row["title"], edits, tuple(row.get("proof", ())))


def _anchor(row: Mapping[str, Any], prints: Sequence[bytes]) -> Anchor:
    known = {name: row[name] for name in Anchor.__dataclass_fields__ if name in row}
    for name in ("tokens", "before", "after"):
        known[name] = tuple(row.get(name, ()))
    return Anchor(**{**known, "print": prints[row["print"]]})


def dropped_text(items: Iterable[Dropped]) -> str:
    """What was dropped, as JSON."""
    return json.dumps([[item.reason, item.detail] for item in items])


def dropped_of(text: str) -> tuple[Dropped, ...]:
    """What was dropped, from JSON."""
    return tuple(Dropped(*row) for row in json.loads(text))
