"""A review's reply: read as it streams, every quote located, findings made or dropped with a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from counterpoint.anchors import assign_ids
from counterpoint.answers import CATEGORIES, SEVERITIES, Dropped, Evidence, Finding, Findings, Fix, QuoteEdit
from counterpoint.context.enclosing import enclosing_symbol
from counterpoint.context.sound import parses_worse
from counterpoint.edits import QUOTES_SCHEMA, change_set, quote_edit
from counterpoint.errors import BadAnswer
from counterpoint.jsonscan import ArrayScan, rescued, scan, scan_from
from counterpoint.quoted import QUOTE_SCHEMA, Found, find, quotes_of
from counterpoint.scales import category_of, confidence_of, pass_of, plain, severity_of
from counterpoint.text import Document, Situation, Span

MOST = 200
"""Findings of one reply that are looked at: a model that tells more has begun to repeat itself."""
_OTHER_KEYS = ("issues", "problems", "defects", "bugs", "results", "comments", "review")
_NONE = re.compile(r'"findings"\s*:\s*(?:null|""|\{\s*\})', re.IGNORECASE)
FINDINGS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "line": {"type": "integer"},
                    "quote": {"type": "string"},
                    "severity": {"type": "string", "enum": list(SEVERITIES)},
                    "confidence": {"type": "number"},
                    "category": {"type": "string", "enum": list(CATEGORIES)},
                    "title": {"type": "string"},
                    "body": {"type": "string"},
                    "evidence": {"type": "array", "items": QUOTE_SCHEMA},
                    "fix": {
                        "anyOf": [
                            {
                                "type": "object",
                                "properties": {
                                    "title": {"type": "string"},
                                    "edits": QUOTES_SCHEMA,
                                },
                                "required": ["title", "edits"],
                                "additionalProperties": False,
                            },
                            {"type": "null"},
                        ]
                    },
                },
                "required": [
                    "path", "line", "quote", "severity", "confidence", "category", "title", "body",
                    "evidence", "fix",
                ],
                "additionalProperties": False,
            },
        }
    },
    "required": ["findings"],
    "additionalProperties": False,
}  # fmt: skip


def read_findings(raw: str, situation: Situation, *, model: str = "") -> Findings:
    """All findings of a finished or broken-off reply. Raises BadAnswer if it holds no list of findings.

    Dropped, besides what `finding` says: `malformed` items, `cut-off` for what is missing at the end,
    `duplicate` and `too-many` findings, `evidence-...` for a quote that is taken out of a finding, and
    `fix-...` for a fix that is.
    """
    objects, state = _listed(raw)
    dropped: list[Dropped] = []
    if not state.ended:
        more = rescued(raw, state.at + 1, "path", ("title", "quote"))
        objects += more
        why = ("malformed", "a finding was no JSON object") if more else ("cut-off", _CUT)
        dropped.append(Dropped(*why))
    dropped += [Dropped("malformed", "a finding was no JSON object")] * state.broken
    made: list[Finding] = []
    for item in objects[:MOST]:
        result = finding(item, situation, model=model, aside=dropped)
        if isinstance(result, Dropped):
            dropped.append(result)
        else:
            made.append(result)
    dropped += [Dropped("too-many", f"more than {MOST} findings")] * max(0, len(objects) - MOST)
    kept, twice = _distinct(made)
    dropped += [Dropped("duplicate", f"{item.path}: {item.title}") for item in twice]
    return Findings(with_ids(tuple(kept), situation), tuple(dropped))


_CUT = "the answer ended amid the list of findings"


def _listed(raw: str) -> tuple[list[dict[str, Any]], ArrayScan]:
    """The list of findings, also under another name, under none, or of one finding that is no list."""
    text = raw.strip()
    if text.startswith('"'):
        text = _inner(text)
    objects, state = scan(text, "findings")
    for key in _OTHER_KEYS:
        if state.begun:
            break
        objects, state = _if_findings(scan(text, key))
    if not state.begun and (found := re.search(r"\[(?=\s*\{)", text)):
        objects, state = _if_findings(scan_from(text, found.end()))
    if not state.begun and (found := re.search(r'\{\s*"path"', text)):
        objects = rescued(text, found.start(), "path", ("title", "quote"))
        state = ArrayScan("", begun=bool(objects), ended=True)
    if not state.begun and (text == "[]" or _NONE.search(text)):
        state = ArrayScan("", begun=True, ended=True)
    if not state.begun:
        raise BadAnswer("The model's answer holds no list of findings.", fix="Run the review again.")
    return objects, state


def _inner(text: str) -> str:
    """The JSON that was written as a text of JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def _if_findings(found: tuple[list[dict[str, Any]], ArrayScan]) -> tuple[list[dict[str, Any]], ArrayScan]:
    objects, _ = found
    if any("quote" in item and "title" in item for item in objects):
        return found
    return [], ArrayScan("")


