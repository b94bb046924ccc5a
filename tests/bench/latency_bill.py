"""What a thousand keys cost at list price, by the strict model server's bill.

    python -m tests.bench.latency_bill [--modes calm,balanced,eager] [--keys 400] [--first 0.3] [--right 0.5]
                                       [--file tests/bench/latency_keys.json|shipped] [--everywhere true]

Keys with pauses are typed into the real server, in the midst of a document of 2,000 lines in a workspace
of 1,000 files. The model writes what is going to be typed in a share of the calls (`--right`), in the others
something as long that is not. A call that was cut off is billed for its input, before its first token too.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.latency_workspace import document, write
from tests.e2e.lsp.product import FULL, Editor, place
from tests.e2e.lsp.raw import running
from tests.modelserver import ModelServer, Record
from tests.modelserver.script import Answer, Condition, Script

HERE = Path(__file__).parent
LINES, FILES = 2_000, 1_000
GAP, PAUSE = 0.1, 1.6
LONG = 1_536
"""Tokens from which a request should be read at the cache price for the most part."""
SHIPPED = (
    "def average(items, scale=1.0):\n    count = len(items)\n    if count == 0:\n        return None\n"
    "    return total(items) / count * scale\n"
)
"""The keys of the load driver, one a character, with a pause after every 15th."""


@dataclass(frozen=True)
class Keys:
    keys: tuple[str, ...]
    pauses: frozenset[int]

    @classmethod
    def of(cls, name: str, most: int) -> Keys:
        if name == "shipped":
            text = (SHIPPED * 20)[:most]
            return cls(tuple(text), frozenset(range(15, most + 1, 15)))
        held = json.loads(Path(name).read_text("utf-8"))
        return cls(tuple(held["keys"][:most]), frozenset(one for one in held["pauses"] if one <= most))


class Writer(Script):
    """Goes on with what will be typed, in a share of the calls that the text before the cursor decides."""

    def __init__(self, target: str, right: float) -> None:
        super().__init__()
        self.target, self.right = target, right
        self.typed = ""

    def next_answer(self, prompt: str, model: str, path: str) -> Answer | None:
        rest = self.target[len(self.typed) :]
        end = rest.find("\n", 1)
        text = rest[: end if end > 0 else len(rest)] or "pass"
        draw = hashlib.sha256(self.typed.encode()).digest()[0] / 256
        if draw >= self.right:
            text = "".join(random.Random(self.typed).sample(text, len(text))).strip() or "x"
        return Answer(text, Condition(), repeat=True)


@dataclass(frozen=True)
class Bill:
    """`cached` is the share of input tokens read at the cache price, in long requests; `waits` are seconds
    from the last key before a pause to its suggestion."""

    keys: int
    pauses: int
    shown: int
    waits: Sequence[float]
    records: Sequence[Record]

    def line(self, name: str) -> str:
        usage = [record.usage for record in self.records]
        long = [one for one in usage if one.total_input >= LONG]
        cached = sum(one.cached for one in long) / max(1, sum(one.total_input for one in long))
        usd = sum(record.cost_usd for record in self.records) * 1000 / self.keys
        calls = 100 * len(self.records) / self.keys
        wait = f"{median(self.waits) * 1000:.0f} ms" if self.waits else "-"
        count = max(1, len(usage))
        read, written = (sum(one.total_input for one in usage), sum(one.output for one in usage))
        return (
            f"{name:10} {usd:.3f} USD/1,000 keys, {calls:.1f} calls/100 keys"
            f" of {read / count:.0f} tokens and {written / count:.0f} out, {cached:.0%} of long ones cached;"
            f" {self.shown}/{self.pauses} pauses answered after {wait}"
        )


@contextlib.asynccontextmanager
async def served(root: Path, home: Path, models: ModelServer, given: dict[str, str]) -> AsyncIterator[Editor]:
    env = {
        "OPENAI_API_KEY": models.openai_key,
        "OPENAI_BASE_URL": models.openai_url,
        "COUNTERPOINT__COMPLETION__EMBEDDED": "false",
        "COUNTERPOINT__BUDGET__COMPLETIONS_DAY_USD": "1000",
        "COUNTERPOINT__BUDGET__DAY_USD": "1000",
        "COUNTERPOINT_HOME": str(home),
        **given,
    }
    async with running("-m", "counterpoint", "serve", env=env, kind=Editor) as client:
        assert isinstance(client, Editor)
        client.answers["window/workDoneProgress/create"] = lambda params: None
        folder = {"uri": root.as_uri(), "name": "typed"}
        await client.initialize(capabilities=FULL, workspaceFolders=[folder])
        yield client


async def typed(client: Editor, uri: str, start: str, keys: Keys, writer: Writer) -> tuple[int, list[float]]:
    """Type with the pauses; how many of them had a suggestion, and after how many seconds."""
    draw = random.Random(7)
    line, column = start.count("\n"), len(start) - start.rfind("\n") - 1
    waits: list[float] = []
    last: asyncio.Task[Any] | None = None
    asked = 0
    for number, key in enumerate(keys.keys, 1):
        if last is not None and not last.done():
            await client.notify("$/cancelRequest", {"id": asked})
        at = place(line, column)
        change = {"range": {"start": at, "end": at}, "text": key}
        line, column = (line + 1, len(key) - 1) if "\n" in key else (line, column + len(key))
        writer.typed += key
        began = time.monotonic()
        await client.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": number + 1}, "contentChanges": [change]},
        )
        params = {
            "textDocument": {"uri": uri},
            "position": place(line, column),
            "context": {"triggerKind": 2},
        }
        asked = await client.start("textDocument/inlineCompletion", params)
        last = asyncio.create_task(client.reply(asked))
        if number not in keys.pauses:
            await asyncio.sleep(GAP * draw.uniform(0.6, 1.4))
            continue
        await asyncio.wait([last], timeout=PAUSE)
        if last.done() and ((last.result().get("result") or {}).get("items")):
            waits.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, PAUSE - (time.monotonic() - began)))
    return len(waits), waits


async def bill(keys: Keys, mode: str, given: dict[str, str]) -> Bill:
    """Type the keys in a mode."""
    before, after = document(LINES)
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models:
        root = Path(folder) / "work"
        write(root, FILES)
        (root / "typed.py").write_text(before + after, "utf-8")
        models.state.bills_unbegun = True
        writer = Writer("".join(keys.keys), float(given.get("--right", 0.5)))
        models.state.script = writer
        models.pace(float(given.get("--first", 0.3)), 0.005)
        env = {
            "COUNTERPOINT__COMPLETION__MODE": mode,
            "COUNTERPOINT__COMPLETION__EVERYWHERE": given.get("--everywhere", "false"),
        }
        async with served(root, Path(folder) / "home", models, env) as client:
            uri = await client.open(root / "typed.py")
            await asyncio.sleep(6)
            shown, waits = await typed(client, uri, before, keys, writer)
            await asyncio.sleep(1)
            await client.leave()
        models.wait_idle()
        return Bill(len(keys.keys), len(keys.pauses), shown, waits, models.log)


async def main() -> None:
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    keys = Keys.of(given.get("--file", str(HERE / "latency_keys.json")), int(given.get("--keys", 400)))
    for mode in given.get("--modes", "calm,balanced,eager").split(","):
        found = await bill(keys, mode, given)
        print(found.line(mode), flush=True)
        if "--each" in given:
            for record in found.records:
                print("   ", record.usage, record.closed_early, record.answer[:40])


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    asyncio.run(main())
