"""A thin asynchronous face on SQLite: one connection, statements run in a thread."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    total INTEGER NOT NULL,
    placed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (at TEXT DEFAULT CURRENT_TIMESTAMP, event TEXT, sku TEXT, quantity INTEGER);
"""


class Database:
    def __init__(self, path: str | Path = ":memory:") -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(SCHEMA)
        self._turn = asyncio.Lock()

    async def fetch(self, query: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        async with self._turn:
            return await asyncio.to_thread(lambda: self._connection.execute(query, parameters).fetchall())

    async def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement in a transaction; returns the number of rows it touched."""

        def work() -> int:
            with self._connection:
                return self._connection.execute(statement, parameters).rowcount

        async with self._turn:
            return await asyncio.to_thread(work)

    def close(self) -> None:
        self._connection.close()


async def record(db: Database, event: str, sku: str, quantity: int) -> None:
    """Write one line of the stock audit."""
    await db.run("INSERT INTO audit (event, sku, quantity) VALUES (?, ?, ?)", (event, sku, quantity))
