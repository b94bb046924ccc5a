"""Fast typing with a storm of cancellations, through the real server over pipes.

    python -m tests.bench.storm [--minutes 10] [--mode eager|balanced|calm]

A script types lines as people and editors do: keys in bursts, a request for each with the one before it
cancelled or not, in the order in which Visual Studio Code, Neovim and a plain client send such things; slips
of the finger, suggestions typed along or taken, keys that take them back. Each answer of the model is another
text. Afterwards every suggestion that was delivered is traced to the call it came from, and has to be what is
left of that call's text behind what was typed since it was asked; what the file's own pattern made certain,
without a call, has to stand in the file already. The server must have let go of everything.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.e2e.lsp.product import FULL, Editor, editor, place
from tests.modelserver import ModelServer
from tests.modelserver.records import Record

_ASKED = re.compile(r"value_(\d+) = ([\w(), ]*)")
_QUEUE = 64
_METHOD = "textDocument/inlineCompletion"


@dataclass
class Delivered:
    """A suggestion, with the versions of the document it may be for."""

    text: str
    line: int
    start: int
    end: int
    oldest: int
    newest: int
    by_pattern: bool = False


@dataclass
class Typed:
    """What was done and what came of it. `lines` has each version's line number, text and cursor."""

    keys: int = 0
    requests: int = 0
    cancels: int = 0
    lines: dict[int, tuple[int, str]] = field(default_factory=dict)
    delivered: list[Delivered] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    """MiB of the server itself, about once a second from its first call on: the SDK is in memory by then."""


class Storm:
    """One client, one document; everything is typed at its end."""

    def __init__(self, client: Editor, uri: str, models: ModelServer, seed: int) -> None:
        self.client, self.uri, self.models = client, uri, models
        self.dice = random.Random(seed)
        self.typed = Typed()
        self.version, self.number, self.line = 1, 0, ""
        self.pending: dict[int, int] = {}
        """Requests without a reply, with the version they were made at."""
        self.offered = ""
        self.answers = 0
        self.seen = 0

    async def change(self, start: int, end: int, text: str, line: int | None = None) -> None:
        at = self.number if line is None else line
        self.version += 1
        change = {"range": {"start": place(at, start), "end": place(at, end)}, "text": text}
        document = {"uri": self.uri, "version": self.version}
        await self.client.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )
        self.typed.keys += 1

    async def put(self, text: str, take: int = 0) -> None:
        """Type text at the end of the line, in place of some of it."""
        size = len(self.line)
        self.line = self.line[: size - take] + text
        await self.change(size - take, size, text)
        self.typed.lines[self.version] = (self.number, self.line)

    async def next_line(self) -> None:
        await self.change(len(self.line), len(self.line), "\n")
        self.number, self.line = self.number + 1, ""
        self.typed.lines[self.version] = (self.number, "")
        await self.put(f"value_{self.number} = ")
        self.offered = ""

    async def ask(self, *, invoked: bool = False) -> int:
        params = {
            "textDocument": {"uri": self.uri},
            "position": place(self.number, len(self.line)),
            "context": {"triggerKind": 1 if invoked else 2},
        }
        request = await self.client.start(_METHOD, params)
        self.pending[request] = self.version
        self.typed.requests += 1
        return request

    async def cancel(self) -> None:
        for request in self.pending:
            await self.client.notify("$/cancelRequest", {"id": request})
            self.typed.cancels += 1

    def take_replies(self) -> None:
        """Note what has come since the last look."""
        while self.seen < len(self.client.seen):
            message = self.client.seen[self.seen]
            self.seen += 1
            asked = self.pending.pop(message.get("id", -1), None) if "method" not in message else None
            items = (message.get("result") or {}).get("items", []) if asked is not None else []
            for item in items:
                start, end = item["range"]["start"], item["range"]["end"]
                given = (item["insertText"], start["line"], start["character"], end["character"])
                job = item["command"]["arguments"][0]
                by_pattern = job["item"].startswith("pattern-")
                self.typed.delivered.append(Delivered(*given, asked or 0, self.version, by_pattern))
                if start == place(self.number, len(self.line)):
                    self.offered = item["insertText"]
                    self.job = job

    async def key(self) -> None:
        """One key, with what an editor sends along."""
        self.take_replies()
        self._more_answers()
        roll, fitting = self.dice.random(), self.offered
        self.offered = ""
        if roll < 0.06 or len(self.line) > 60:
            await self.next_line()
        elif roll < 0.14 and len(self.line) > len(f"value_{self.number} = "):
            await self.put("", take=1)
        elif fitting and roll < 0.22:
            await self.put(fitting)
            await self.client.start(
                "workspace/executeCommand", {"command": "counterpoint.accepted", "arguments": [self.job]}
            )
        elif roll < 0.25:
            await self.cancel()
            return
        else:
            along = fitting[:1] if fitting and self.dice.random() < 0.6 else self.dice.choice("abcxyz")
            await self._as_an_editor(along)
            return
        await self.ask(invoked=self.dice.random() < 0.1)

    async def _as_an_editor(self, text: str) -> None:
        kind = self.dice.choice(("code", "plain", "neovim", "hasty"))
        if kind == "code":  # changes, takes back, and asks again a little later
            await self.put(text)
            await self.cancel()
            await asyncio.sleep(self.dice.uniform(0.0, 0.06))
        elif kind == "plain":
            await self.cancel()
            await self.put(text)
        elif kind == "neovim":
            await self.put(text)
        else:
            await self.put(text)
            await self.ask()
            await self.cancel()
        await self.ask()

    def _more_answers(self) -> None:
        script = self.models.state.script
        while self.answers - self.models.state.arrived < _QUEUE:
            self.answers += 1
            first = self.dice.choice("abc")
            pace = (self.dice.choice((0.0, 0.02, 0.1, 0.3)), self.dice.choice((0.0, 0.01)))
            text = f"{first}{self.answers}_of(rows, key)"
            self.models.answer(text, first_token=pace[0], between=pace[1])
        assert script is not None

    async def run(self, seconds: float) -> None:
        until, look = time.monotonic() + seconds, 0.0
        await self.put("value_0 = ")
        while time.monotonic() < until:
            await self.key()
            pause = self.dice.choices((0.0, 0.02, 0.08, 0.5), (1, 4, 8, 1))[0]
            await asyncio.sleep(pause * self.dice.uniform(0.7, 1.3))
            if self.models.state.arrived and time.monotonic() > look:
                look = time.monotonic() + 1.0
                self.typed.memory.append(resident(self.client.process.pid))
        self.typed.memory.append(resident(self.client.process.pid))
        self.take_replies()