def finding(
    item: Mapping[str, Any], situation: Situation, *, model: str = "", aside: list[Dropped] | None = None
) -> Finding | Dropped:
    """One finding without its id, or why it is dropped: `malformed`, `outside`, `absent`, `ambiguous`,
    `out-of-scope`. `aside` takes what a finding that is kept has lost."""
    path, body = item.get("path"), plain(item.get("body"), 4_000)
    title = _title(item.get("title"), body)
    if not isinstance(path, str) or not isinstance(item.get("quote"), (str, list)) or not title:
        return Dropped("malformed", plain(title or item.get("quote"), 80) or "a finding without its fields")
    place = find(situation, path, item["quote"], item.get("line"))
    where = f"{plain(path, 200)}: {title}"
    if isinstance(place, str):
        return Dropped(place, where)
    lost: list[Dropped] = []
    evidence = quotes_of(item.get("evidence"), situation, lost)
    if not _in_scope(place, evidence, situation):
        return Dropped("out-of-scope", where)
    document, category = place.document, category_of(item.get("category"))
    made = Finding(
        id="",
        path=document.path,
        start=document.position(place.span.start),
        end=document.position(place.span.end),
        severity=severity_of(item.get("severity")),
        confidence=confidence_of(item.get("confidence")),
        category=category,
        lens=pass_of(category, situation.passes),
        title=title,
        body=body,
        status="unverified",
        model=model,
        evidence=evidence,
        fix=_fix(item.get("fix"), situation, lost),
        symbol=enclosing_symbol(document, document.position(place.span.start).line),
    )
    if aside is not None:
        aside += [replace(one, detail=where) for one in lost]
    return made


def with_ids(found: tuple[Finding, ...], situation: Situation) -> tuple[Finding, ...]:
    """Give each finding its id; equals are told apart by their order in the document. One that says again
    what another says of the same place is left out."""
    kept, _ = _distinct(found)
    ordered = sorted(kept, key=lambda item: (item.path, item.start))
    made: dict[int, str] = {}
    for path in dict.fromkeys(item.path for item in ordered):
        mine = [item for item in ordered if item.path == path]
        document = situation.document if path == situation.document.path else situation.files.read(path)
        anchors = [_anchor(item, document) for item in mine]
        made.update(zip(map(id, mine), assign_ids(anchors), strict=True))
    return tuple(replace(item, id=made[id(item)]) for item in kept)


def _distinct(found: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings, and those that repeat an earlier one: the same words about places that overlap, or much
    the same words about the same place in the same category."""
    kept: list[Finding] = []
    twice: list[Finding] = []
    for item in found:
        (twice if any(_repeats(item, other) for other in kept) else kept).append(item)
    return kept, twice


def _repeats(item: Finding, other: Finding) -> bool:
    if item.path != other.path or item.start > other.end or other.start > item.end:
        return False
    mine, theirs = _words(item.title), _words(other.title)
    if mine == theirs:
        return True
    same = (item.start, item.end, item.category) == (other.start, other.end, other.category)
    return same and 2 * len(mine & theirs) > len(mine | theirs)


def _words(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", title.lower()))


def _anchor(item: Finding, document: Document | None) -> tuple[str, str, str]:
    kind = f"{item.lens}/{item.category}"
    if document is None:
        return kind, "", item.title
    span = Span(document.offset(item.start), document.offset(item.end))
    return kind, enclosing_symbol(document, item.start.line), document.text[span.start : span.end]


def _title(value: object, body: str) -> str:
    """In one line, without the severity some put in front; the body's first sentence where there is none."""
    text = " ".join(plain(value, 1_000).split()) or re.split(r"(?<=[.!?])\s", body, maxsplit=1)[0]
    return plain(re.sub(r"^\s*[\[(]?P[0-4][\])]?[:\s-]+", "", text), 200)


def _in_scope(place: Found, evidence: Sequence[Evidence], situation: Situation) -> bool:
    """A finding lies in what was asked about, or in another file, or is shown by what was asked about."""
    document = situation.document
    if place.document is not document:
        return True
    scopes = situation.ranges or (situation.span,)
    if any(place.span.start <= scope.end and scope.start <= place.span.end for scope in scopes):
        return True
    rows = [document.span_of_lines(e.line - 1, e.line - 1) for e in evidence if e.path == document.path]
    return any(row.start < scope.end and scope.start < row.end for row in rows for scope in scopes)


def _fix(value: object, situation: Situation, lost: list[Dropped]) -> Fix | None:
    """A fix stays quotes until it is asked for. One of which any edit is malformed, stands nowhere, or
    leaves its file parsing worse than it did, is none."""
    edits = value.get("edits") if isinstance(value, dict) else value
    items = edits if isinstance(edits, list) else [edits] if isinstance(edits, dict) else []
    if not items:
        if isinstance(value, str) and value.strip():
            lost.append(Dropped("fix-malformed"))
        return None
    read = [quote_edit(item) if isinstance(item, dict) else None for item in items]
    quotes: list[QuoteEdit] = [edit for edit in read if edit is not None]
    why = "malformed" if len(quotes) < len(read) else _unfit(quotes, situation)
    if why:
        lost.append(Dropped(f"fix-{why}"))
        return None
    title = plain(value.get("title"), 200) if isinstance(value, dict) else ""
    return Fix(" ".join(title.split()) or "Apply the fix", tuple(quotes))


def _unfit(quotes: Sequence[QuoteEdit], situation: Situation) -> str:
    """Why edits cannot be applied as a whole; "" if they can."""
    made = change_set(quotes, situation.document, situation.files)
    if made.dropped:
        return made.dropped[0].reason
    for change in made.files:
        own = change.path == situation.document.path
        document = situation.document if own else situation.files.read(change.path)
        if document is not None and parses_worse(document, change.edits):
            return "parses-worse"
    return ""
