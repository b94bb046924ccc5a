"""Every call of a definition: certain, possible, and how many were excluded and why.

Candidates are all calls of the name in files of the same family of languages, and calls under another name
where an import renames it. Nothing is dropped without evidence that the call means something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from counterpoint.context.evidence.library import Library
from counterpoint.context.evidence.search import Finding, findings
from counterpoint.context.parsing import Parsed
from counterpoint.context.question import Question, Selection, Site
from counterpoint.context.snippet import Snippet
from counterpoint.context.symbols import Symbols


@dataclass(frozen=True, slots=True)
class Definition:
    """The place of a definition: `line` is the 0-based line on which its name stands."""

    name: str
    path: str
    line: int
    language: str


@dataclass(frozen=True, slots=True)
class Sites:
    """The calls of a definition, in the order of paths and lines, one a line.

    `excluded` counts calls of the name that mean something else, by reason. `unread` names files that may
    hold calls and were not searched, with the reason: where it is not empty, the list is partial.
    """

    certain: tuple[Site, ...] = ()
    possible: tuple[Site, ...] = ()
    excluded: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[tuple[str, str], ...] = ()


def call_sites(definition: Definition, symbols: Symbols, parsed: Parsed | None = None) -> Sites:
    """Find the calls of a definition. `parsed` is the tree of its file where that is an open buffer."""
    library = Library(symbols)
    if parsed is not None:
        library.hold(definition.path, parsed)
    found: dict[tuple[str, int], Finding] = {}
    excluded: Counter[str] = Counter()
    for finding in findings(library, definition.name, definition.path, definition.line, definition.language):
        if finding.verdict.kind == "excluded":
            excluded[finding.verdict.why] += 1
            continue
        key = (finding.path, finding.line)
        if key not in found or finding.verdict.kind == "certain":
            found[key] = finding
    sites = [
        Site(path, line, one.verdict.kind == "certain", one.verdict.why)
        for (path, line), one in sorted(found.items())
    ]
    return Sites(
        tuple(site for site in sites if site.certain),
        tuple(site for site in sites if not site.certain),
        dict(excluded),
        tuple(sorted(library.refused.items())),
    )


def for_callers(question: Question, symbols: Symbols, parsed: Parsed | None = None) -> Selection:
    """The calls of `question.symbol`, certain ones first, each as the line on which its name stands.

    The budget bounds the snippets, never the sites: what does not fit is named in `left_out`.
    """
    definition = Definition(question.symbol, question.path, question.line, question.language)
    sites = call_sites(definition, symbols, parsed)
    snippets: list[Snippet] = []
    left_out = list(sites.unread)
    left = question.budget_tokens
    texts: dict[str, tuple[str, ...]] = {}
    for site in (*sites.certain, *sites.possible):
        if site.path not in texts:
            texts[site.path] = tuple(_lines(question, symbols, site.path))
        lines = texts[site.path]
        text = lines[site.line] if site.line < len(lines) else ""
        tokens = max(1, round(len(text) / question.characters_per_token + 0.5))
        if tokens > left:
            left_out.append((f"{site.path}:{site.line + 1}", "no room for this call site"))
            continue
        left -= tokens
        why = ("certain: " if site.certain else "possible: ") + site.why
        snippets.append(Snippet(site.path, site.line + 1, site.line + 1, text, why, tokens))
    return Selection(
        tuple(snippets), tuple(left_out), (*sites.certain, *sites.possible), "tree" if parsed else "words"
    )


def _lines(question: Question, symbols: Symbols, path: str) -> list[str]:
    if path == question.path and question.text:
        return question.text.split("\n")
    return list(symbols.lines(path) or ())


__all__ = ["Definition", "Sites", "call_sites", "for_callers"]
