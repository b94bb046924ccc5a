"""What a provider is: one primitive that streams a request. Adapters live beside this file.

An adapter is imported only when its provider is first asked for: importing a vendor's SDK costs up to
a second and 40 MiB. `opening.Providers` therefore runs the import in a thread, one at a time.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from counterpoint.models import Model, Usage
from counterpoint.rates import NOTHING, Rates


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the user message. `cache` marks the end of a prefix worth keeping at the vendor."""

    text: str
    cache: bool = False


@dataclass(slots=True, eq=False)
class Seen:
    """What an adapter sees of one call on its wire, as it goes. It tells what a call that is broken off may
    cost; an adapter that cannot tell leaves it as it is."""

    sent: bool = True
    """Whether the request has gone out whole."""
    read: float | None = None
    """When bytes of the answer last came, by `time.monotonic`."""
    rest: list[Chunk] = field(default_factory=list)
    """What came with the last bytes that were read, and was not taken any more."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call. The stable text comes first: `system`, then `parts` in order.

    `schema` (JSON Schema) asks for JSON where the model can be held to it. `deadline` is the total time
    in seconds, ours, whatever the connection does.
    `suffix` is what follows the place a model is to fill in, for those that are asked no other way.
    """

    model: Model
    system: str
    parts: tuple[Part, ...]
    max_output_tokens: int
    effort: str | None = None
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    tier: str | None = None
    cache_key: str | None = None
    deadline: float = 60.0
    suffix: str = ""
    seen: Seen | None = field(default=None, repr=False, compare=False)
    """Where the adapter writes down what it sees of the call."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The vendor has accepted the call: from here on it is billed, cancelled or not."""

    usage: Usage = field(default_factory=Usage)
    """What is known so far: input tokens if the vendor says them up front, else zeros."""
    request_id: str | None = None
    rates: Rates = NOTHING
    """What the reply's headers say of the vendor's limits."""


@dataclass(frozen=True, slots=True)
class Done:
    """The terminal event was seen. `length` means the answer was cut at the limit."""

    stop: Literal["end", "length", "refusal", "filter"]
    usage: Usage
    model: str
    tier: str | None = None
    request_id: str | None = None
    detail: str = ""


Chunk: TypeAlias = str | Begun | Done


class Provider(Protocol):
    """An adapter to one endpoint.

    `stream` yields `Begun` once, then text, then `Done` once and last; or raises a ProviderError.
    Closing the generator, or cancelling the task that reads it, closes the socket.
    """

    name: str

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]: ...

    async def count(self, request: Request) -> int | None:
        """Input tokens by the vendor's own count, or None where the endpoint has no such call."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Connects(Protocol):
    """A provider that can open its connection ahead of a call."""

    async def connect(self) -> None:
        """Nothing of the user is sent, and nothing raised: what stands in the way is told by the call."""
        ...


@dataclass(frozen=True, slots=True)
class ModelNotice:
    """What a vendor says of one of its models; `shutdown_date` as the vendor writes it."""

    id: str
    shutdown_date: str | None = None


@runtime_checkable
class Describes(Protocol):
    """A provider that can look a model up at its vendor."""

    async def describe(self, model: Model, deadline: float) -> ModelNotice | None:
        """None where the endpoint has no such call or model. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is reached, resolved from protected settings and keys.

    `base_url` is the vendor's own form: OpenAI's ends in /v1, Anthropic's does not. None = the vendor.
    `proxy` and `ca_file` are None for the system's own.
    """

    provider: str
    key: str | None = None
    base_url: str | None = None
    proxy: str | None = None
    ca_file: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Endpoint({self.provider!r}, base_url={self.base_url!r}, key={'set' if self.key else 'none'})"
