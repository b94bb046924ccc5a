"""The words and figures a model rates a finding with, brought to our scales in whatever form. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from unicodedata import category

from counterpoint.answers import CATEGORIES, SEVERITIES, Severity

_LEVEL = re.compile(r"\bP?([0-9])\b", re.IGNORECASE)
_FIGURE = re.compile(r"-?\d+(?:[.,]\d+)?")
_SEVERE: dict[str, Severity] = {
    "blocker": "P0", "critical": "P0", "fatal": "P0", "severe": "P0",
    "high": "P1", "major": "P1", "error": "P1", "important": "P1",
    "medium": "P2", "moderate": "P2", "warning": "P2", "normal": "P2",
    "low": "P3", "minor": "P3", "info": "P3", "information": "P3", "informational": "P3", "note": "P3",
    "nit": "P3", "hint": "P3", "trivial": "P3", "suggestion": "P3",
}  # fmt: skip
_SURE = {
    "certain": 1.0, "very high": 0.95, "high": 0.85, "likely": 0.75, "medium": 0.5, "moderate": 0.5,
    "unsure": 0.3, "low": 0.25, "unlikely": 0.2, "very low": 0.1,
}  # fmt: skip
_CATEGORY = {
    "bug": "logic", "correctness": "logic", "off-by-one": "logic", "null": "null-safety",
    "null-pointer": "null-safety", "nullability": "null-safety",
    "error": "error-handling", "errors": "error-handling", "exception": "error-handling",
    "exceptions": "error-handling", "exception-handling": "error-handling", "leak": "resource-leak",
    "resources": "resource-leak", "resource": "resource-leak", "memory-leak": "resource-leak",
    "race": "concurrency", "race-condition": "concurrency", "thread-safety": "concurrency",
    "deadlock": "concurrency", "asynchronous": "async", "sql-injection": "injection", "xss": "injection",
    "security": "validation", "auth": "authorization", "authentication": "authorization",
    "cryptography": "crypto", "secret": "secrets", "input-validation": "validation",
    "efficiency": "performance", "api": "api-contract", "contract": "api-contract", "type": "types",
    "typing": "types", "type-safety": "types", "test": "tests", "testing": "tests",
    "readability": "maintainability", "style": "maintainability", "design": "architecture",
    "documentation": "docs", "doc": "docs", "comment": "docs",
}  # fmt: skip
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
_HOME = {
    "injection": "security", "authorization": "security", "crypto": "security", "secrets": "security",
    "validation": "security", "concurrency": "concurrency", "async": "concurrency",
    "performance": "performance", "api-contract": "api", "tests": "tests", "architecture": "architecture",
    "docs": "prose",
}  # fmt: skip
"""The pass that a category is at home in; all others are matters of correctness."""


def severity_of(value: object) -> Severity:
    """P0 to P3; what is graver or lighter than the scale is at its end, what is on none is P2."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return SEVERITIES[int(min(3, max(0, value)))] if math.isfinite(value) else "P2"
    text = str(value).strip().lower()
    if found := _LEVEL.search(text):
        return SEVERITIES[min(3, int(found[1]))]
    return next((_SEVERE[word] for word in re.findall(r"[a-z]+", text) if word in _SEVERE), "P2")


def confidence_of(value: object) -> float:
    """Between 0 and 1. More than 1 is out of ten, more than 10 a percentage; what is no figure is a half."""
    if isinstance(value, str):
        text = value.strip().lower()
        if (word := text.replace("-", " ")) in _SURE:
            return _SURE[word]
        found = _FIGURE.search(text)
        percent = "%" in text or "/100" in text.replace(" ", "")
        value = float(found[0].replace(",", ".")) * (0.01 if percent else 1) if found else 0.5
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.5
    if isinstance(value, float) and not math.isfinite(value):
        return 0.5
    if value > 1:
        return min(1.0, value / 10 if value <= 10 else min(value, 100) / 100)
    return max(0.0, float(value))


def category_of(value: object) -> str:
    """One of our categories; `other` for what none of them means."""
    name = re.sub(r"[\s_/]+", "-", value.strip().lower()) if isinstance(value, str) else ""
    return name if name in CATEGORIES else _CATEGORY.get(name, "other")


def pass_of(category: str, passes: Sequence[str]) -> str:
    """Which of the passes of a review a finding of this category belongs to: the same one whatever other
    passes ran beside it, so that its id does not depend on them."""
    home = _HOME.get(category, "correctness")
    return home if home in passes or not passes else passes[0]


def plain(value: object, most: int) -> str:
    """Text of a model without what would move a terminal's cursor or hide letters, at most so long.

    A list of texts is their lines; anything else that is no text is "".
    """
    if isinstance(value, list):
        value = "\n".join(one for one in value if isinstance(one, str))
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = "".join(one for one in whole if one in "\n\t" or category(one) not in _HIDDEN).strip()
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
