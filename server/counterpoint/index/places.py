"""Answers about a place in an open document: its syntax, and what a suggestion would do there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from counterpoint.context.judging import Proposal, judge
from counterpoint.context.languages import family_of
from counterpoint.context.scopes import syntax_at
from counterpoint.context.slice import live_syntax
from counterpoint.context.symbols import Symbols
from counterpoint.index.desk import Desk
from counterpoint.index.live import LiveDocument
from counterpoint.index.wire import judgement_row, syntax_row
from counterpoint.text import split_lines

Stop = Callable[[], bool]


def answered(message: Mapping[str, Any], desk: Desk, base: Symbols, stop: Stop) -> dict[str, Any]:
    """The reply to a "syntax" or "judge" message, `{"late": True}` once `stop` says so."""
    live = desk.get(message["path"])
    if live is None or live.version != message["version"]:
        return {"unknown": True}
    if message["op"] == "judge":
        return _judgement(message, live, base, stop)
    parsed = live.parsed(stop)
    line, column = message["line"], message["column"]
    if parsed is None:
        found = live_syntax(live.language, split_lines(live.text), line, column)
    else:
        found = syntax_at(parsed, line, column)
    return {"syntax": syntax_row(found)}


def _judgement(message: Mapping[str, Any], live: LiveDocument, base: Symbols, stop: Stop) -> dict[str, Any]:
    def known(names: Sequence[str]) -> Collection[str]:
        family = family_of(live.language)
        return {
            name
            for name, places in base.defined(names).items()
            if any(_family_at(base, place.path) in (family, "") for place in places)
        }

    first, column, last, end = message["place"]
    proposal = Proposal(first, column, last, end, message["text"])
    found = judge(live.language, split_lines(live.text), proposal, known, stop)
    return {"late": True} if found is None else {"judgement": judgement_row(found)}


def _family_at(base: Symbols, path: str) -> str:
    facts = base.facts(path)
    return family_of(facts.language) if facts is not None else ""