def resident(pid: int) -> float:
    """MiB of memory a process holds, 0.0 where nobody says."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def sockets(pid: int) -> int:
    """How many sockets a process has open; 0 where nobody says."""
    folder = Path(f"/proc/{pid}/fd")
    try:
        names = [one.readlink().name for one in folder.iterdir()]
    except OSError:
        return 0
    return sum(name.startswith("socket:") for name in names)


def stale(typed: Typed, log: tuple[Record, ...]) -> list[str]:
    """What was delivered although it was not what is left of an answer behind what was typed since."""
    calls = {record.answer: _ASKED.findall(str(record.body))[-1] for record in log if record.answer}
    return [reason for one in typed.delivered if (reason := _why_stale(one, typed, calls))]


def _why_stale(one: Delivered, typed: Typed, calls: dict[str, tuple[str, str]]) -> str:
    versions = [
        typed.lines[version]
        for version in range(one.oldest, one.newest + 1)
        if version in typed.lines and typed.lines[version][0] == one.line
    ]
    fitting = {line for _, line in versions if len(line) == one.start == one.end}
    if not fitting:
        return f"{one} stands at no cursor of its time"
    if one.by_pattern:
        above = {line for number, line in typed.lines.values() if number < one.line}
        return "" if any(one.text in line for line in above) else f"{one} stands in no line above"
    for line in fitting:
        for answer, (number, before) in calls.items():
            whole = f"value_{number} = {before}{answer}"
            if int(number) == one.line and whole == line + one.text:
                return ""
    return f"{one} is what is left of no answer"


def unsettled(home: Path) -> int:
    """Calls in the ledger of which nobody knows how they ended."""
    with closing(sqlite3.connect(home / "state" / "ledger.sqlite3")) as rows:
        query = "SELECT count(*) FROM calls WHERE id NOT IN (SELECT call_id FROM settlements)"
        return int(rows.execute(query).fetchone()[0])


@dataclass(frozen=True)
class Result:
    """`memory` is the server's in MiB, the median of each fifth of the run."""

    keys: int
    requests: int
    cancels: int
    calls: int
    cut: int
    delivered: int
    stale: list[str]
    sockets: int
    unsettled: int
    memory: list[float]
    left: int

    @property
    def grown(self) -> float:
        """MiB from the second fifth to the last: before, caches fill."""
        return self.memory[-1] - self.memory[1]


async def storm(folder: Path, seconds: float, mode: str = "eager", seed: int = 1) -> Result:
    """Type for so long, end the server, and look at what is left."""
    home, work = folder / "home", folder / "work"
    work.mkdir(parents=True)
    (work / "shop.py").write_text("")
    limits = {"COUNTERPOINT__BUDGET__DAY_USD": "1e6", "COUNTERPOINT__BUDGET__COMPLETIONS_DAY_USD": "1e6"}
    chosen = {"COUNTERPOINT__COMPLETION__MODE": mode, "COUNTERPOINT__COMPLETION__EVERYWHERE": "true"}
    environ = {**limits, **chosen, "COUNTERPOINT_HOME": str(home)}
    with ModelServer() as models:
        async with editor(work, models, FULL, env=environ) as client:
            uri = await client.open(work / "shop.py")
            one = Storm(client, uri, models, seed)
            await one.run(seconds)
            await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            await asyncio.to_thread(models.wait_idle, 20)
            await client.command("counterpoint.costs", {})
            held = sockets(client.process.pid)
            assert await client.leave() == 0
        log = models.log
        left = len(models.state.open)
    course, size = one.typed.memory, max(1, len(one.typed.memory) // 5)
    fifths = [median(course[at : at + size] or course[-1:]) for at in range(0, 5 * size, size)]
    return Result(
        keys=one.typed.keys,
        requests=one.typed.requests,
        cancels=one.typed.cancels,
        calls=len(log),
        cut=sum(record.closed_early for record in log),
        delivered=len(one.typed.delivered),
        stale=stale(one.typed, log),
        sockets=held,
        unsettled=await asyncio.to_thread(unsettled, home),
        memory=[round(one, 1) for one in fifths],
        left=left,
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--mode", choices=("eager", "balanced", "calm"), default="eager")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(storm(Path(folder), given.minutes * 60, given.mode, given.seed))
    for name, value in vars(result).items():
        print(f"{name:10} {len(value) if name == 'stale' else value}")
    for reason in result.stale[:20]:
        print(reason)
    return 1 if result.stale or result.unsettled or result.left else 0


if __name__ == "__main__":
    sys.exit(main())
