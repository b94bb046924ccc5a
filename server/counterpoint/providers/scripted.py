"""A provider that plays written answers at a model's pace: for the demo, and where no model may be asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from counterpoint.errors import ProviderError, ProviderTimeout
from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Request
from counterpoint.providers.reading import estimate


@dataclass(frozen=True, slots=True)
class Play:
    """One written answer.

    `pieces` are yielded one by one; a plain text counts as pieces of about four characters. Times are
    seconds: to the first piece, and between pieces. With `error` the answer fails after its pieces, or
    before it has begun where there are none. With `hold` it waits for `release` before its first piece.
    `usage` None is reckoned from the model's characters per token.
    """

    pieces: str | tuple[str, ...] = ""
    first_token: float = 0.0
    between: float = 0.0
    stop: Literal["end", "length", "refusal", "filter"] = "end"
    error: ProviderError | None = None
    hold: bool = False
    usage: Usage | None = None
    detail: str = ""

    def texts(self) -> tuple[str, ...]:
        if isinstance(self.pieces, tuple):
            return self.pieces
        return tuple(self.pieces[at : at + 4] for at in range(0, len(self.pieces), 4))


Answer: TypeAlias = Play | str | ProviderError
Script: TypeAlias = Iterable[Answer] | Callable[[Request], Answer]


class UnexpectedCall(RuntimeError):
    """The script has no answer to this call, or forbids calls. A fault of the caller, not of a vendor."""


@dataclass(frozen=True, slots=True)
class Played:
    """A call that was made. `ended` says how: `closed` is a consumer that left or was cancelled."""

    request: Request
    ended: Literal["running", "done", "failed", "closed"] = "running"
    pieces: int = 0


class ScriptedProvider:
    """A `Provider`. `script` is a queue of answers, or a function from the request to one.

    `pace` gives the times of answers written as plain text. Without a script every call is forbidden.
    """

    def __init__(self, script: Script = (), *, name: str = "scripted", pace: Play | None = None) -> None:
        self.name = name
        self._pace = pace or Play()
        self._choose = script if callable(script) else None
        self._queue: deque[Answer] = deque() if callable(script) else deque(script)
        self._released = asyncio.Event()
        self._calls: list[Played] = []

    @property
    def history(self) -> tuple[Played, ...]:
        """All calls so far, oldest first."""
        return tuple(self._calls)

    @property
    def requests(self) -> tuple[Request, ...]:
        return tuple(call.request for call in self._calls)

    def add(self, *answers: Answer) -> None:
        """Append to the queue."""
        self._queue.extend(answers)

    def release(self) -> None:
        """Let go every answer that is held, now and from now on."""
        self._released.set()

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """See `Provider`. Raises UnexpectedCall where the script has no answer."""
        play = self._next(request)
        index = len(self._calls)
        self._calls.append(Played(request))
        end = asyncio.get_running_loop().time() + request.deadline
        ended: Literal["done", "failed", "closed"] = "closed"
        try:
            texts = play.texts()
            if play.error is not None and not texts:
                raise play.error
            yield Begun(Usage(input_tokens=estimate(request, 0).input_tokens), request_id=f"script_{index}")
            for count, text in enumerate(texts or ("",)):
                await self._wait(play, count, end)
                if text:
                    self._calls[index] = Played(request, pieces=count + 1)
                    yield text
            if play.error is not None:
                raise play.error
            ended = "done"
            yield self._done(request, play, f"script_{index}")
        except ProviderError:
            ended = "failed"
            raise
        finally:
            self._calls[index] = replace(self._calls[index], ended=ended)

    async def count(self, request: Request) -> int | None:
        """The estimate: a script has no tokens of its own."""
        return estimate(request, 0).input_tokens

    async def close(self) -> None:
        self.release()

    def _next(self, request: Request) -> Play:
        if self._choose is None and not self._queue:
            raise UnexpectedCall(f"the script {self.name!r} has no answer to call {len(self._calls) + 1}")
        answer = self._choose(request) if self._choose else self._queue.popleft()
        if isinstance(answer, str):
            return replace(self._pace, pieces=answer)
        return Play(error=answer) if isinstance(answer, ProviderError) else answer

    async def _wait(self, play: Play, count: int, end: float) -> None:
        try:
            async with asyncio.timeout_at(end):
                if play.hold and count == 0:
                    await self._released.wait()
                await asyncio.sleep(play.between if count else play.first_token)
        except TimeoutError:
            raise ProviderTimeout("The script did not end in time.", provider=self.name) from None

    def _done(self, request: Request, play: Play, request_id: str) -> Done:
        characters = sum(len(text) for text in play.texts())
        reckoned = replace(estimate(request, characters), estimated=False)
        return Done(
            play.stop,
            play.usage or reckoned,
            request.model.id,
            request_id=request_id,
            detail=play.detail,
        )
