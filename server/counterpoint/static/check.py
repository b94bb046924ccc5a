"""`check`: the rules over one document. Pure but for what `read` reads; runs in the worker process."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ast_grep_py import SgNode

from counterpoint.anchors import assign_ids
from counterpoint.answers import Evidence, Finding, Fix
from counterpoint.static import fixes, places, syntax
from counterpoint.static.code import CODE
from counterpoint.static.rules import Rule
from counterpoint.static.site import Found, Site
from counterpoint.text import Document, Edit, Position, Span

_TITLE_CLIP = 60
_GRAVE = ("P0", "P1")
_MOST = 5
"""Findings of one rule that are told in a file, unless they are grave."""
_NEXT_LINE = re.compile(r"(?://|/\*)\s*(?:eslint|biome|oxlint)-(?:disable-next-line|ignore)\s+(?P<codes>.*)")
_SILENCE = re.compile(
    r"(?:#|//)\s*(?:(?P<noqa>noqa)(?::\s*(?P<codes>[A-Z0-9, ]+))?|nosec\b|NOSONAR|eslint-disable-line"
    r"|counterpoint:\s*ignore(?:\[(?P<ids>[^\]]*)\])?)"
)


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: Rule
    place: Span
    symbol: str
    title: str
    body: str
    evidence: tuple[Evidence, ...]
    fix: Fix | None
    sure: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """`findings` are shown; `evidence` is too often wrong for that. Both in document order."""

    findings: tuple[Finding, ...] = ()
    evidence: tuple[Finding, ...] = ()


def check(
    document: Document, read: Callable[[Sequence[str]], Document | None], rules: Sequence[Rule]
) -> Checked:
    """What the rules say. `read` gives the first of some paths that is a file of the workspace."""
    language = syntax.language_name(document)
    fitting = [rule for rule in rules if language in rule.languages and _wanted(rule, document)]
    if language is None or not fitting:
        return Checked()
    root = syntax.parse(document.text, language)
    site = Site(document, root, language, read)
    hits = sorted(
        (hit for rule in fitting for hit in _hits(rule, site)), key=lambda hit: (hit.place, hit.rule.id)
    )
    if hits and places.among_others(document, read):
        hits = [hit for hit in hits if hit.rule.category == "secrets"]
    shown, kept = ([hit for hit in hits if hit.sure is sure] for sure in (True, False))
    return Checked(_findings(shown, document), _findings(kept, document))


def _findings(hits: Sequence[_Hit], document: Document) -> tuple[Finding, ...]:
    told = _seldom(hits)
    text = document.text
    ids = assign_ids((hit.rule.id, hit.symbol, text[hit.place.start : hit.place.end]) for hit in told)
    return tuple(_finding(name, hit, document) for name, hit in zip(ids, told, strict=True))


def _seldom(hits: Sequence[_Hit]) -> list[_Hit]:
    """A habit of a whole file is told a few times, and counted: said at every line it would hide the rest."""
    seen: Counter[str] = Counter()
    kept: list[_Hit] = []
    for hit in hits:
        seen[hit.rule.id] += 1
        if hit.rule.severity in _GRAVE or seen[hit.rule.id] <= _MOST:
            kept.append(hit)
    for rule, count in seen.items():
        last = max((at for at, hit in enumerate(kept) if hit.rule.id == rule), default=0)
        if count > _MOST and kept[last].rule.severity not in _GRAVE:
            more = f"There are {count - _MOST} more places like this in the file."
            kept[last] = replace(kept[last], body=f"{kept[last].body}\n\n{more}")
    return kept


def _wanted(rule: Rule, document: Document) -> bool:
    if rule.needs and not any(text in document.text for text in rule.needs):
        return False
    # ast-grep reads a rule anew for every file, which costs more than to look whether it can match at all.
    if rule.only_if is not None and rule.only_if.search(document.text) is None:
        return False
    return places.wanted(rule, document)


def _hits(rule: Rule, site: Site) -> Iterator[_Hit]:
    seen: set[Span] = set()
    refine = CODE[rule.code] if rule.code else None
    for match in syntax.search(site.root, rule.config):
        # What a rule's own code says is asked first: it refuses nearly all, and the rest costs as much.
        found = Found(match) if refine is None else refine(match, site)
        if found is None or (place := syntax.span(found.node)) in seen:
            continue
        if _silenced(match, rule, site.document) or syntax.broken(match):
            continue
        seen.add(place)
        if rule.category != "secrets" and not places.by_hand(
            site.document, syntax.line_of(match, site.document) - 1
        ):
            continue
        yield _Hit(
            rule,
            place,
            syntax.symbol(match),
            fixes.fill(_named(rule.title, found.names), match, _TITLE_CLIP),
            _named(rule.body, found.names),
            found.evidence,
            _fix(rule, match, found, site),
            found.sure and not rule.evidence and not _aside(rule, site.document),
        )


def _aside(rule: Rule, document: Document) -> bool:
    """True where what the rule says is true and yet nothing that anybody needs to correct."""
    return places.example(document) or (not rule.in_chores and places.script(document))


def _named(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"${name}", value)
    return text


def _fix(rule: Rule, match: SgNode, found: Found, site: Site) -> Fix | None:
    if found.replace is not None:
        edits = list(found.replace)
    elif rule.fix:
        edits = [Edit(syntax.span(match), fixes.fill(rule.fix, match))]
    else:
        return None
    if rule.imports:
        edits += fixes.add_import(rule.imports, site.document, site.root)
    return fixes.fix(rule.fix_title or rule.title, site.document, edits) if edits else None


def _silenced(match: SgNode, rule: Rule, document: Document) -> bool:
    """A comment of any linter's on the line that the author wrote against this very complaint."""
    line = syntax.line_of(match, document) - 1
    note = _SILENCE.search(document.line(line))
    if note is None:
        told = _NEXT_LINE.search(document.line(line - 1))
        return told is not None and not rule.same_as.isdisjoint(re.split(r"[\s,]+", told["codes"]))
    if note["ids"] is not None:
        return rule.id in re.split(r"[\s,]+", note["ids"])
    if note["codes"] is not None:
        return not rule.same_as.isdisjoint(re.split(r"[\s,]+", note["codes"]))
    return True


def _finding(name: str, hit: _Hit, document: Document) -> Finding:
    start, end = document.position(hit.place.start), document.position(hit.place.end)
    if end.line > start.line:
        end = Position(start.line, len(document.line(start.line).rstrip()))
    return Finding(
        id=name,
        path=document.path,
        start=start,
        end=end,
        severity=hit.rule.severity,
        confidence=hit.rule.confidence,
        category=hit.rule.category,
        lens="static",
        title=hit.title,
        body=hit.body,
        status="static",
        evidence=hit.evidence,
        fix=hit.fix,
        rule=hit.rule.id,
    )
