"""The real service with a stand-in for the index and a selection that tells what it was given.

As a program it speaks on its pipes: `python live_service.py [slow]`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from counterpoint.context.parsing import Parsed
from counterpoint.context.question import Question, Selection
from counterpoint.context.snippet import Snippet
from counterpoint.context.symbols import Held, Symbols


@dataclass(frozen=True)
class Now:
    done: int = 0
    total: int = 0
    stage: str = "idle"


class StandIn:
    """An index with nothing in it, that reports what it was told of."""

    symbols = Held([])
    progress = Now()
    watching = False

    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, wait: float = 0.0) -> bool:
        return False

    def due(self) -> float | None:
        return None

    def notices(self) -> list[str]:
        said, self.said = self.said, []
        return said

    def touched(self, paths: list[str]) -> None:
        self.said.append(f"touched {' '.join(paths)}")

    def sweep(self) -> None:
        self.said.append("sweep")

    def open(self) -> None: ...
    def watch(self) -> bool:
        return False

    def close(self) -> None: ...


def dumped(parsed: Parsed) -> str:
    """A digest of all nodes of a tree: types, fields, ranges in bytes and in rows."""
    digest = hashlib.sha256(str(parsed.tree.root_node).encode())
    cursor = parsed.tree.walk()
    while True:
        node = cursor.node
        assert node is not None
        row = (node.type, node.start_byte, node.end_byte, tuple(node.start_point), tuple(node.end_point))
        digest.update(repr((*row, node.is_missing, cursor.field_name)).encode())
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return digest.hexdigest()


def telling(question: Question, symbols: Symbols, parsed: Parsed | None = None) -> Selection:
    """What the service gave selection, as one snippet."""
    if question.query == "crash":
        os._exit(3)
    if question.query == "fail":
        raise ZeroDivisionError
    if question.query.startswith("sleep"):
        time.sleep(float(question.query.split()[1]))
    told: dict[str, Any] = {
        "text": question.text,
        "tree": dumped(parsed) if parsed is not None else None,
        "recent": [[one.path, one.first_line, one.last_line] for one in question.recent],
        "paths": sorted(symbols.paths()),
        "names": {p: [d.name for d in f.definitions] for p in symbols.paths() if (f := symbols.facts(p))},
        "environ": sorted(os.environ),
    }
    return Selection(snippets=(Snippet(question.path, 1, 1, json.dumps(told), "told", 1),))


def main() -> None:
    from counterpoint.context import select
    from counterpoint.index import service

    if "slow" in sys.argv:
        time.sleep(1.0)
    service._indexing = lambda hello, wake: StandIn()
    select.select = telling
    service.main()


if __name__ == "__main__":
    main()
