"""Anthropic's Messages wire: the request's body, and the reader of its events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Part, Request
from counterpoint.providers.failures import Told
from counterpoint.providers.reading import (
    Joiner,
    effort_of,
    estimate,
    one_line,
    output_limit,
    parsed,
    part,
    tokens,
    words,
)
from counterpoint.providers.schemas import for_anthropic
from counterpoint.providers.sse import Event

_BREAKPOINTS = 4
_Stop: TypeAlias = Literal["end", "length", "refusal", "filter"]
_STOPS: Mapping[str, _Stop] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


def prompt(request: Request) -> dict[str, Any]:
    """The fields that are read by the model, as the counting endpoint takes them too."""
    marks = request.model.can("breakpoints")
    system = _blocks((Part(request.system, cache=True),), 1 if marks else 0)
    content = _blocks(request.parts, _BREAKPOINTS - len(system) if marks else 0)
    found: dict[str, Any] = {
        "model": request.model.id,
        "messages": [{"role": "user", "content": content}],
    }
    if system:
        found["system"] = system
    config: dict[str, Any] = {}
    effort = effort_of(request) if request.effort != "none" and request.model.can("thinking") else None
    if effort is not None:
        found["thinking"] = {"type": "adaptive"}
        config["effort"] = effort
    if request.schema is not None and request.model.can("schema"):
        config["format"] = {"type": "json_schema", "schema": for_anthropic(request.schema)}
    return {**found, "output_config": config} if config else found


def body(request: Request) -> dict[str, Any]:
    """No sampling field, no prefill: the model refuses both. `request.tier` is OpenAI's and is not sent."""
    return {**prompt(request), "stream": True, "max_tokens": output_limit(request, 1)}


def _blocks(parts: tuple[Part, ...], breakpoints: int) -> list[dict[str, Any]]:
    """Text blocks. The vendor refuses blank ones, so blank text joins its neighbour; the last marks win,
    because they end the longest prefixes.
    """
    merged: list[Part] = []
    blank = ""
    for piece in parts:
        if piece.text.strip():
            merged.append(Part(blank + piece.text, piece.cache))
            blank = ""
        elif merged:
            merged[-1] = Part(merged[-1].text + piece.text, merged[-1].cache or piece.cache)
        else:
            blank += piece.text
    marked = [index for index, piece in enumerate(merged) if piece.cache]
    kept = set(marked[-breakpoints:]) if breakpoints > 0 else set()
    mark = {"cache_control": {"type": "ephemeral"}}
    return [
        {"type": "text", "text": piece.text, **(mark if index in kept else {})}
        for index, piece in enumerate(merged)
    ]


class MessagesReader:
    """Whole only at `message_stop`, and only with a stop reason. Thinking is never shown."""

    def __init__(self, request: Request, request_id: str | None) -> None:
        self._request, self._request_id = request, request_id
        self._begun = False
        self._text = Joiner()
        self._usage: dict[str, Any] = {}
        self._model = self._stop = self._detail = ""

    def read(self, event: Event) -> Iterator[Chunk]:
        data = parsed(event.data)
        kind = words(data, "type") or event.name
        if kind == "error":
            raise Told.of(part(data, "error"))
        if kind == "message_start":
            message = part(data, "message")
            self._model = words(message, "model")
            self._count(part(message, "usage"))
        if not self._begun and kind.startswith(("message_", "content_block_")):
            self._begun = True
            yield Begun(self._counted() if self._usage else Usage(), request_id=self._request_id)
        yield from self._on(kind, data)

    def _on(self, kind: str, data: dict[str, Any]) -> Iterator[Chunk]:
        delta = part(data, "delta")
        if kind == "content_block_delta" and delta.get("type") == "text_delta":
            text = self._text.add(delta.get("text"))
            if text:
                yield text
        elif kind == "message_delta":
            self._count(part(data, "usage"))
            self._stop = words(delta, "stop_reason") or self._stop
            self._detail = _explanation(part(delta, "stop_details")) or self._detail
        elif kind == "message_stop" and self._stop:
            yield self._done()

    def _count(self, usage: dict[str, Any]) -> None:
        """Later figures are cumulative: each replaces the one before; what is absent stays."""
        self._usage |= {name: value for name, value in usage.items() if value is not None}

    def _done(self) -> Done:
        stop = _STOPS.get(self._stop, "end")
        # A refusal before any output is not billed, whatever its usage says; one amid the answer is.
        free = stop == "refusal" and not self._text.characters
        counted = self._counted() if self._usage else estimate(self._request, self._text.characters)
        return Done(
            stop,
            Usage() if free else counted,
            self._model or self._request.model.id,
            tier=words(self._usage, "service_tier") or None,
            request_id=self._request_id,
            detail=one_line(self._detail),
        )

    def _counted(self) -> Usage:
        """The vendor's `input_tokens` is only what came after the last breakpoint; ours is everything."""
        usage = self._usage
        written, read = tokens(usage, "cache_creation_input_tokens"), tokens(usage, "cache_read_input_tokens")
        hour = min(written, tokens(part(usage, "cache_creation"), "ephemeral_1h_input_tokens"))
        return Usage(
            tokens(usage, "input_tokens") + written + read,
            tokens(usage, "output_tokens"),
            cached_tokens=read,
            written_5m_tokens=written - hour,
            written_1h_tokens=hour,
            reasoning_tokens=tokens(part(usage, "output_tokens_details"), "thinking_tokens"),
        )


def _explanation(details: dict[str, Any]) -> str:
    known = (words(details, "category"), words(details, "explanation"))
    return ": ".join(text for text in known if text)
