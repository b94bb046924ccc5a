"""The same control over HTTP, under `/__control/`, for processes that are not Python."""

from __future__ import annotations

import json
from typing import Any

from .faults import Fault
from .script import Answer, Condition, Pace
from .service import State

PREFIX = "/__control/"


def _condition(order: dict[str, Any]) -> Condition:
    return Condition(order.pop("match", None), order.pop("model", None), order.pop("path", None))


def answer(state: State, order: dict[str, Any]) -> None:
    """{text, match?, model?, path?, repeat?, first_token?, between?}; text may be any JSON."""
    text = order["text"]
    pace = None
    if "first_token" in order or "between" in order:
        pace = Pace(order.get("first_token", 0.0), order.get("between", 0.0))
    text = text if isinstance(text, str) else json.dumps(text)
    state.script.add_answer(Answer(text, _condition(order), bool(order.get("repeat")), pace))


def fault(state: State, order: dict[str, Any]) -> None:
    """{fault, match?, model?, path?, repeat?, ...options}."""
    order = dict(order)
    kind = Fault(order.pop("fault"))
    repeat = bool(order.pop("repeat", False))
    condition = _condition(order)
    state.script.add_fault(kind, order, condition, repeat)


def pace(state: State, order: dict[str, Any]) -> None:
    state.script.pace = Pace(order.get("first_token", 0.0), order.get("between", 0.0))


def script(state: State, order: dict[str, Any]) -> None:
    """{answers: [...], faults: [...], pace: {...}}, the form of `--script` files."""
    for item in order.get("answers", ()):
        answer(state, dict(item))
    for item in order.get("faults", ()):
        fault(state, item)
    if "pace" in order:
        pace(state, order["pace"])


def handle(state: State, method: str, name: str, data: bytes) -> tuple[int, Any]:
    """(status, JSON) for one control request."""
    if method == "GET" and name in ("log", "bill"):
        with state.monitor:
            records = sorted(state.records, key=lambda record: record.number)
        if name == "bill":
            return 200, {"usd": sum(record.cost_usd for record in records), "requests": len(records)}
        return 200, [record.as_json() for record in records]
    orders = {"answer": answer, "fault": fault, "pace": pace, "script": script}
    try:
        order = json.loads(data or b"{}")
        if method == "POST" and name in orders:
            orders[name](state, order)
        elif method == "POST" and name == "advance":
            state.clock.advance(order["seconds"])
        elif method == "POST" and name == "reset":
            state.reset()
        else:
            return 404, {"error": f"no control named {name}"}
    except (ValueError, KeyError, TypeError) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}
    return 200, {"ok": True}
