"""Recordings of real calls that tell nothing: who looks at one learns the wire's form, never a word on it.

A recording keeps the body that was sent and the events that came back. Every text in them is replaced by
filler of the same length, except short words of the wire itself under names known to hold nothing else.
Keys travel in headers, and headers are not recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from counterpoint.providers.sse import Event

FORMAT = 1
_FILLER = "x"
_KEPT = frozenset({
    "type", "object", "status", "role", "model", "service_tier", "effort", "verbosity", "finish_reason",
    "stop_reason", "reason", "code", "category", "truncation", "tool_choice", "inference_geo", "phase",
})  # fmt: skip
"""Names whose texts are words of the wire."""
_LONGEST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Recording:
    """One call. `body` and `events` are already redacted."""

    wire: str
    body: Mapping[str, Any]
    events: tuple[Event, ...]


@dataclass
class Recorder:
    """Collects the calls of the adapters it is given to. Redacts before it keeps anything."""

    calls: list[tuple[str, Mapping[str, Any], list[Event]]] = field(default_factory=list)

    def start(self, wire: str, body: Mapping[str, Any]) -> Callable[[Event], None]:
        """Note a call; what is returned takes its events as they come, tries that failed included."""
        events: list[Event] = []
        self.calls.append((wire, redacted(body), events))
        return lambda event: events.append(redacted_event(event))

    def recordings(self) -> tuple[Recording, ...]:
        """All calls so far, oldest first."""
        return tuple(Recording(wire, body, tuple(events)) for wire, body, events in self.calls)


def redacted(value: Any, name: str = "") -> Any:
    """The JSON value with every text replaced by filler of its length, words of the wire excepted."""
    if isinstance(value, Mapping):
        return {key: redacted(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner, name) for inner in value]
    if not isinstance(value, str) or (name in _KEPT and _is_word(value)):
        return value
    return _FILLER * len(value)


def redacted_event(event: Event) -> Event:
    """The event with its data redacted; data that is no JSON becomes filler, save the closing mark."""
    name = event.name if _is_word(event.name) else _FILLER * len(event.name)
    if event.data == "[DONE]":
        return Event(name, event.data)
    try:
        data = json.loads(event.data)
    except ValueError:
        return Event(name, _FILLER * len(event.data))
    return Event(name, json.dumps(redacted(data), ensure_ascii=False))


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST_KEPT and all(c.isascii() and (c.isalnum() or c in "._-") for c in text)


def dump(recordings: tuple[Recording, ...]) -> str:
    """JSON text, one recording a line after a line that names the format."""
    lines: list[Mapping[str, Any]] = [{"counterpoint_cassette": FORMAT}]
    for one in recordings:
        events = [[event.name, event.data] for event in one.events]
        lines.append({"wire": one.wire, "body": one.body, "events": events})
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def load(text: str) -> tuple[Recording, ...]:
    """What `dump` wrote. Raises ValueError for anything else."""
    first, *rest = text.splitlines() or [""]
    head = json.loads(first)
    if not isinstance(head, dict) or head.get("counterpoint_cassette") != FORMAT:
        raise ValueError(f"not a cassette of format {FORMAT}")
    try:
        return tuple(
            Recording(line["wire"], line["body"], tuple(Event(name, data) for name, data in line["events"]))
            for line in map(json.loads, rest)
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"a cassette with a broken line: {error}") from error


def stream_bytes(recording: Recording) -> bytes:
    """The recorded events as an event stream, to be played back."""
    texts = []
    for event in recording.events:
        name = f"event: {event.name}\n" if event.name else ""
        data = "".join(f"data: {line}\n" for line in event.data.split("\n"))
        texts.append(f"{name}{data}\n")
    return "".join(texts).encode()
