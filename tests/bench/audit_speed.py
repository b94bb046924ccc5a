"""How long the audit of a widely called function takes, beside ripgrep looking for its name.

    python -m tests.bench.audit_speed [--files 5000] [--sites 100] [--rounds 40] [--language python]

A repository is generated, and indexed once. Then a change of the function's signature is audited and ripgrep
searches the repository for the name, in turns, so that a busy machine slows both. Each change is another one.
What is timed is everything from a change set to its audit: which definitions changed, who has their words,
every site judged; and of ripgrep the whole process. Without ripgrep, `git grep` stands in, and that is said.
CPU time is printed as well: on a busy machine the clock tells of the others.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.disk import Local
from counterpoint.flows.checked import NO_CHECKS
from counterpoint.flows.refactoring.auditing import audited
from counterpoint.flows.refactoring.sites import Lookup, Part, known
from counterpoint.flows.refactoring.values import Tools
from counterpoint.index.client import Index
from counterpoint.project import Project
from counterpoint.text import Document, Edit, Span, language_of

NAME = "reserve_stock"
_WORDS = (
    "account", "balance", "batch", "cart", "charge", "client", "count", "cursor", "customer",
    "discount", "entry", "event", "field", "filter", "group", "handle", "header", "index", "invoice",
    "item", "label", "ledger", "limit", "line", "list", "lock", "mail", "margin", "message", "meter",
    "note", "offer", "order", "page", "parcel", "part", "payment", "period", "place", "plan", "price",
    "queue", "quota", "rate", "reason", "receipt", "record", "region", "report", "request", "result",
    "route", "row", "rule", "scale",
)  # fmt: skip


def python(dice: random.Random, number: int, *, calls: bool) -> str:
    """A module of some 150 lines; one that `calls` does so once."""
    rows = ['"""Part of a shop."""', "", "import json", "from dataclasses import dataclass", ""]
    if calls:
        rows += [f"from shop.stock import {NAME}", ""]
    for at in range(9):
        one, other, third = dice.sample(_WORDS, 3)
        rows += [
            "", f"def {one}_{other}_{number}_{at}({one}, {other}, *, {third}=None):",
            f'    """The {third} of a {one}."""',
            f"    if {third} is None:", f"        {third} = len({other}) + {dice.randint(1, 99)}",
            f"    found = [{one}.get(entry, 0) for entry in {other} if entry != {dice.choice(_WORDS)!r}]",
            "    for place, entry in enumerate(found):", f"        found[place] = entry * {third}",
            f"    return json.dumps({{{one!r}: found, {third!r}: {third}}})", "",
        ]  # fmt: skip
    if calls:
        rows += ["", f"def use_{number}(sku, count):", f"    {NAME}(sku, count)", "    return sku", ""]
    rows += ["", "@dataclass", f"class Holder{number}:", "    name: str", "    count: int = 0", ""]
    return "\n".join(rows)


def typescript(dice: random.Random, number: int, *, calls: bool) -> str:
    """The same in another language."""
    rows = ["// Part of a shop.", "import { readFileSync } from 'fs';"]
    if calls:
        rows += [f"import {{ {NAME} }} from '../stock';"]
    for at in range(9):
        one, other, third = dice.sample(_WORDS, 3)
        rows += [
            "", f"export function {one}_{other}_{number}_{at}({one}: Map<string, number>, {other}: string[],"
            f" {third} = 1): string {{",
            f"  const found = {other}.filter((entry) => entry !== '{dice.choice(_WORDS)}');",
            "  for (const [place, entry] of found.entries()) {", f"    found[place] = entry + {third};",
            "  }", f"  return JSON.stringify({{ {one}: found, {third} }});", "}",
        ]  # fmt: skip
    if calls:
        rows += ["", f"export function use{number}(sku: string, count: number): string {{"]
        rows += [f"  {NAME}(sku, count);", "  return sku;", "}"]
    return "\n".join((*rows, f"export const holder{number} = readFileSync;", ""))


_HOMES = {
    "python": (python, "py", "shop/stock.py", f"def {NAME}(sku, count):\n    return sku, count\n", ""),
    "typescript": (
        typescript, "ts", "shop/stock.ts",
        f"export function {NAME}(sku: string, count: number): void {{\n  console.log(sku, count);\n}}\n", "",
    ),
}  # fmt: skip


def generated(root: Path, files: int, sites: int, language: str) -> Document:
    """The repository; returns the document that defines the function."""
    make, ending, home, text, _ = _HOMES[language]
    dice = random.Random(7)
    callers = set(dice.sample(range(files - 1), sites))
    (root / "shop").mkdir(parents=True)
    (root / home).write_text(text)
    for number in range(files - 1):
        folder = root / "shop" / f"part{number % 97}"
        folder.mkdir(exist_ok=True)
        (folder / f"m{number}.{ending}").write_text(make(dice, number, calls=number in callers))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True, timeout=60)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True, timeout=300)
    return Document.of(home, text, language_of(home))


def changed(document: Document, number: int) -> ChangeSet:
    """The function with a further parameter: every second time one that nobody gives."""
    optional = "" if number % 2 else {"python": "=1", "typescript": " = 1"}[document.language]
    at = document.text.index(")", document.text.index(NAME))
    edit = Edit(Span(at, at), f", more{number}{optional}")
    return ChangeSet((FileChange(document.path, document.text, (edit,)),))


def search(root: Path) -> tuple[Callable[[], None], str]:
    """Looking for the name, as a process; and what it is called."""
    tool = shutil.which("rg")
    words = [tool, "--no-config", "-n", "-w", NAME] if tool else ["git", "grep", "-n", "-w", NAME]

    def run() -> None:
        done = subprocess.run(words, cwd=root, capture_output=True, check=True, timeout=60)
        assert done.stdout.count(NAME.encode()) >= 100

    return run, "ripgrep" if tool else "git grep (no ripgrep here)"


@dataclass
class Times:
    """Seconds on the clock, and of CPU, of each turn."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


