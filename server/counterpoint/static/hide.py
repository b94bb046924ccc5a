"""Findings of ours that another linter already reports at the same place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from counterpoint.answers import Finding
from counterpoint.static.rules import load_rules
from counterpoint.text import Document, Problem

_OURS = "counterpoint"


@cache
def _shipped() -> Mapping[str, frozenset[str]]:
    return MappingProxyType({rule.id: rule.same_as for rule in load_rules()})


def hide_reported(
    findings: Sequence[Finding],
    problems: Sequence[Problem],
    document: Document,
    same_as: Mapping[str, frozenset[str]] | None = None,
) -> tuple[Finding, ...]:
    """The findings that no problem of another source repeats: same line, and a code that means the same.

    Only problems and findings of `document` count; findings of models (no rule) are never hidden. `same_as`
    maps rule ids to such codes; by default those of the shipped rules.
    """
    table = _shipped() if same_as is None else same_as
    reported: set[tuple[int, str]] = set()
    for problem in problems:
        if problem.source.lower() == _OURS or problem.path != document.path:
            continue
        first = document.position(problem.span.start).line
        last = document.position(max(problem.span.start, problem.span.end - 1)).line
        codes = {problem.code.lower(), re.split(r"[\s:(]", problem.code.lower())[0]}
        reported.update((line, code) for line in range(first, last + 1) for code in codes)
    return tuple(
        finding
        for finding in findings
        if finding.path != document.path
        or not any(
            (line, code.lower()) in reported
            for code in table.get(finding.rule, ())
            for line in range(finding.start.line, finding.end.line + 1)
        )
    )
