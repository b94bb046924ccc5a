"""One neutral schema becomes what each vendor takes; the answer it allows stays the same."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import jsonschema
import pytest

from counterpoint.providers.schemas import for_anthropic, for_openai

FINDING: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Findings",
    "type": "object",
    "required": ["findings"],
    "properties": {
        "findings": {
            "type": "array",
            "maxItems": 50,
            "minItems": 2,
            "items": {
                "type": "object",
                "required": ["title", "confidence"],
                "properties": {
                    "title": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^(?!x)"},
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                    "line": {"type": "integer", "minimum": 1, "default": 1},
                    "severity": {"type": "string", "enum": ["P0", "P1"]},
                    "fix": {"$ref": "#/$defs/fix"},
                    "kind": {"oneOf": [{"type": "string"}, {"const": 3}]},
                    "note": {"type": ["string", "integer"]},
                    "maybe": {"type": ["string", "null"]},
                    "mark": {"const": "x"},
                },
            },
        }
    },
    "$defs": {"fix": {"type": "object", "properties": {"new": {"type": "string"}}, "minProperties": 1}},
}
SMALL = {"title": "t", "confidence": 0.5}


def openai_item() -> dict[str, Any]:
    found: dict[str, Any] = for_openai(FINDING)["properties"]["findings"]["items"]
    return found


def anthropic_item() -> dict[str, Any]:
    found: dict[str, Any] = for_anthropic(FINDING)["properties"]["findings"]["items"]
    return found


def test_openai_requires_all_and_closes_all() -> None:
    item = openai_item()
    assert item["required"] == list(item["properties"])
    assert item["additionalProperties"] is False
    fix = for_openai(FINDING)["$defs"]["fix"]
    assert fix["required"] == ["new"]
    assert fix["additionalProperties"] is False
    assert "minProperties" not in fix


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("title", {"type": "string", "pattern": "^(?!x)"}),
        ("confidence", {"type": "number", "minimum": 0, "maximum": 1}),
        ("line", {"type": ["integer", "null"], "minimum": 1}),
        ("severity", {"type": ["string", "null"], "enum": ["P0", "P1", None]}),
        ("fix", {"anyOf": [{"$ref": "#/$defs/fix"}, {"type": "null"}]}),
        ("kind", {"anyOf": [{"type": "string"}, {"const": 3}, {"type": "null"}]}),
        ("note", {"type": ["string", "integer", "null"]}),
        ("maybe", {"type": ["string", "null"]}),
        ("mark", {"anyOf": [{"const": "x"}, {"type": "null"}]}),
    ],
)
def test_openai_makes_the_optional_nullable(name: str, expected: dict[str, Any]) -> None:
    assert openai_item()["properties"][name] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("title", {"type": "string"}),
        ("confidence", {"type": "number"}),
        ("line", {"type": "integer"}),
        ("severity", {"type": "string", "enum": ["P0", "P1"]}),
        ("fix", {"$ref": "#/$defs/fix"}),
        ("kind", {"anyOf": [{"type": "string"}, {"const": 3}]}),
    ],
)
def test_anthropic_drops_limits_and_keeps_optional(name: str, expected: dict[str, Any]) -> None:
    item = anthropic_item()
    assert item["properties"][name] == expected
    assert item["required"] == ["title", "confidence"]
    assert item["additionalProperties"] is False


def test_anthropic_counts_only_none_or_one() -> None:
    assert for_anthropic(FINDING)["properties"]["findings"]["minItems"] == 1
    assert "maxItems" not in for_anthropic(FINDING)["properties"]["findings"]


def test_the_neutral_schema_is_left_alone() -> None:
    before = deepcopy(FINDING)
    for_openai(FINDING)
    for_anthropic(FINDING)
    assert before == FINDING


def test_what_the_neutral_form_allows_each_vendor_allows() -> None:
    answer = {"findings": [SMALL, {**SMALL, "line": 3, "severity": "P0", "kind": "x"}]}
    jsonschema.validate(answer, FINDING)
    jsonschema.validate(answer, for_anthropic(FINDING))
    names = openai_item()["properties"]
    filled = {"findings": [{name: found.get(name) for name in names} for found in answer["findings"]]}
    jsonschema.validate(filled, for_openai(FINDING))


def test_words_that_are_property_names_are_no_keywords() -> None:
    tricky = {
        "type": "object",
        "properties": {"pattern": {"type": "string"}, "title": {"type": "string"}, "not": {"type": "string"}},
        "required": ["pattern", "title", "not"],
    }
    assert list(for_openai(tricky)["properties"]) == ["pattern", "title", "not"]
    assert list(for_anthropic(tricky)["properties"]) == ["pattern", "title", "not"]
