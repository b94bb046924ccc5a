"""A review's reply: read as it streams, every quote located, findings made or dropped with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from counterpoint.anchors import assign_ids
from counterpoint.answers import CATEGORIES, SEVERITIES, Dropped, Evidence, Finding, Findings, Fix, QuoteEdit
from counterpoint.context.enclosing import enclosing_symbol
from counterpoint.edits import EDITS_SCHEMA, quote_edit
from counterpoint.errors import BadAnswer
from counterpoint.jsonscan import scan
from counterpoint.locate import locate, without_gutter
from counterpoint.text import Document, Situation, Span

QUOTE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "line": {"type": "integer"},
        "quote": {"type": "string"},
    },
    "required": ["path", "line", "quote"],
    "additionalProperties": False,
}
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
                                    "edits": EDITS_SCHEMA["properties"]["edits"],
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
    """All findings of a finished or broken-off reply. Raises BadAnswer if it holds no list of findings."""
    objects, state = scan(raw, "findings")
    if not state.begun:
        raise BadAnswer("The model's answer holds no list of findings.", fix="Run the review again.")
    results = [finding(item, situation, model=model) for item in objects]
    dropped = [result for result in results if isinstance(result, Dropped)]
    dropped += [Dropped("malformed", "a finding was no JSON object")] * state.broken
    if not state.ended:
        dropped.append(Dropped("cut-off", "the answer ended amid the list of findings"))
    kept = with_ids(tuple(result for result in results if isinstance(result, Finding)), situation)
    unique = {item.id: item for item in reversed(kept)}
    return Findings(tuple(item for item in kept if unique.get(item.id) is item), tuple(dropped))


def finding(item: Mapping[str, Any], situation: Situation, *, model: str = "") -> Finding | Dropped:
    """One finding without its id, or why it is dropped: `malformed`, `outside`, `absent`, `ambiguous`,
    `out-of-scope`."""
    path, quote, title = item.get("path"), item.get("quote"), item.get("title")
    if not (isinstance(path, str) and isinstance(quote, str) and isinstance(title, str) and title.strip()):
        return Dropped("malformed", str(title or quote or "a finding without path, quote or title")[:80])
    document = _document(path, situation)
    if document is None:
        return Dropped("outside", f"{path}: {title}")
    line = item.get("line")
    near = line if isinstance(line, int) and not isinstance(line, bool) else None
    place = locate(document, quote, near)
    if isinstance(place, str):
        return Dropped(place, f"{path}: {title}")
    span = _trimmed(document, place.span)
    if document is situation.document and not _in_scope(span, situation):
        return Dropped("out-of-scope", f"{path}: {title}")
    return Finding(
        id="",
        path=document.path,
        start=document.position(span.start),
        end=document.position(span.end),
        severity=_severity(item.get("severity")),
        confidence=_confidence(item.get("confidence")),
        category=_category(item.get("category")),
        lens=situation.passes[0] if situation.passes else "correctness",
        title=title.strip()[:200],
        body=str(item.get("body") or "").strip(),
        status="unverified",
        model=model,
        evidence=quotes_of(item.get("evidence"), situation)[0],
        fix=_fix(item.get("fix")),
    )


def with_ids(found: tuple[Finding, ...], situation: Situation) -> tuple[Finding, ...]:
    """Give each finding its id; equals are told apart by their order in the document."""
    ordered = sorted(found, key=lambda item: (item.path, item.start))
    made: dict[int, str] = {}
    for path in dict.fromkeys(item.path for item in ordered):
        mine = [item for item in ordered if item.path == path]
        document = _document(path, situation)
        anchors = [_anchor(item, document) for item in mine]
        made.update(zip(map(id, mine), assign_ids(anchors), strict=True))
    return tuple(replace(item, id=made[id(item)]) for item in found)


def _anchor(item: Finding, document: Document | None) -> tuple[str, str, str]:
    kind = f"{item.lens}/{item.category}"
    if document is None:
        return kind, "", item.title
    span = Span(document.offset(item.start), document.offset(item.end))
    return kind, enclosing_symbol(document, item.start.line), document.text[span.start : span.end]


def _document(path: str, situation: Situation) -> Document | None:
    name = path.strip().replace("\\", "/").removeprefix("./")
    return situation.document if name == situation.document.path else situation.files.read(name)


def _trimmed(document: Document, span: Span) -> Span:
    """Without the white space round it, so that a squiggle begins and ends on code."""
    text = document.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    return Span(start, max(start, span.start + len(text.rstrip())))


def _in_scope(span: Span, situation: Situation) -> bool:
    scopes = situation.ranges or (situation.span,)
    return any(span.start <= scope.end and scope.start <= span.end for scope in scopes)


def _severity(value: object) -> Any:
    name = str(value).upper()
    return name if name in SEVERITIES else "P2"


def _confidence(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.5
    return min(1.0, max(0.0, float(value)))


def _category(value: object) -> str:
    name = str(value).lower()
    return name if name in CATEGORIES else "other"


def quotes_of(value: object, situation: Situation) -> tuple[tuple[Evidence, ...], list[Dropped]]:
    """Quotes that really stand where they are said to, each once; the others as dropped, `absent`."""
    kept: dict[tuple[str, int, str], Evidence] = {}
    dropped = []
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("quote"), str):
            continue
        path, line = str(item.get("path", "")), item.get("line")
        document = _document(path, situation)
        place = (
            locate(document, item["quote"], line if isinstance(line, int) else None) if document else "absent"
        )
        if document is None or isinstance(place, str):
            dropped.append(Dropped("absent", f"{path}: evidence"))
            continue
        number = document.position(place.span.start).line + 1
        one = Evidence(document.path, number, without_gutter(item["quote"]).strip())
        kept[one.path, one.line, one.quote] = one
    return tuple(kept.values()), dropped


def _fix(value: object) -> Fix | None:
    """A fix stays quotes until it is asked for; one with a malformed edit is none."""
    if not isinstance(value, dict) or not isinstance(value.get("edits"), list) or not value["edits"]:
        return None
    edits = [quote_edit(item) if isinstance(item, dict) else None for item in value["edits"]]
    whole: list[QuoteEdit] = [edit for edit in edits if edit is not None]
    return Fix(str(value.get("title") or "Apply the fix"), tuple(whole)) if len(whole) == len(edits) else None
