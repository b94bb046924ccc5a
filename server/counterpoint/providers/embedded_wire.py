"""What llama.cpp's server is asked, and how its answers are read: continuation, and filling in. Pure."""

from __future__ import annotations

from typing import Any

from counterpoint.errors import BadRequest, ConnectionFailed, PromptTooLong, ProviderError, ServerFault
from counterpoint.models import Usage
from counterpoint.providers import Chunk, Done, Request
from counterpoint.providers.reading import Joiner, estimate, one_line, parsed, part, tokens, words
from counterpoint.providers.sse import EventReader

NO_FILL = 501
"""The status by which the server says that its model has no marks for filling in."""


def route(fill: bool) -> str:
    """Path of the call."""
    return "/infill" if fill else "/v1/completions"


def body(request: Request, fill: bool) -> dict[str, Any]:
    """The call's JSON; `fill` asks for what belongs between the prompt and the suffix."""
    prompt = "".join(piece.text for piece in request.parts)
    most = min(request.max_output_tokens, request.model.max_output_tokens)
    common = {"temperature": 0, "stream": True, "cache_prompt": True}
    if fill:
        return {"input_prefix": prompt, "input_suffix": request.suffix, "n_predict": most, **common}
    usage = {"stream_options": {"include_usage": True}}
    return {"prompt": prompt, "max_tokens": most, **common, **usage}


class Reading:
    """What one reply has said so far."""

    def __init__(self, request: Request) -> None:
        self.ended = False
        self._request = request
        self._events = EventReader()
        self._text = Joiner()
        self._finish = ""
        self._usage: dict[str, Any] = {}

    def take(self, raw: bytes) -> list[Chunk]:
        """The chunks that `raw` completes; no bytes are the end of the stream. ValueError for nonsense."""
        if not raw:
            raise ConnectionFailed(
                "The embedded model stopped amid its answer.", provider="embedded", fix="Try again."
            )
        chunks: list[Chunk] = []
        for event in self._events.feed(raw):
            if event.data == "[DONE]":
                self.ended = True
                chunks.append(self._done())
                break
            data = parsed(event.data)
            chunks += self._filled(data) if "content" in data else self._read(data)
        return chunks

    def _filled(self, data: dict[str, Any]) -> list[Chunk]:
        """A piece of what was filled in. The last says how it ended; no mark follows it."""
        text = self._text.add(data.get("content"))
        chunks: list[Chunk] = [text] if text else []
        if data.get("stop") is True:
            self.ended = True
            self._finish = "length" if words(data, "stop_type") == "limit" else "stop"
            counts = {"prompt_tokens": "tokens_evaluated", "completion_tokens": "tokens_predicted"}
            self._usage = {name: data.get(theirs) for name, theirs in counts.items()}
            chunks.append(self._done())
        return chunks

    def _read(self, body: dict[str, Any]) -> list[Chunk]:
        if error := part(body, "error"):
            raise ServerFault(one_line(words(error, "message")), provider="embedded", fix="Try again.")
        self._usage = part(body, "usage") or self._usage
        choices = body.get("choices")
        if not isinstance(choices, list) or not choices:
            return []
        self._finish = words(choices[0], "finish_reason") or self._finish
        text = self._text.add(choices[0].get("text"))
        return [text] if text else []

    def _done(self) -> Done:
        usage = estimate(self._request, self._text.characters)
        if self._usage:
            cached = tokens(part(self._usage, "prompt_tokens_details"), "cached_tokens")
            usage = Usage(
                tokens(self._usage, "prompt_tokens"), tokens(self._usage, "completion_tokens"), cached
            )
        return Done("length" if self._finish == "length" else "end", usage, self._request.model.id)


def refusal(status: int, raw: bytes) -> ProviderError:
    """The error for a reply that is no stream."""
    try:
        error = part(parsed(raw.decode("utf-8", "replace")), "error")
    except ValueError:
        error = {}
    message = f"The embedded model refused: {one_line(words(error, 'message')) or f'status {status}'}."
    if words(error, "type") == "exceed_context_size_error":
        return PromptTooLong(message, provider="embedded", status=status, fix="Ask with less context.")
    kind = BadRequest if 400 <= status < 500 else ServerFault
    return kind(message, provider="embedded", status=status, fix="Try again; see the log.")
