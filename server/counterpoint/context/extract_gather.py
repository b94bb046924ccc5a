"""What a query finds in a tree, sorted by what becomes of it: calls, imports, matches for the sweep.

There are two kinds of query. Most capture the parts of a definition. That of Python, which only files with
syntax errors need (see `extract_python`), captures whole nodes, which are then asked for their parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from counterpoint.context.extract_imports import KINDS as IMPORT_KINDS
from counterpoint.context.extract_imports import imports_in, python_imports
from counterpoint.context.extract_source import Captures
from counterpoint.context.extract_sweep import Match
from counterpoint.context.facts import Import
from counterpoint.context.languages import GRAMMARS, grammar
from counterpoint.context.parsing import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node, Query

_CALLED = 240
"""Bytes of a call's text that are looked at: a receiver may be a chain of any length."""
_PLACES = {
    **dict.fromkeys(("variable", "constant", "field", "enumerator", "accessor", "export"), "n"),
    **dict.fromkeys(("embed", "mixin"), "e"),
    "package": "p",
}
"""The capture at which a kind stands: one declaration can hold several of these. Of all others it is "d"."""
_FIELDS = {
    "function": (("n", "name"), ("b", "body"), ("t", "return_type")),
    "class": (("n", "name"), ("b", "body"), ("x", "superclasses")),
    "type": (("n", "left"),),
}
"""The parts of a definition that is captured whole."""


class Rules(NamedTuple):
    """The query of a language, and what each of its patterns describes: its kind, which is "" for a call, and
    the capture at which it stands. `whole` if it captures whole nodes only, by the name of their kind."""

    query: Query
    kinds: tuple[tuple[str, str], ...]
    whole: bool


@cache
def rules(language: str) -> Rules:
    """Raises KeyError for a language with no grammar."""
    from tree_sitter import Query

    folder = files("counterpoint.context") / "queries"
    names = GRAMMARS[language].queries.split()
    query = Query(grammar(language), "".join((folder / f"{name}.scm").read_text("utf-8") for name in names))
    kinds = (query.pattern_settings(number).get("kind") or "" for number in range(query.pattern_count))
    whole = all(len(query.capture_name(number)) > 1 for number in range(query.capture_count))
    return Rules(query, tuple((kind, _PLACES.get(kind, "d")) for kind in kinds), whole)


@dataclass(slots=True)
class Gathered:
    """`calls` are the texts called with their lines."""

    calls: dict[bytes, list[int]] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)


def gather(parsed: Parsed) -> Gathered:
    """What the query of its language finds in a file. Raises KeyError like `rules`, nothing else."""
    found = Gathered()
    rule = rules(parsed.language)
    if rule.whole:
        _whole(parsed, rule.query, found)
    else:
        _in_parts(parsed, rule, found)
    found.imports.sort(key=lambda one: one.line)
    return found


def _whole(parsed: Parsed, query: Query, found: Gathered) -> None:
    from tree_sitter import QueryCursor

    nodes = QueryCursor(query).captures(parsed.tree.root_node)
    for node in nodes.pop("import", ()):
        found.imports += python_imports(parsed.data, node)
    matches = found.matches
    for kind, several in nodes.items():
        fields = _FIELDS.get(kind, ())
        for node in several:
            captures = {"d": [node]}
            for name, of in fields:
                part = node.child_by_field_name(of)
                if part is not None:
                    captures[name] = [part]
            if "n" in captures or not fields:
                matches.append((node.start_byte, -node.end_byte, len(matches), kind, captures))


def _calls(data: bytes, nodes: Iterable[Node], calls: dict[bytes, list[int]]) -> None:
    for node in nodes:
        start, end = node.start_byte, node.end_byte
        text = data[start if end - start < _CALLED else end - _CALLED : end]
        if text in calls:
            calls[text].append(node.end_point.row)
        else:
            calls[text] = [node.end_point.row]


def _in_parts(parsed: Parsed, rule: Rules, found: Gathered) -> None:
    from tree_sitter import QueryCursor

    data, kinds, matches = parsed.data, rule.kinds, found.matches
    for number, captures in QueryCursor(rule.query).matches(parsed.tree.root_node):
        kind, place = kinds[number]
        if not kind:
            _calls(data, captures["c"], found.calls)
        elif kind == "member":
            _member(data, captures, found.calls)
        elif kind in IMPORT_KINDS:
            found.imports += imports_in(parsed.language, data, kind, captures)
        else:
            node = captures[place][0]
            matches.append((node.start_byte, -node.end_byte, len(matches), kind, captures))


def _member(data: bytes, captures: Captures, calls: dict[bytes, list[int]]) -> None:
    """A call whose grammar has no node for receiver and name together."""
    node = captures["c"][0]
    end = node.end_byte
    start = captures["o"][0].start_byte if "o" in captures else node.start_byte
    calls.setdefault(data[max(start, end - _CALLED) : end], []).append(node.end_point.row)
