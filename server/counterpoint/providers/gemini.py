"""Google's form of the Chat Completions wire. Pure.

Google refuses every field it does not know, so nothing is sent that its own page does not name: no `store`,
no `verbosity`, no `prompt_cache_key`, no tier of service. Its caches need no word from us.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from counterpoint.models import Usage
from counterpoint.providers import Chunk, Request
from counterpoint.providers.chat import ChatReader, messages
from counterpoint.providers.failures import Told, error_object
from counterpoint.providers.reading import effort_of, output_limit, tokens
from counterpoint.providers.schemas import for_google
from counterpoint.providers.sse import Event


def body(request: Request) -> dict[str, Any]:
    """Everything of a call but its address."""
    found: dict[str, Any] = {
        "model": request.model.id,
        "messages": messages(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": output_limit(request, 1),
    }
    effort = effort_of(request)
    if effort is not None:
        found["reasoning_effort"] = effort
    if request.schema is not None and request.model.can("schema"):
        schema = {"name": request.schema_name, "schema": for_google(request.schema), "strict": True}
        found["response_format"] = {"type": "json_schema", "json_schema": schema}
    return found


class GeminiReader(ChatReader):
    """As `ChatReader`. What Google bills as output is told in two ways, of which one leaves thinking out."""

    def read(self, event: Event) -> Iterator[Chunk]:
        if event.data.startswith("[{"):
            raise Told.of(error_object(json.loads(event.data)))
        yield from super().read(event)

    def _of(self, usage: Mapping[str, Any]) -> Usage:
        found = super()._of(usage)
        said = found.output_tokens
        billed = max(said, tokens(usage, "total_tokens") - found.input_tokens)
        return replace(
            found, output_tokens=billed, reasoning_tokens=max(found.reasoning_tokens, billed - said)
        )
