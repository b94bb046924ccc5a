"""Both ends of the question which tests a change may break."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from counterpoint.context.impact import Impact, Impacted, Touched, impact_of
from counterpoint.context.symbols import Symbols
from counterpoint.index.wire import reason

Ask = Callable[[Callable[[], dict[str, Any]], float], Awaitable[dict[str, Any]]]

_SECONDS = 2.0
"""As long as other questions may wait for this one: it is asked before minutes of tests."""


def answered(message: Mapping[str, Any], symbols: Symbols) -> dict[str, Any]:
    """The reply of the service."""
    touched = {path: [(first, last) for first, last in rows] for path, rows in message["touched"].items()}
    until = time.monotonic() + _SECONDS
    found = impact_of(touched, symbols, message["past"], lambda: time.monotonic() > until)
    rows = [[one.path, one.name, one.line, one.weight, one.why] for one in found.tests]
    return {"tests": rows, "totals": dict(found.totals)}


async def asked(ask: Ask, touched: Touched, past: Mapping[str, float], seconds: float) -> Impact:
    """The answer for the server: no tests and the reason, where it is not known within some seconds."""
    rows = {path: [[first, last] for first, last in lines] for path, lines in touched.items()}
    row = {"op": "impacted", "touched": rows, "past": dict(past)}
    reply = await ask(lambda: row, time.monotonic() + seconds)
    if "tests" not in reply:
        return Impact(why_not=reason(reply))
    return Impact(tuple(Impacted(*one) for one in reply["tests"]), reply["totals"])
