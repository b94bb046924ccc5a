"""How long the server's event loop is held by each key, in files of 5,000 lines.

    python -m tests.bench.keys [--files 5000] [--language python|typescript|none] [--debounce 75]

The published traces (`tests/bench/traces`) are typed into the real server: a change and a request for ghost
text for each key, with the pauses of a person. `--debounce` is the least pause in milliseconds after which a
model is asked, which a server on loopback plays: with 75 that is about every third key, with 0 every one. A
key's time is the sum of all callbacks the loop runs from that key to the next; the table below says what
they were part of, as a mean for each key. What the loop of the calls does is not in the sum: it has a row of
its own. `--files` reads the server's memory on a workspace of so many files first.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.held import CALLS_LOOP, Row, read
from tests.bench.traces.__main__ import file_of
from tests.e2e.lsp.product import FULL, Editor, place
from tests.e2e.lsp.raw import running
from tests.modelserver import ModelServer

TRACES = Path(__file__).parent / "traces"
NAMES = {"python": "typed.py", "typescript": "typed.ts"}


@dataclass(frozen=True)
class Held:
    """Milliseconds for each key, sorted: of the clock on the wall, of the thread's own CPU time, of the
    longest single callback by that CPU time, and from its sending until the document has it."""

    wall: Sequence[float]
    cpu: Sequence[float]
    longest: Sequence[float]
    taken: Sequence[float]
    stages: Mapping[str, tuple[float, float, float]]
    """Of each stage: callbacks, wall and CPU milliseconds, as a mean for each key."""

    def line(self, name: str) -> str:
        def row(values: Sequence[float]) -> str:
            shares = (
                (f"p{share * 100:.0f}", values[int(share * (len(values) - 1))]) for share in (0.5, 0.95, 0.99)
            )
            return "  ".join(f"{label} {value:6.2f}" for label, value in shares) + f"  max {values[-1]:6.2f}"

        shares = sorted(self.stages.items(), key=lambda item: -item[1][2])
        split = "\n".join(
            f"{name:10} {stage:18} {count:5.1f} callbacks a key  wall {wall:5.2f}  CPU {cpu:5.2f} ms"
            for stage, (count, wall, cpu) in shares
        )
        rows = (
            ("wall", self.wall),
            ("CPU", self.cpu),
            ("one callback", self.longest),
            ("till taken in", self.taken),
        )
        table = "\n".join(
            f"{name:10} {len(self.wall)} keys  {what:13} ms: {row(values)}" for what, values in rows
        )
        return f"{table}\n{split}"


@contextlib.asynccontextmanager
async def served(root: Path, log: Path, models: ModelServer, debounce: str) -> AsyncIterator[Editor]:
    """The clocked server on a workspace."""
    env = {
        "OPENAI_API_KEY": models.openai_key,
        "ANTHROPIC_API_KEY": models.anthropic_key,
        "OPENAI_BASE_URL": models.openai_url,
        "ANTHROPIC_BASE_URL": models.anthropic_url,
        "COUNTERPOINT__COMPLETION__EMBEDDED": "false",
        "COUNTERPOINT__COMPLETION__DEBOUNCE_MS": debounce,
        "COUNTERPOINT__BUDGET__COMPLETIONS_DAY_USD": "1000",
        "COUNTERPOINT__BUDGET__DAY_USD": "1000",
        "COUNTERPOINT_HOME": str(log.parent / "home"),
        "HELD_LOG": str(log),
    }
    async with running("-m", "tests.bench.held", env=env, kind=Editor) as client:
        assert isinstance(client, Editor)
        client.answers["window/workDoneProgress/create"] = lambda params: None
        folder = {"uri": root.as_uri(), "name": "typed"}
        await client.initialize(capabilities=FULL, workspaceFolders=[folder])
        yield client


async def typed(client: Editor, uri: str, keys: Sequence[Any]) -> list[float]:
    """Type a trace; when each key was sent. Requests are not awaited, as an editor would not."""
    sent = []
    for version, (pause, line, column, away, text) in enumerate(keys, 2):
        await asyncio.sleep(pause / 1000)
        end = (line - away, 0) if away < 0 else (line, column + away)
        change = {"range": {"start": place(line, column), "end": place(*end)}, "text": text}
        document = {"uri": uri, "version": version}
        sent.append(time.monotonic())
        await client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        at = place(line, column + len(text)) if "\n" not in text else place(line, 0)
        params = {"textDocument": {"uri": uri}, "position": at, "context": {"triggerKind": 2}}
        await client.start("textDocument/inlineCompletion", params)
    await asyncio.sleep(0.5)
    return [*sent, time.monotonic()]


def per_key(sent: Sequence[float], rows: Sequence[Row]) -> Held:
    """Sums of the callbacks between two keys."""
    keys = range(len(sent) - 1)
    wall, cpu, longest = [0.0 for _ in keys], [0.0 for _ in keys], [0.0 for _ in keys]
    stages: dict[str, tuple[float, float, float]] = {}
    taken: list[float] = []
    for row in rows:
        key = bisect_right(sent, row.began) - 1
        if key not in keys:
            continue
        count, walls, own = stages.get(row.stage, (0.0, 0.0, 0.0))
        share = 1000 / len(keys)
        stages[row.stage] = (count + 1 / len(keys), walls + row.wall * share, own + row.cpu * share)
        if row.stage == "didChange":
            taken.append((row.began + row.wall - sent[key]) * 1000)
        if row.stage != CALLS_LOOP:
            wall[key] += row.wall * 1000
            cpu[key] += row.cpu * 1000
            longest[key] = max(longest[key], row.cpu * 1000)
    return Held(sorted(wall), sorted(cpu), sorted(longest), sorted(taken), stages)


async def memory(folder: Path, files: int) -> None:
    """The server's share of memory on a workspace of many files, before any SDK, its service ended."""
    root = folder / "many"
    root.mkdir()
    _folder(root, files)
    env = {"COUNTERPOINT__COMPLETION__EMBEDDED": "false", "COUNTERPOINT_HOME": str(folder / "home2")}
    async with running("-m", "counterpoint", "serve", env=env, kind=Editor) as client:
        assert isinstance(client, Editor)
        workspace = {"uri": root.as_uri(), "name": "many"}
        await client.initialize(capabilities=FULL, workspaceFolders=[workspace])
        uri = await client.open(root / NAMES["python"])
        await client.pull(uri)
        pid = client.process.pid
        began = time.monotonic()
        await _settled(pid)
        print(f"{files:,} files indexed after {time.monotonic() - began:.0f} s", flush=True)
        for child in _children(pid):
            name = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            print(f"  {pss_mib(child):6.1f} MiB PSS  {name}")
            os.kill(child, 9)
        await asyncio.sleep(1)
        print(f"  {pss_mib(pid):6.1f} MiB PSS  the server, its workers ended")
        await client.leave()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def _settled(pid: int) -> None:
    """Wait until all that the server started takes no more CPU time."""
    quiet, last = 0, -1
    while quiet < 4:
        below = [*_children(pid), *(more for child in _children(pid) for more in _children(child))]
        stats = (Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split() for child in below)
        ticks = sum(int(row[11]) + int(row[12]) for row in stats)
        quiet, last = (quiet + 1, last) if ticks <= last + 2 else (0, ticks)
        await asyncio.sleep(1)


