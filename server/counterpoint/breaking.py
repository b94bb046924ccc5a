"""What is booked for a call that was broken off: an upper estimate of what its vendor may bill. Pure.

No vendor tells figures for such a call, and none says what it bills of it. A bill above what was shown is the
surprise, so every unknown is taken at its upper end: the input as the latest calls of the kind were counted
at most, read from no cache; all text that was read; what may have been thought before it; and what was
written, and under way, while the socket was being closed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import ceil, inf

from counterpoint.ledger import Told
from counterpoint.models import Model, Usage, price_of
from counterpoint.providers import Request

MORE = 1.25
"""So much more than we count may a vendor count of which nothing is known: as for what is set aside."""
_ODD = 4
"""Tokens that a text may have beside what its length tells: the last of it may be cut into many."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What was known of a call when it ended without the vendor's figures. Times are in seconds."""

    sent: bool
    """Whether the request had gone out whole."""
    refused: bool = False
    """The vendor turned it down before it began to answer: that is not billed."""
    begun: Usage | None = None
    """What the vendor had told as it began to answer; None if it had not."""
    characters: int = 0
    """Of the answer's text, as far as it was read."""
    waited: float = 0.0
    """From the request to the first text; without any, to the end."""
    idle: float = 0.0
    """From the last bytes that were read to the end."""


@dataclass(frozen=True, slots=True)
class Most:
    """The upper ends of what is known of calls of one kind. Rates are tokens a second."""

    input_tokens: int
    written: bool
    """Whether a cache may have been written, and that has its price."""
    per_character: float
    """Tokens a character of an answer."""
    thought: float
    """Tokens before the first text."""
    thinking: float
    writing: float
    round_trip: float
    """Seconds, with what holds it up."""
    limit: float = inf
    """Tokens that the vendor was allowed to write."""


def booked(broken: Broken, most: Most) -> Usage:
    """What the call is booked at."""
    if broken.refused or not broken.sent:
        return Usage(estimated=True)
    begun = broken.begun or Usage()
    if not begun.input_tokens:
        size = most.input_tokens
        begun = replace(begun, input_tokens=size, written_5m_tokens=size if most.written else 0)
    output = min(_output(broken, most), most.limit)
    return replace(begun, output_tokens=max(begun.output_tokens, ceil(output)), estimated=True)


def _output(broken: Broken, most: Most) -> float:
    """Tokens that were read, were thought, or were under way."""
    if broken.begun is None:  # else its beginning would have been read
        under_way = min(broken.waited, most.round_trip)
        return min(most.thought, most.thinking * under_way) + most.writing * under_way
    thought = min(most.thought, most.thinking * (broken.waited + most.round_trip))
    if not broken.characters:
        return max(thought, most.writing * broken.idle) + most.writing * most.round_trip
    read = broken.characters * most.per_character + _ODD
    return thought + read + most.writing * (broken.idle + most.round_trip)


def most_of(request: Request, input_tokens: int, told: Told | None) -> Most:
    """What is known of the calls of a request's kind. `input_tokens` is our own count, for where its vendor
    has told too little of such calls; the model's row then tells the rates."""
    model = request.model
    size = ceil(input_tokens * MORE) if told is None else told.most_input(characters_of(request))
    if request.schema is not None and (told is None or told.of_another):
        size += ceil(model.tokens_in(len(json.dumps(request.schema))) * MORE)
    usual, quick = model.prior_tokens_per_second[1], model.prior_first_token[0]
    plain = MORE / model.characters_per_token
    thought = None if told is None else told.thought
    return Most(
        size,
        written=_pays_to_write(model, size),
        per_character=plain if told is None or told.per_written is None else told.per_written,
        thought=0 if not _thinks(request) else inf if thought is None else thought,
        thinking=usual if told is None or thought is None or told.thinking is None else told.thinking,
        writing=usual if told is None or told.writing is None else told.writing,
        round_trip=quick if told is None or told.round_trip is None else told.round_trip,
        limit=request.max_output_tokens or inf,
    )


def characters_of(request: Request) -> int:
    """What is sent of texts."""
    return len(request.system) + sum(len(part.text) for part in request.parts) + len(request.suffix)


def _pays_to_write(model: Model, tokens: int) -> bool:
    price = price_of(model, tokens)
    return price.write_5m > price.input and tokens >= model.cache_min_tokens


def _thinks(request: Request) -> bool:
    """Whether tokens may be thought. Where no effort is named, models that think at all take their own, but
    for those that must be told to think."""
    model = request.model
    if model.thinks_always:
        return True
    named = request.effort or ("none" if model.can("thinking") else "")
    return bool(model.efforts) and named != "none"
