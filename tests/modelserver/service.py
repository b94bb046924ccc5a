"""One request from arrival to record: path, key, body, rules, fault, answer, bill."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition as Monitor
from typing import Any

from . import gate, gateway, refusals, troubles
from .caches import GOOGLE_MINIMUM, PrefixCaches, Priced
from .calls import Call, default_text, plan
from .catalog import ModelRow, Usage, Vendor
from .clock import Clock
from .faults import STATUS_FAULTS, Fault, Trouble
from .headers import vendor_headers
from .http import ClientGone, Connection, HttpRequest
from .limits import Limits
from .records import Exchange, Record
from .refusals import Refusal
from .routes import ROUTES, WIRES, Route, call_from, error_frame, rules_for
from .rules import Ask, Rule, first_refusal
from .script import Script
from .sending import Sending, html


@dataclass(slots=True)
class State:
    """All that a server remembers. The monitor guards what other threads read."""

    clock: Clock = field(default_factory=Clock)
    script: Script = field(default_factory=Script)
    records: list[Record] = field(default_factory=list)
    shutdown_dates: dict[str, str] = field(default_factory=dict)
    monitor: Monitor = field(default_factory=Monitor)
    arrived: int = 0
    open: list[Exchange] = field(default_factory=list)
    caches: PrefixCaches = field(init=False)
    limits: Limits = field(init=False)
    bills_unbegun: bool = False
    """Whether a call cut off before its first token is billed for its input: no vendor says."""

    def __post_init__(self) -> None:
        self.caches = PrefixCaches(self.clock)
        self.limits = Limits(self.clock)

    def reset(self) -> None:
        """As new. Requests that are still open go on, but will not be recorded."""
        with self.monitor:
            self.records.clear()
            self.shutdown_dates.clear()
            self.script.clear()
            self.caches = PrefixCaches(self.clock)
            self.arrived = 0
            self.limits.clear()
            for exchange in self.open:
                exchange.forgotten = True

    def settled(self) -> bool:
        """Whether every response that a client can have in full is recorded."""
        return not any(exchange.finished for exchange in self.open)


class Service:
    def __init__(self, state: State, port: Callable[[], int]) -> None:
        self._state = state
        self._port = port
        self._ids = itertools.count(1)

    async def serve(self, connection: Connection, request: HttpRequest) -> bool:
        """Answer one request. True when the connection can be used again."""
        number = next(self._ids)
        with self._state.monitor:
            self._state.arrived += 1
            exchange = Exchange(
                self._state.arrived, request.method, request.path, request.headers, f"req_{number:08d}"
            )
            self._state.open.append(exchange)
            self._state.monitor.notify_all()
        try:
            return await self._answer(connection, request, exchange)
        except ClientGone:
            exchange.closed_after = exchange.elapsed()
            exchange.finished = False
            return False
        finally:
            self._keep(exchange)

    def _keep(self, exchange: Exchange) -> None:
        record = exchange.record()
        with self._state.monitor:
            self._state.open.remove(exchange)
            if not exchange.forgotten:
                self._state.records.append(record)
            self._state.monitor.notify_all()

    async def _answer(self, connection: Connection, request: HttpRequest, exchange: Exchange) -> bool:
        through = gateway.behind(request)
        if through is not None:
            request, exchange.gateway = through, True
        vendor = gate.vendor_of(request.path, request.headers)
        exchange.key = gate.key_state(vendor, request.headers)
        refusal = gate.no_such_path(request.method, request.path, vendor)
        refusal = refusal or gate.not_let_in(vendor, request.headers)
        if refusal is not None:
            return await self._refuse(connection, exchange, vendor, refusal)
        if request.method == "GET":
            return await self._model(connection, exchange, vendor)
        found = self._understand(request, exchange, vendor)
        if isinstance(found, Refusal):
            return await self._refuse(connection, exchange, vendor, found)
        route, ask = found
        if route.counts:
            return await self._count(connection, exchange, ask)
        return await self._generate(connection, exchange, call_from(route, ask))

    def _understand(
        self, request: HttpRequest, exchange: Exchange, vendor: Vendor
    ) -> tuple[Route, Ask] | Refusal:
        body = gate.too_large(request.body, vendor) or gate.parse(request.body, vendor)
        if isinstance(body, Refusal):
            return body
        exchange.body = body
        row = gate.find_model(body.get("model"), vendor)
        if isinstance(row, Refusal):
            return row
        route = ROUTES[request.path]
        exchange.row = row
        ask = Ask(body, row, request.headers, route.read_prompt)
        # The prompt is read as a last rule, so that a shape no rule has looked at is refused, not served.
        return first_refusal((*rules_for(route, row.vendor), Rule("prompt", _prompt_is_readable)), ask) or (
            route,
            ask,
        )

    def _headers(self, exchange: Exchange, vendor: Vendor) -> dict[str, str]:
        found = self._own_headers(exchange, vendor)
        return gateway.passed_on(found) if exchange.gateway else found

    def _own_headers(self, exchange: Exchange, vendor: Vendor) -> dict[str, str]:
        return vendor_headers(vendor, exchange.request_id, self._state.limits.headers(vendor))

    async def _json(
        self, connection: Connection, exchange: Exchange, status: int, body: Any, headers: dict[str, str]
    ) -> bool:
        data = json.dumps(body).encode()
        exchange.status = status
        headers = {**headers, "content-type": "application/json"}
        await connection.write_head(status, headers, len(data))
        exchange.finished = True
        await connection.write(data)
        return True

    async def _refuse(
        self, connection: Connection, exchange: Exchange, vendor: Vendor, refusal: Refusal
    ) -> bool:
        exchange.rule = refusal.rule
        status, body = refusal.status, refusals.body(refusal, vendor, exchange.request_id)
        headers = {**self._own_headers(exchange, vendor), **refusal.headers}
        if exchange.gateway:
            status, body, headers = gateway.refused(vendor, status, body, headers)
        return await self._json(connection, exchange, status, body, headers)

    async def _model(self, connection: Connection, exchange: Exchange, vendor: Vendor) -> bool:
        row = gate.find_model(exchange.path.rpartition("/")[2], vendor)
        if isinstance(row, Refusal):
            return await self._refuse(connection, exchange, vendor, row)
        trouble = self._state.script.next_trouble("", row.id, exchange.path, False)
        if trouble is not None:
            return await self._misbehave(connection, exchange, row, trouble)
        body = gate.model_json(row, self._state.shutdown_dates.get(row.id))
        return await self._json(connection, exchange, 200, body, self._headers(exchange, row.vendor))

    async def _count(self, connection: Connection, exchange: Exchange, ask: Ask) -> bool:
        trouble = self._state.script.next_trouble(ask.prompt.text, ask.row.id, exchange.path, False)
        if trouble is not None:
            return await self._misbehave(connection, exchange, ask.row, trouble)
        if ask.row.vendor in ("compatible", "google"):
            refusal = Refusal("Not Found", 404, rule="no token count here")
            return await self._refuse(connection, exchange, "compatible", refusal)
        body: dict[str, Any] = {"input_tokens": ask.prompt.count}
        if ask.row.vendor == "openai":
            body["object"] = "response.input_tokens"
        return await self._json(connection, exchange, 200, body, self._headers(exchange, ask.row.vendor))

    async def _misbehave(
        self, connection: Connection, exchange: Exchange, row: ModelRow, trouble: Trouble
    ) -> bool:
        """Faults that need no reply: error answers, redirects, and silence before the headers."""
        fault = exchange.fault = trouble.fault
        headers = self._headers(exchange, row.vendor)
        if fault is Fault.HANG_BEFORE_HEADERS:
            await connection.pause(None)
        if fault in (Fault.HTML_OK, Fault.BAD_GATEWAY):
            exchange.status = 502 if fault is Fault.BAD_GATEWAY else 200
            exchange.finished = True
            await html(connection, exchange.status, {})
            return True
        if fault is Fault.REDIRECT:
            headers["location"] = trouble.option(
                "location", f"http://localhost:{self._port()}{exchange.path}"
            )
            return await self._json(connection, exchange, 307, {}, headers)
        if fault in STATUS_FAULTS:
            refusal = troubles.refusal_for(trouble, row.vendor)
            return await self._refuse(connection, exchange, row.vendor, refusal)
        return False

    def _input_side(self, call: Call) -> Priced:
        caches = self._state.caches
        if call.row.vendor == "openai":
            return caches.openai(call.row, call.prompt, call.body.get("prompt_cache_key"))
        if call.row.vendor == "google":
            return caches.openai(call.row, call.prompt, None, GOOGLE_MINIMUM)
        if call.row.vendor == "anthropic":
            named = ("output_config", "thinking", "tool_choice")
            salt = json.dumps({name: call.body.get(name) for name in named}, sort_keys=True)
            return caches.anthropic(call.row, call.prompt, salt)
        return Priced(Usage(call.prompt.count), lambda: None)

    async def _generate(self, connection: Connection, exchange: Exchange, call: Call) -> bool:
        script, prompt = self._state.script, call.prompt.text
        trouble = script.next_trouble(prompt, call.row.id, exchange.path, True)
        if trouble is not None and trouble.fault in _WITHOUT_REPLY:
            return await self._misbehave(connection, exchange, call.row, trouble)
        if (full := self._state.limits.take(call.row.vendor, _taken(call))) is not None:
            return await self._refuse(connection, exchange, call.row.vendor, full)
        answer = script.next_answer(prompt, call.row.id, exchange.path)
        text = default_text(call) if answer is None else answer.text
        priced = self._input_side(call)
        reply = plan(call, exchange.request_id[4:], text, trouble, priced.usage)
        exchange.fault = trouble.fault if trouble else ""
        exchange.answer, exchange.full, exchange.tier = reply.text, reply.usage, reply.tier
        exchange.billed_unbegun = self._state.bills_unbegun
        exchange.free = reply.stop == "refusal" and not reply.pieces and call.row.vendor == "anthropic"
        sending = Sending(
            connection,
            exchange,
            call,
            reply,
            self._headers(exchange, call.row.vendor),
            (answer.pace if answer else None) or script.pace,
            trouble,
            priced.begun,
            lambda fault, code, message: error_frame(call, reply, fault, code, message),
        )
        wire = WIRES[call.wire]
        if call.stream:
            return await sending.stream(wire.frames(call, reply))
        return await sending.whole(wire.whole(call, reply))


def _taken(call: Call) -> dict[str, float]:
    """What a call takes of its vendor's limits. OpenAI counts the prompt or what may be written at most,
    whichever is more; Anthropic counts both apart, and what is written as it is written."""
    most = call.body.get("max_output_tokens") or call.body.get("max_completion_tokens") or 0
    if call.row.vendor == "anthropic":
        return {"requests": 1, "tokens": call.prompt.count, "input-tokens": call.prompt.count}
    return {"requests": 1, "tokens": max(call.prompt.count, most)}


def _prompt_is_readable(ask: Ask) -> Refusal | None:
    return None if ask.prompt.blocks else Refusal("The prompt is empty.")


_WITHOUT_REPLY = frozenset(STATUS_FAULTS) | {
    Fault.HANG_BEFORE_HEADERS,
    Fault.DROP_BEFORE_HEADERS,
    Fault.BAD_GATEWAY,
    Fault.HTML_OK,
    Fault.REDIRECT,
}
