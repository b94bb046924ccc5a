"""The Chat Completions wire, as Ollama, vLLM, llama.cpp, LiteLLM, OpenRouter and Gemini speak it. Pure.

Only what the model's row says it can is sent: many servers refuse or misread fields they do not know.
A row that can `max-completion-tokens` gets its limit under that name; OpenAI itself takes no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

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

_STOPS: Mapping[str, Literal["length", "filter"]] = {"length": "length", "content_filter": "filter"}


def body(request: Request, vendor: bool = False) -> dict[str, Any]:
    """`vendor`: the endpoint is OpenAI's own."""
    named = vendor or request.model.can("max-completion-tokens")
    found: dict[str, Any] = {
        "model": request.model.id,
        "messages": messages(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens" if named else "max_tokens": output_limit(request, 1),
    }
    if vendor:
        found["store"] = False
    return {**found, **_abilities(request)}


def messages(request: Request) -> list[dict[str, Any]]:
    """What the model reads."""
    content = "".join(piece.text for piece in request.parts)
    system = [{"role": "system", "content": request.system}] if request.system else []
    return [*system, {"role": "user", "content": content}]


def _abilities(request: Request) -> dict[str, Any]:
    model, found = request.model, dict[str, Any]()
    effort = effort_of(request)
    if effort is not None:
        found["reasoning_effort"] = effort
    if model.can("verbosity"):
        found["verbosity"] = "low"
    if request.schema is not None and model.can("schema"):
        schema = {"name": request.schema_name, "schema": for_openai(request.schema), "strict": True}
        found["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.cache_key and model.can("cache-key"):
        found["prompt_cache_key"] = request.cache_key[:64]
    if request.tier:
        found["service_tier"] = request.tier
    return found


class ChatReader:
    """The answer is whole only when a finish reason and the closing `[DONE]` were both seen."""

    def __init__(self, request: Request, request_id: str | None) -> None:
        self._request, self._request_id = request, request_id
        self._begun = False
        self._text = Joiner()
        self._refusal = ""
        self._finish = ""
        self._model = self._tier = ""
        self._usage: Mapping[str, Any] | None = None

    def read(self, event: Event) -> Iterator[Chunk]:
        if event.data == "[DONE]":
            if self._finish:
                yield self._done()
            return
        data = parsed(event.data)
        if event.name == "error" or data.get("error"):
            # Most put an object under "error", some only a sentence, some the object itself.
            error = data.get("error", data)
            raise Told.of(error if isinstance(error, dict) else {"message": str(error)})
        if not self._begun:
            self._begun = True
            usage = part(data, "usage")  # some tell it from the first piece on
            yield Begun(self._of(usage) if usage else Usage(), request_id=self._request_id)
        yield from self._on(data)

    def _on(self, data: dict[str, Any]) -> Iterator[Chunk]:
        self._model = words(data, "model") or self._model
        self._tier = words(data, "service_tier") or self._tier
        self._usage = part(data, "usage") or self._usage
        choices = data.get("choices")
        choice = part({"first": choices[0]}, "first") if isinstance(choices, list) and choices else {}
        delta = part(choice, "delta")
        self._refusal += words(delta, "refusal")
        self._finish = words(choice, "finish_reason") or self._finish
        text = self._text.add(delta.get("content"))
        if text:
            yield text

    def _done(self) -> Done:
        return Done(
            "refusal" if self._refusal else _STOPS.get(self._finish, "end"),
            self._counted(),
            self._model or self._request.model.id,
            tier=self._tier or None,
            request_id=self._request_id,
            detail=one_line(self._refusal),
        )

    def _counted(self) -> Usage:
        usage = self._usage
        if usage is None:
            return estimate(self._request, self._text.characters)
        return self._of(usage)

    def _of(self, usage: Mapping[str, Any]) -> Usage:
        return Usage(
            tokens(usage, "prompt_tokens"),
            tokens(usage, "completion_tokens"),
            cached_tokens=tokens(part(usage, "prompt_tokens_details"), "cached_tokens"),
            reasoning_tokens=tokens(part(usage, "completion_tokens_details"), "reasoning_tokens"),
        )