async def measured(root: Path, document: Document, rounds: int) -> tuple[Times, Times, str]:
    """Each audit and each search, in turns. CPU is that of this process, and of the search."""
    project = Project(root)
    index = Index(root, watch=False)
    lookup = Lookup(
        index.select,
        index.outline,
        index.mentioning,
        ready=lambda: index.state == "ready",
        building=lambda: index.state in ("starting", "building"),
        start=index.start,
        patience=600.0,
    )
    tools = Tools(lookup, project, Local(project), NO_CHECKS)
    await lookup.wait()
    before = await known([Part(document)], lookup, 60.0)
    assert len(before.calls) >= 100 and not before.partial, before.partial
    look, name = search(root)
    ours, theirs = Times(), Times()
    try:
        for number in range(rounds + 2):
            start, begun = time.perf_counter(), time.process_time()
            found = await audited(changed(document, number), before, tools)
            took = time.perf_counter() - start, time.process_time() - begun
            fits = len(found.audit.intact if number % 2 == 0 else found.audit.broken)
            assert fits >= len(before.calls) and not found.known.partial, found.known.partial
            start, begun = time.perf_counter(), _children()
            await asyncio.to_thread(look)
            if number >= 2:  # the first ones find nothing warm
                ours.wall.append(took[0])
                ours.cpu.append(took[1])
                theirs.wall.append(time.perf_counter() - start)
                theirs.cpu.append(_children() - begun)
    finally:
        await index.close()
    return ours, theirs, name


def _children() -> float:
    """CPU seconds of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--files", type=int, default=5000)
    options.add_argument("--sites", type=int, default=100)
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--language", choices=sorted(_HOMES), default="python")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="audit-speed-") as name:
        root = Path(name) / "repository"
        document = generated(root, given.files, given.sites, given.language)
        ours, theirs, tool = asyncio.run(measured(root, document, given.rounds))
    for what, one, other in (("clock", ours.wall, theirs.wall), ("CPU", ours.cpu, theirs.cpu)):
        limit = 0.5 * p95(other) + 0.05
        for label, values in (("audit", one), (tool, other)):
            middle = statistics.median(values) * 1e3
            print(f"{what}: {label}: median {middle:.0f} ms, p95 {p95(values) * 1e3:.0f} ms")
        verdict = "met" if p95(one) <= limit else "MISSED"
        print(f"{what}: limit 0.5 x p95 of {tool} + 50 ms = {limit * 1e3:.0f} ms: {verdict}")


if __name__ == "__main__":
    main()
