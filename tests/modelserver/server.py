"""`ModelServer`: the service on a loopback port, in a thread with its own event loop."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from . import control, gate, gateway
from .catalog import Vendor
from .faults import Fault
from .http import ClientGone, Connection
from .records import Record
from .script import Answer, Condition, Pace
from .service import Service, State

_START_LIMIT = 10.0
_LAST_TURNS = 10
_SETTLE_LIMIT = 5.0


async def _turns() -> None:
    for _ in range(_LAST_TURNS):
        await asyncio.sleep(0)


class ModelServer:
    """All vendors on one port. Use as a context manager; every method may be called from any thread."""

    openai_key = gate.OPENAI_KEY
    anthropic_key = gate.ANTHROPIC_KEY
    google_key = gate.GOOGLE_KEY

    def __init__(self, port: int = 0, clock: Callable[[], float] | None = None) -> None:
        """`clock` (seconds, monotonic) rules the caches; see also `advance`."""
        self._wanted_port = port
        self.state = State()
        if clock is not None:
            self.state.clock.source = clock
        self.port = 0
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="modelserver", daemon=True)

    # Life

    def __enter__(self) -> ModelServer:
        self._thread.start()
        if not self._ready.wait(_START_LIMIT):
            raise TimeoutError("the model server did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_LIMIT)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        service = Service(self.state, lambda: self.port)
        served: dict[asyncio.Task[None], Connection] = {}

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = Connection(reader, writer)
            task = asyncio.ensure_future(self._converse(service, connection))
            served[task] = connection
            task.add_done_callback(served.pop)

        try:
            server = await asyncio.start_server(accept, "127.0.0.1", self._wanted_port)
        except OSError as error:
            self._failure = error
            return
        finally:
            if self._failure is not None:
                self._ready.set()
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await _turns()  # Connections half accepted come through.
        for task, connection in list(served.items()):
            connection.abandon()
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)
        await _turns()  # Sockets are closed one turn after their transports.

    async def _converse(self, service: Service, connection: Connection) -> None:
        try:
            while (request := await connection.read_request()) is not None:
                if request.path.startswith(control.PREFIX):
                    name = request.path.removeprefix(control.PREFIX)
                    status, body = control.handle(self.state, request.method, name, request.body)
                    data = json.dumps(body).encode()
                    await connection.write_head(status, {"content-type": "application/json"}, len(data))
                    await connection.write(data)
                elif not await service.serve(connection, request):
                    return
        except ClientGone:
            return
        finally:
            await connection.close()

    # Where it is

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """In OpenAI's own form, with `/v1`."""
        return f"{self.url}/v1"

    @property
    def anthropic_url(self) -> str:
        """In Anthropic's own form, without `/v1`."""
        return self.url

    @property
    def google_url(self) -> str:
        """In Google's own form."""
        return f"{self.url}{gate.GOOGLE_BASE}"

    @property
    def gateway_url(self) -> str:
        """A team's gateway in front of all vendors, as one address for both forms."""
        return f"{self.url}{gateway.PREFIX}"

    # What it is to do

    def answer(
        self,
        text: str,
        match: str | None = None,
        model: str | None = None,
        repeat: bool = False,
        *,
        path: str | None = None,
        first_token: float | None = None,
        between: float = 0.0,
        until: threading.Event | None = None,
    ) -> None:
        """Script the next answer, or the next to a prompt that contains `match`; `repeat` keeps it.

        An entry with a condition that fits goes before open ones. `first_token` and `between` (seconds)
        give this answer a pace of its own; its first token also waits for `until`, which the test sets.
        """
        paced = first_token is not None or until is not None
        pace = Pace(first_token or 0.0, between, until) if paced else None
        self.state.script.add_answer(Answer(text, Condition(match, model, path), repeat, pace))

    def fault(
        self,
        fault: Fault,
        match: str | None = None,
        repeat: bool = False,
        *,
        model: str | None = None,
        path: str | None = None,
        **options: Any,
    ) -> None:
        """Give the next generating request (or one that fits) this fault. Requests that the vendor would
        reject are rejected first and do not use it up. Token counts and model look-ups are hit only
        when `path` names them."""
        self.state.script.add_fault(fault, options, Condition(match, model, path), repeat)

    def pace(self, first_token: float = 0.0, between: float = 0.0) -> None:
        """Seconds to the first token and between tokens, for all answers without a pace of their own."""
        self.state.script.pace = Pace(first_token, between)

    def limit(self, vendor: Vendor, *, span: float = 60.0, **limits: float) -> None:
        """Keep a vendor's account to limits in `span` seconds, by name: `requests`, `tokens`, `input_tokens`.
        Who takes more is refused with 429 and `retry-after`."""
        named = {name.replace("_", "-"): limit for name, limit in limits.items()}
        self.state.limits.set(vendor, span, named)

    def advance(self, seconds: float) -> None:
        """Let the caches grow older by so much."""
        self.state.clock.advance(seconds)

    def shutdown_date(self, model: str, date: str) -> None:
        """Announce the end of a model (`YYYY-MM-DD`) in `GET /v1/models/{model}`."""
        self.state.shutdown_dates[model] = date

    def reset(self) -> None:
        """Forget answers, faults, pace, limits, caches, log and bill."""
        self.state.reset()

    # What it has seen

    @property
    def log(self) -> tuple[Record, ...]:
        """The requests that are over, in order of arrival: every answer a client has in full is in it."""
        self._wait(self.state.settled, _SETTLE_LIMIT, "a finished request is not recorded")
        with self.state.monitor:
            return tuple(sorted(self.state.records, key=lambda record: record.number))

    @property
    def bill(self) -> float:
        """USD for all requests that are over."""
        return sum(record.cost_usd for record in self.log)

    def wait_idle(self, timeout: float = 5.0) -> None:
        """Until no request is open. TimeoutError after `timeout` seconds."""
        self._wait(lambda: not self.state.open, timeout, "requests are still open")

    def wait_arrived(self, count: int, timeout: float = 5.0) -> None:
        """Until `count` requests have come in since the start or the last reset, done or not."""
        self._wait(lambda: self.state.arrived >= count, timeout, f"fewer than {count} requests arrived")

    def _wait(self, done: Callable[[], bool], timeout: float, complaint: str) -> None:
        deadline = time.monotonic() + timeout
        with self.state.monitor:
            while not done():
                if not self.state.monitor.wait(deadline - time.monotonic()):
                    raise TimeoutError(complaint)
