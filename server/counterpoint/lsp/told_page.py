"""Why there was this completion, or none: the last requests in a document, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from counterpoint.inline.told import Told

_SOURCES = {
    "model": "a call made for it",
    "stream": "a call begun for an earlier key",
    "ahead": "a call made ahead of need",
    "cache": "the cache",
    "pattern": "the file's own pattern, without a model",
}


def page(told: Sequence[Told]) -> str:
    """The newest request in full, earlier ones a line each. `told` is newest first and not empty."""
    rows = [*_whole(told[0])]
    if len(told) > 1:
        rows += ["", "### Before that", ""]
        rows += [f"- {_when(one)}, line {one.line + 1}: {_outcome(one)}" for one in told[1:]]
    return "\n".join(rows) + "\n"


def _whole(told: Told) -> list[str]:
    place = f"## Completion in `{told.path}`, line {told.line + 1}"
    rows = [place, "", f"{_when(told)}: {_outcome(told)}.", ""]
    if told.decision:
        rows.append(f"- asked because: {told.decision}; chance that it is kept: {told.chance:.0%}")
    if told.model:
        rows.append(f"- model: {told.model}, {told.input_tokens:,} tokens read, ${told.cost_usd:.4f}")
    if told.snippets or told.late:
        late = f"; too late: {told.late}" if told.late else ""
        rows.append(f"- context: {told.snippets} pieces of other code{late}")
    split = _split(told)
    if split:
        rows.append(f"- time: {split}")
    if told.fired:
        rows.append(f"- filters that changed it: {', '.join(told.fired)}")
    return rows


def _split(told: Told) -> str:
    parts = (
        ("pause", told.delay),
        ("context and prompt", told.context),
        ("first token", told.first_token),
        ("rest of the stream", told.stream),
        ("filters", told.filters),
    )
    named = [f"{name} {_ms(seconds)}" for name, seconds in parts if seconds >= 0.0005]
    whole = _ms(told.total) if told.total else ""
    return f"{whole} ({', '.join(named)})" if named else whole


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def _outcome(told: Told) -> str:
    if told.reason:
        return f"nothing was shown: {told.reason}"
    return f"shown, answered by {_SOURCES.get(told.source or '', 'a model')}"


def _when(told: Told) -> str:
    return datetime.fromtimestamp(told.at).strftime("%H:%M:%S")
