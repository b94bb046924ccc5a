"""What a change makes a review buy, over a real index: nothing for what says the same as before."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from counterpoint.flows.review import Options, Review, review, units_of
from counterpoint.text import Document, Situation, Span
from counterpoint.workspace import Workspace, open_workspace
from tests.integration.test_workspace import environment
from tests.modelserver import ModelServer

SHOP = '''"""A shop."""

LIMIT = 3


def price(item, count):
    total = item.price * count
    return total


def order(items):
    rows = []
    for item in items:
        rows.append(price(item, LIMIT))
    return rows


def stock(items):
    return len(items)
'''
USER = """from shop import price


def offer(item):
    return price(item, 1)


def unrelated(text):
    return text.upper()
"""
DIRECT = Options(strategy="direct")


@dataclass
class Bench:
    workspace: Workspace
    server: ModelServer

    @property
    def root(self) -> Path:
        return self.workspace.root

    def document(self, path: str) -> Document:
        found = self.workspace.project.read(path)
        assert found is not None
        return found

    async def of(self, *paths: str, options: Options = DIRECT) -> Review:
        """Review whole files."""
        documents = [self.document(path) for path in paths]
        scope = [Situation(one, Span(0, len(one.text)), self.workspace.project) for one in documents]
        units = await units_of(scope, self.workspace.apart())
        return await review(self.workspace.engine, units, options, self.workspace.review_tools())

    async def change(self, path: str, before: str, after: str) -> Review:
        """Review what differs between two texts of a file."""
        (self.root / path).write_text(after)
        self.workspace.index.touched([path])
        document = self.document(path)
        hunks = changed_lines(before, after)
        situation = Situation(document, Span(0, len(after)), self.workspace.project, hunks=hunks)
        units = await units_of([situation], self.workspace.apart(), before=lambda path: before)
        return await review(self.workspace.engine, units, DIRECT, self.workspace.review_tools())


def changed_lines(before: str, after: str) -> tuple[tuple[int, int], ...]:
    old = before.splitlines()
    return tuple((n, n) for n, line in enumerate(after.splitlines()) if line not in old) or ((0, 0),)


def asked(found: Review) -> list[str]:
    return sorted(f"{row.path} {row.name or '-'}: {row.why}" for row in found.told if row.how == "asked")


@asynccontextmanager
async def bench(folder: Path, files: dict[str, str]) -> AsyncIterator[Bench]:
    root = folder / "project"
    root.mkdir()
    for path, text in files.items():
        (root / path).write_text(text)
    with ModelServer() as server:
        server.answer(json.dumps({"findings": []}), match="Scope:", repeat=True)
        workspace = await open_workspace(root, environ=environment(server, folder / "home"), patience=20.0)
        try:
            yield Bench(workspace, server)
        finally:
            await workspace.close()


REFORMATTED = SHOP.replace(
    "rows.append(price(item, LIMIT))", "rows.append(\n            price(item, LIMIT),\n        )"
)
COMMENTED = SHOP.replace("def stock", "# How many there are.\ndef stock").replace(
    "    rows = []", "    rows = []  # x"
)
REORDERED = SHOP.replace("def stock(items):\n    return len(items)\n", "").replace(
    "def order", "def stock(items):\n    return len(items)\n\n\ndef order"
)


@pytest.mark.asyncio
async def test_what_says_the_same_is_not_bought_again(tmp_path: Path) -> None:
    async with bench(tmp_path, {"shop.py": SHOP, "user.py": USER}) as held:
        first = await held.of("shop.py")
        assert len(asked(first)) == 4 and len(held.server.log) == 1
        for text in (REFORMATTED, COMMENTED, REORDERED.rstrip() + "\n"):
            (held.root / "shop.py").write_text(text)
            again = await held.of("shop.py")
            assert asked(again) == [], text
            assert {row.how for row in again.told} == {"known"}
        assert len(held.server.log) == 1


@pytest.mark.asyncio
async def test_a_changed_function_is_bought_alone_and_the_log_says_why(tmp_path: Path) -> None:
    async with bench(tmp_path, {"shop.py": SHOP, "user.py": USER}) as held:
        await held.of("shop.py", "user.py")
        after = SHOP.replace("return len(items)", "return len(items) - 1")
        found = await held.change("shop.py", SHOP, after)
        assert asked(found) == ["shop.py stock: changed"]
        renamed = after.replace("total", "whole")
        whole = await held.change("shop.py", after, renamed)
        assert asked(whole) in ([], ["shop.py price: changed"])
        rest = await held.of("shop.py", "user.py")
        assert asked(rest) == []


@pytest.mark.asyncio
async def test_a_changed_contract_brings_its_callers_wherever_they_are(tmp_path: Path) -> None:
    async with bench(tmp_path, {"shop.py": SHOP, "user.py": USER}) as held:
        await held.of("shop.py", "user.py")
        after = SHOP.replace("def price(item, count):", "def price(item, count, tax):").replace(
            "item.price * count", "item.price * count * tax"
        )
        found = await held.change("shop.py", SHOP, after)
        why = "calls price, whose contract changed"
        assert asked(found) == [f"shop.py order: {why}", "shop.py price: changed", f"user.py offer: {why}"]
        again = await held.change("shop.py", SHOP, after)
        assert asked(again) == []
        rest = await held.of("shop.py", "user.py")
        assert asked(rest) == []


POOL = '''"""Connections that wait for their next user."""

import threading

_waiting = {}
_lock = threading.Lock()


def give_back(name, connection):
    _waiting.setdefault(name, []).append(connection)


def take(name):
    with _lock:
        return _waiting[name].pop() if _waiting.get(name) else None
'''
SESSION = '''"""Sessions, each in a thread of its own."""

import threading

import pool


class Session:
    def __init__(self, name):
        self.name = name
        self.connection = pool.take(name)

    def end(self):
        pool.give_back(self.name, self.connection)


def serve(names):
    for name in names:
        threading.Thread(target=Session(name).end).start()
'''


@pytest.mark.asyncio
async def test_a_finding_in_a_file_nobody_opened_is_located_there(tmp_path: Path) -> None:
    line = "    _waiting.setdefault(name, []).append(connection)"
    finding = {
        "path": "pool.py", "line": 10, "quote": line.strip(), "severity": "P1", "confidence": 0.9,
        "category": "concurrency", "title": "Waiting connections are changed without the lock", "body": "B",
        "evidence": [
            {"path": "session.py", "line": 14, "quote": "pool.give_back(self.name, self.connection)"},
        ],
        "fix": None,
    }  # fmt: skip
    async with bench(tmp_path, {"pool.py": POOL, "session.py": SESSION}) as held:
        held.server.reset()
        held.server.answer(json.dumps({"findings": [finding]}), match="File: session.py", repeat=True)
        found = await held.of("session.py")
        sent = json.dumps(held.server.log[0].body)
        assert "From pool.py" in sent and line.strip() in sent
        [one] = [one for one in found.findings if not one.rule]
        assert (one.path, one.start.line + 1, one.symbol) == ("pool.py", 10, "give_back")
        assert [(quote.path, quote.line) for quote in one.evidence] == [("session.py", 14)]
        again = await held.of("session.py")
        assert [(item.path, item.start.line, item.id) for item in again.findings if not item.rule] == [
            (one.path, one.start.line, one.id)
        ]
        assert asked(again) == [] and len(held.server.log) == 1
