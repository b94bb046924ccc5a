"""A review of many units against vendors of a known pace, through the real server over pipes.

    python -m tests.bench.review_pace [--units 100] [--pace 1.0] [--parallel 4]

Told are the wall time beside what the pace allows, the time until the first finding is on show, and the round
trip of completions while the review runs beside that of an idle server. Completions have a pace of their own
of 0.15 s, so that both round trips are those of a model. Compare ratios: times are wall times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.e2e.lsp.product import FULL, Editor, editor, place
from tests.modelserver import ModelServer

_COMPLETION = 0.15
_FOUND = 5
"""Files in which something is found."""


@dataclass
class Measured:
    """Seconds. `first` is until the first finding is on show; `trips` are of completions."""

    wall: float = 0.0
    first: float = 0.0
    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)


def text_of(number: int) -> str:
    rows = [f'"""Part {number}."""', "", ""]
    for name in ("total", "share"):
        rows += [
            f"def {name}_{number}(rows, count):",
            f"    {name} = sum(row.price for row in rows)",
            f"    return {name} / count",
            "",
            "",
        ]
    return "\n".join(rows)


def finding(number: int) -> dict[str, Any]:
    return {
        "path": f"part{number}.py", "line": 6, "quote": "return total / count", "severity": "P2",
        "confidence": 0.8, "category": "logic", "title": "Divides by zero", "body": "B", "evidence": [],
        "fix": None,
    }  # fmt: skip


def scripted(server: ModelServer, units: int, pace: float) -> None:
    for number in range(_FOUND):
        said = json.dumps({"findings": [finding(number)]})
        server.answer(said, match=f"File: part{number}.py", repeat=True, first_token=pace)
    nothing = json.dumps({"findings": []})
    server.answer(nothing, match="You review code", repeat=True, first_token=pace)
    server.answer("compute(rows)", match="You complete code", repeat=True, first_token=_COMPLETION)


async def typing(client: Editor, uri: str, into: list[float], stop: asyncio.Event, most: int) -> None:
    """A line typed and a completion asked for, about twice a second."""
    version = 1000 * (1 + len(into))
    for _ in range(most):
        if stop.is_set():
            return
        version += 1
        name = f"value_{version}"
        await client.change(uri, version, f"import part0\n\n\ndef work(rows):\n    {name} = ")
        began = time.perf_counter()
        params = {
            "textDocument": {"uri": uri},
            "position": place(4, len(f"    {name} = ")),
            "context": {"triggerKind": 1},
        }
        reply = await client.reply(await client.start("textDocument/inlineCompletion", params))
        if reply.get("result", {}).get("items"):
            into.append(time.perf_counter() - began)
        await asyncio.sleep(0.3)


async def measured(units: int, pace: float, parallel: int) -> Measured:
    found = Measured()
    with tempfile.TemporaryDirectory() as folder, ModelServer() as server:
        root = Path(folder).resolve() / "work"
        root.mkdir()
        for number in range(units):
            (root / f"part{number}.py").write_text(text_of(number))
        (root / "typed.py").write_text("import part0\n")
        scripted(server, units, pace)
        env = {
            "COUNTERPOINT__REVIEW__PARALLEL": str(parallel),
            "COUNTERPOINT_HOME": f"{folder}/home",
            "COUNTERPOINT__BUDGET__DAY_USD": "1000.0",
            "COUNTERPOINT__BUDGET__COMPLETIONS_DAY_USD": "500.0",
            "COUNTERPOINT__VERIFY__BY": '"none"',
        }
        async with editor(root, server, FULL, env=env) as client:
            client.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
            uri = await client.open(root / "typed.py")
            other = await client.open(root / "part0.py")
            await asyncio.sleep(3)  # the index is built
            await _reviewed(client, {"uri": uri, "scope": "file", "passes": ["security"]})
            stop = asyncio.Event()
            await typing(client, uri, found.idle, stop, 20)
            busy = asyncio.create_task(typing(client, uri, found.busy, stop, 10_000))
            began = time.perf_counter()
            seen = asyncio.create_task(_first(client, began))
            argument = {"uri": other, "scope": "workspace", "passes": ["correctness"]}
            result = await _reviewed(client, argument)
            found.wall = time.perf_counter() - began
            stop.set()
            await busy
            found.first = await asyncio.wait_for(seen, 5)
            reviews = [one for one in server.log if "You review code" in json.dumps(one.body)]
            print(f"{len(reviews)} requests, {result['findings']} findings, complete: {result['complete']}")
    return found


async def _reviewed(client: Editor, argument: dict[str, Any]) -> dict[str, Any]:
    params = {"command": "counterpoint.review", "arguments": [argument]}
    reply = await client.reply(await client.start("workspace/executeCommand", params), 900)
    assert "result" in reply, reply
    result: dict[str, Any] = reply["result"]
    return result


async def _first(client: Editor, began: float) -> float:
    """Seconds until a progress report tells of a finding."""

    def tells(message: dict[str, Any]) -> bool:
        value = (message.get("params") or {}).get("value")
        return isinstance(value, dict) and "1 finding in part" in str(value.get("message", ""))

    await client.until(tells, 600)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--units", type=int, default=100)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--parallel", type=int, default=4)
    options = parser.parse_args()
    found = asyncio.run(measured(options.units, options.pace, options.parallel))
    ideal = options.units / options.parallel * options.pace
    limit = 1.15 * ideal + options.pace
    print(
        f"wall {found.wall:.1f} s, at most {limit:.1f} s ({(found.wall - options.pace) / ideal:.2f} x ideal)"
    )
    print(f"first finding after {found.first / options.pace:.2f} x the pace of a unit, at most 1.50")
    idle, busy = median(found.idle), median(found.busy)
    print(
        f"completion {idle * 1000:.0f} ms idle, {busy * 1000:.0f} ms meanwhile: {busy / idle:.2f}, at most 2"
    )
    worst = sorted(found.busy)[int(len(found.busy) * 0.95)]
    print(f"  the slowest twentieth from {worst * 1000:.0f} ms on, of {len(found.busy)}")


if __name__ == "__main__":
    main()
