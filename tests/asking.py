"""An engine whose provider says what a test tells it to; everything else is real, the ledger included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.engine import Engine, Ports
from counterpoint.errors import ProviderError
from counterpoint.flows.price import Agree, nobody
from counterpoint.flows.review import Options, Review, Static, Tools, review, unit_of
from counterpoint.ledger import Ledger
from counterpoint.models import Usage, load_catalogue
from counterpoint.providers import Begun, Chunk, Done, Endpoint, Provider, Request
from counterpoint.settings import Settings
from counterpoint.text import Situation


@dataclass
class Said:
    """Streams `answers` in order, in pieces; an exception among them is raised; `hold` never ends."""

    answers: list[str | ProviderError]
    name: str = "said"
    requests: list[Request] = field(default_factory=list)
    pieces: int = 7
    hold: bool = False
    closed: int = 0
    stop: str = "end"

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        answer = self.answers.pop(0)
        try:
            if isinstance(answer, ProviderError):
                raise answer
            yield Begun(Usage(input_tokens=100), "req-1")
            for at in range(0, len(answer), self.pieces):
                yield answer[at : at + self.pieces]
                await asyncio.sleep(0)
            if self.hold:
                await asyncio.Event().wait()
            usage = Usage(input_tokens=100, output_tokens=20)
            yield Done(self.stop, usage, request.model.id)  # type: ignore[arg-type]
        finally:
            self.closed += 1

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None


def engine(
    said: Provider,
    folder: Path,
    *,
    usable: frozenset[str] = frozenset({"openai", "anthropic"}),
    guard: Callable[[str, str], str | None] = lambda path, text: None,
    missing: tuple[str, ...] = (),
    settings: Settings | None = None,
) -> Engine:
    """A real engine over a scripted provider, with its ledger in `folder`."""

    async def providers() -> frozenset[str]:
        return usable

    async def endpoint(name: str) -> Endpoint:
        return Endpoint(name, key="k")

    async def opened(endpoint: Endpoint) -> Provider:
        return said

    ports = Ports(providers, endpoint, opened, guard, lambda endpoint: missing)
    return Engine(settings or Settings(), load_catalogue(), Ledger(folder / "ledger.sqlite3"), ports)


async def reviewed(
    engine: Engine,
    situations: Sequence[Situation],
    options: Options | None = None,
    static: Static | None = None,
    *,
    agree: Agree = nobody,
) -> Review:
    """A review of situations as they are, each as one unit; passes and files are those of the first."""
    first = situations[0]
    options = options or Options(passes=first.passes)
    tools = Tools(files=first.files, static=static)
    return await review(engine, [unit_of(one) for one in situations], options, tools, agree=agree)
