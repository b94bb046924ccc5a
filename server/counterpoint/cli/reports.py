"""Reviews as SARIF 2.1.0. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from counterpoint import __version__
from counterpoint.anchors import kind_of

if TYPE_CHECKING:
    from counterpoint.answers import Evidence, Finding
    from counterpoint.cli.silence import Silenced
    from counterpoint.flows.review import Review

LEVELS = {"P0": "error", "P1": "error", "P2": "warning", "P3": "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "%SRCROOT%"
_SECURITY = frozenset({"injection", "authorization", "crypto", "secrets"})
_WEIGHT = {"P0": "9.0", "P1": "7.0", "P2": "5.0", "P3": "2.0"}
"""Where code scanning asks for a figure of 0 to 10 for what is a matter of security."""


def sarif(found: Review, silenced: Sequence[Silenced] = (), limits: str = "") -> dict[str, Any]:
    """A SARIF log with one run; ids of findings are its fingerprints.

    `silenced` are findings that somebody has set aside: they are listed as suppressed, with the reason.
    `limits` says why less was done than could have been.
    Nothing in it depends on the machine or the hour, so that the same review gives the same file.
    """
    every = [(item, None) for item in found.findings] + [(one.finding, one) for one in silenced]
    rules = _rules(item for item, _ in every)
    numbers = {rule["id"]: at for at, rule in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "counterpoint", "version": __version__, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_HOME: {"description": {"text": "The root of the workspace."}}},
                "invocations": [_invocation(found, limits)],
                "results": [_result(item, numbers[kind_of(item)], why) for item, why in every],
            }
        ],
    }


def _rules(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    first: dict[str, Finding] = {}
    for item in findings:
        first.setdefault(kind_of(item), item)
    return [_rule(name, first[name]) for name in sorted(first)]


def _rule(name: str, item: Finding) -> dict[str, Any]:
    said = f"Static rule {item.rule}" if item.rule else f"{item.category}, found by the pass {item.lens}"
    tags = [item.category, *(["security"] if item.category in _SECURITY else [])]
    properties: dict[str, Any] = {"tags": tags}
    if item.category in _SECURITY:
        properties["security-severity"] = _WEIGHT[item.severity]
    return {"id": name, "shortDescription": {"text": f"{said}."}, "properties": properties}


def _invocation(found: Review, limits: str) -> dict[str, Any]:
    told: list[dict[str, Any]] = [
        {"level": "error", "message": {"text": error.message}} for error in found.errors
    ]
    told += [{"level": "note", "message": {"text": limits}}] if limits else []
    told += [
        {
            "level": "note",
            "message": {"text": f"Not reviewed: {reason}"},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
        }
        for path, reason in found.skipped
    ]
    return {"executionSuccessful": found.complete, "toolExecutionNotifications": told}


def _result(item: Finding, rule: int, why: Silenced | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": kind_of(item),
        "ruleIndex": rule,
        "level": LEVELS[item.severity],
        "rank": round(item.confidence * 100, 1),
        "message": {"text": f"{item.title}\n\n{item.body}".strip()},
        "partialFingerprints": {"counterpoint/v1": item.id},
        "locations": [{"physicalLocation": _place(item)}],
        # Either all results of a run have this or none: an empty list says that one is not suppressed.
        "suppressions": [] if why is None else [_suppression(why)],
        "properties": {
            "severity": item.severity,
            "confidence": item.confidence,
            "status": item.status,
            "model": item.model,
        },
    }
    if item.evidence:
        result["relatedLocations"] = [_related(at, one) for at, one in enumerate(item.evidence, 1)]
    return result


def _suppression(why: Silenced) -> dict[str, Any]:
    properties = {"for": why.whom, "author": why.author, "date": why.date, "expires": why.expires}
    return {
        "kind": "external",
        "status": "accepted",
        "justification": why.reason,
        "properties": {name: value for name, value in properties.items() if value},
    }


def _place(item: Finding) -> dict[str, Any]:
    region = {
        "startLine": item.start.line + 1,
        "startColumn": item.start.column + 1,
        "endLine": item.end.line + 1,
        "endColumn": item.end.column + 1,
    }
    return {"artifactLocation": _artifact(item.path), "region": region}


def _related(number: int, one: Evidence) -> dict[str, Any]:
    region = {"startLine": max(1, one.line), "snippet": {"text": one.quote}}
    return {
        "id": number,
        "message": {"text": "Evidence"},
        "physicalLocation": {"artifactLocation": _artifact(one.path), "region": region},
    }


def _artifact(path: str) -> dict[str, str]:
    """A path inside the workspace is relative to its root; one outside of it is a URI of its own."""
    whole = path.replace("\\", "/")
    if whole.startswith("/") or whole[1:3] == ":/":
        return {"uri": f"file://{quote(whole if whole.startswith('/') else f'/{whole}', safe='/:')}"}
    # A first segment with a colon would be read as a scheme.
    return {"uri": quote(path, safe="/", errors="surrogateescape"), "uriBaseId": _HOME}