def pss_mib(pid: int) -> float:
    """Proportional share of memory of one process, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024


def _folder(root: Path, files: int) -> None:
    """A workspace of many small files beside the two that are typed into."""
    for language, name in NAMES.items():
        (root / name).write_text(file_of(language), "utf-8")
    lines = file_of("python").split("\n")
    for number in range(files):
        folder = root / f"part{number % 50}"
        folder.mkdir(exist_ok=True)
        start = (number * 37) % 4000
        (folder / f"m{number}.py").write_text(
            "\n".join(lines[start : start + 60]) + f"\nX{number} = 1\n", "utf-8"
        )


async def main() -> None:
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models:
        if "--files" in given:
            await memory(Path(folder), int(given["--files"]))
        if given.get("--language") == "none":
            return
        root, log = Path(folder) / "work", Path(folder) / "held"
        root.mkdir()
        _folder(root, 200)
        sent: dict[str, list[float]] = {}
        print(f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")
        async with served(root, log, models, given.get("--debounce", "75")) as client:
            for language, name in NAMES.items():
                if given.get("--language", language) != language:
                    continue
                trace = json.loads((TRACES / f"{language}.json").read_text("utf-8"))
                uri = await client.open(root / name, language)
                await client.inline(uri, 0, 0)  # what is imported but once is no key's
                await asyncio.sleep(2)
                sent[language] = await typed(client, uri, trace["keys"])
            print(f"server {pss_mib(client.process.pid):.1f} MiB PSS with SDK, {len(models.log)} asks")
            await client.leave()
        rows = read(log.read_bytes())
        for language, times in sent.items():
            print(per_key(times, rows).line(language))
        print(f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    asyncio.run(main())
