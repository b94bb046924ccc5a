"""Reviews in the formats of other tools: SARIF 2.1.0 and GitHub's workflow commands. Pure."""

from __future__ import annotations

from typing import Any

from counterpoint import __version__
from counterpoint.answers import Finding
from counterpoint.flows.review import Review

LEVELS = {"P0": "error", "P1": "error", "P2": "warning", "P3": "note"}
_GITHUB = {"P0": "error", "P1": "error", "P2": "warning", "P3": "notice"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(found: Review) -> dict[str, Any]:
    """A SARIF log with one run; ids of findings are its fingerprints."""
    rules = sorted({rule_of(item) for item in found.findings})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "counterpoint",
                        "version": __version__,
                        "rules": [{"id": rule} for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": found.complete,
                        "toolExecutionNotifications": [
                            {"level": "error", "message": {"text": error.message}} for error in found.errors
                        ],
                    }
                ],
                "results": [_result(item, rules.index(rule_of(item))) for item in found.findings],
            }
        ],
    }


def rule_of(item: Finding) -> str:
    """The rule a finding belongs to, as diagnostics name it."""
    return item.rule or f"{item.lens}/{item.category}"


def _result(item: Finding, rule: int) -> dict[str, Any]:
    return {
        "ruleId": rule_of(item),
        "ruleIndex": rule,
        "level": LEVELS[item.severity],
        "message": {"text": f"{item.title}\n\n{item.body}".strip()},
        "partialFingerprints": {"counterpoint/v1": item.id},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(item.path)},
                    "region": {
                        "startLine": item.start.line + 1,
                        "startColumn": item.start.column + 1,
                        "endLine": item.end.line + 1,
                        "endColumn": item.end.column + 1,
                    },
                }
            }
        ],
        "properties": {
            "severity": item.severity,
            "confidence": item.confidence,
            "status": item.status,
            "model": item.model,
        },
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def github(found: Review) -> str:
    """Workflow commands: one annotation a finding, one for what failed."""
    rows = [
        f"::{_GITHUB[item.severity]} file={_property(item.path)},line={item.start.line + 1},"
        f"col={item.start.column + 1},endLine={item.end.line + 1},endColumn={item.end.column + 1},"
        f"title={_property(f'{item.severity} {rule_of(item)}')}::{_data(f'{item.title}. {item.body}')}"
        for item in found.findings
    ]
    rows += [f"::warning title=Counterpoint::{_data(error.message)}" for error in found.errors]
    return "".join(f"{row}\n" for row in rows)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
