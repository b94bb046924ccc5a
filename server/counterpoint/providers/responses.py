"""OpenAI's Responses wire: the request's body, and the reader of its events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Request
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
from counterpoint.providers.schemas import for_openai
from counterpoint.providers.sse import Event

_LEAST_OUTPUT = 16


def prompt(request: Request) -> dict[str, Any]:
    """The fields that are read by the model, as the counting endpoint takes them too."""
    content = "".join(piece.text for piece in request.parts)
    found: dict[str, Any] = {"model": request.model.id, "input": [{"role": "user", "content": content}]}
    if request.system:
        found["instructions"] = request.system
    effort = effort_of(request)
    if effort is not None:
        found["reasoning"] = {"effort": effort}
    text = _text(request)
    return {**found, "text": text} if text else found


def body(request: Request) -> dict[str, Any]:
    """Everything but `stream` is fixed by the request. Nothing is kept at the vendor (`store` false)."""
    found = {
        **prompt(request),
        "stream": True,
        "stream_options": {"include_obfuscation": False},
        "store": False,
        "max_output_tokens": output_limit(request, _LEAST_OUTPUT),
    }
    if request.cache_key and request.model.can("cache-key"):
        found["prompt_cache_key"] = request.cache_key[:64]
    if request.tier:
        found["service_tier"] = request.tier
    return found


def _text(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if request.model.can("verbosity"):
        found["verbosity"] = "low"
    if request.schema is not None and request.model.can("schema"):
        found["format"] = {
            "type": "json_schema",
            "name": request.schema_name,
            "schema": for_openai(request.schema),
            "strict": True,
        }
    return found


class ResponsesReader:
    """States: not begun, begun, done. Events it does not know are skipped: the vendor adds new ones."""

    def __init__(self, request: Request, request_id: str | None) -> None:
        self._request, self._request_id = request, request_id
        self._begun = False
        self._text = Joiner()
        self._refusal = ""

    def read(self, event: Event) -> Iterator[Chunk]:
        if event.data == "[DONE]":
            return
        data = parsed(event.data)
        kind = words(data, "type") or event.name
        if kind == "error":
            raise Told.of(data if "message" in data else part(data, "error"))
        if kind == "response.failed":
            raise Told.of(part(part(data, "response"), "error"))
        if not kind.startswith("response."):
            return
        if not self._begun:
            self._begun = True
            yield Begun(request_id=self._request_id)
        yield from self._on(kind, data)

    def _on(self, kind: str, data: dict[str, Any]) -> Iterator[Chunk]:
        if kind == "response.output_text.delta":
            text = self._text.add(data.get("delta"))
            if text:
                yield text
        elif kind == "response.refusal.delta":
            self._refusal += words(data, "delta")
        elif kind in ("response.completed", "response.incomplete"):
            yield self._done(kind, part(data, "response"))

    def _done(self, kind: str, response: dict[str, Any]) -> Done:
        reason = words(part(response, "incomplete_details"), "reason")
        refused = bool(self._refusal)
        cut = kind == "response.incomplete"
        return Done(
            "refusal" if refused else "filter" if reason == "content_filter" else "length" if cut else "end",
            self._usage(response.get("usage")),
            words(response, "model") or self._request.model.id,
            tier=words(response, "service_tier") or None,
            request_id=self._request_id,
            detail=one_line(self._refusal) or reason,
        )

    def _usage(self, usage: Any) -> Usage:
        if not isinstance(usage, Mapping):
            return estimate(self._request, self._text.characters)
        return Usage(
            tokens(usage, "input_tokens"),
            tokens(usage, "output_tokens"),
            cached_tokens=tokens(part(usage, "input_tokens_details"), "cached_tokens"),
            written_5m_tokens=tokens(part(usage, "input_tokens_details"), "cache_write_tokens"),
            reasoning_tokens=tokens(part(usage, "output_tokens_details"), "reasoning_tokens"),
        )
