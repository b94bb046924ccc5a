"""What the readers of the wires share: checked JSON, text put together, usage where none is sent. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from counterpoint.models import Usage
from counterpoint.providers import Chunk, Request
from counterpoint.providers.sse import Event

_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Reader(Protocol):
    """Reads one reply: events in, chunks out, `Done` last.

    Raises `failures.Told` for a failure the vendor reports amid the stream, ValueError for nonsense.
    """

    def read(self, event: Event) -> Iterator[Chunk]: ...


class Joiner:
    """Puts deltas together. JSON may tear a character of two UTF-16 halves between two deltas."""

    def __init__(self) -> None:
        self.characters = 0
        self._half = ""

    def add(self, delta: Any) -> str:
        """The text that may be shown now. Raises ValueError if `delta` is neither text nor null."""
        if delta is None:
            return ""
        if not isinstance(delta, str):
            raise ValueError("a delta that is not text")
        text = self._half + delta
        self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        self.characters += len(text)
        return text if text.isascii() else _whole(text)


def _whole(text: str) -> str:
    """Halves that meet become one character; one left alone becomes the replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def parsed(text: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises ValueError for anything else."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("an event that is not a JSON object")
    return found


def part(holder: Any, name: str) -> dict[str, Any]:
    """The object called `name`, empty where it is absent or null: compatible servers leave much out."""
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}


def tokens(holder: Mapping[str, Any], name: str) -> int:
    """A count, 0 where it is absent or no count."""
    found = holder.get(name)
    return found if isinstance(found, int) and found > 0 else 0


def words(holder: Mapping[str, Any], name: str) -> str:
    """A text, empty where it is absent or no text."""
    found = holder.get(name)
    return found if isinstance(found, str) else ""


def one_line(text: str, most: int = 300) -> str:
    """The text as one printable line of at most `most` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def estimate(request: Request, output_characters: int) -> Usage:
    """Usage by the row's characters per token, for servers that report none."""
    read = len(request.system) + sum(len(piece.text) for piece in request.parts)
    model = request.model
    return Usage(model.tokens_in(read), model.tokens_in(output_characters), estimated=True)


def effort_of(request: Request) -> str | None:
    """The effort to send: the one asked for, else the next lower one the model has; None to send none."""
    asked, known = request.effort, request.model.efforts
    if asked in (None, "none") and request.model.thinks_always:
        # Else it takes its own, which is a high one.
        return min(set(known) & set(_EFFORTS), key=_EFFORTS.index, default=None)
    if asked is None or not known or asked in known:
        return asked if known else None
    if asked == "none" or asked not in _EFFORTS:
        return None
    ranked = sorted(set(known) & set(_EFFORTS), key=_EFFORTS.index)
    below = [effort for effort in ranked if _EFFORTS.index(effort) < _EFFORTS.index(asked)]
    if below:
        return below[-1]
    return ranked[0] if ranked else None


def output_limit(request: Request, least: int) -> int:
    """The request's output limit within what the vendor and the model take."""
    return max(least, min(request.max_output_tokens, request.model.max_output_tokens))
