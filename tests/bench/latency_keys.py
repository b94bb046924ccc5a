"""`python -m tests.bench.latency_keys` writes `latency_keys.json` anew: the same every time.

Keys as an editor gets them (it indents a new line by itself) with the pauses of somebody who knows where a
suggestion can be had: at line ends, and after brackets, operators and separators, never amid a word. The
file has `keys` (a text for each) and `pauses` (after how many keys somebody waits).
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

FILE = Path(__file__).parent / "latency_keys.json"
SEED = 7
APART = 8, 14
"""Keys between two pauses, at least: drawn anew each time."""
TYPED = '''def weighted(orders: list[Order_4], weights: dict[str, float]) -> dict[str, float]:
    """Amounts of orders by row, each times its weight."""
    result: dict[str, float] = {}
    for place, order in enumerate(orders):
        name = f"row {place}"
        amounts = combine_4(order, *orders[place + 1:])
        share = sum(amounts) / (len(amounts) or 1)
        if name not in weights:
            continue
        result[name] = share * weights[name]
    return result


def largest(orders: list[Order_4], limit: int = 3) -> list[float]:
    values = [order.amount(limit) for order in orders]
    values.sort(reverse=True)
    return values[:limit]


class Ledger:
    def __init__(self, store: Store, scale: float = 1.0) -> None:
        self.store = store
        self.scale = scale
        self.rows: list[dict[str, float]] = []

    def add(self, key: str, value: float) -> None:
        self.rows.append({"key": key, "value": value * self.scale})
'''
_BREAKS = re.compile(r"[(\[{.]$|[,:=+\-*/<>] $|(?:return|in|not|if|for) $")


def split(text: str) -> list[str]:
    """Keys: one a character, but a new line comes with its indentation."""
    return re.findall(r"\n *|.", text)


def places(keys: list[str]) -> list[int]:
    """After how many keys a pause fits."""
    found, line = [], ""
    for number, key in enumerate(keys, 1):
        line = key[1:] if key[0] == "\n" else line + key
        at_end = number < len(keys) and keys[number][0] == "\n"
        if (at_end and line.strip()) or key[0] == "\n" or _BREAKS.search(line):
            found.append(number)
    return found


def chosen(keys: list[str]) -> list[int]:
    """Pauses at such places, some keys apart."""
    draw, found, least = random.Random(SEED), [], 0
    for place in places(keys):
        if place >= least:
            found.append(place)
            least = place + draw.randint(*APART)
    return found


def main() -> None:
    keys = split(TYPED)
    FILE.write_text(json.dumps({"keys": keys, "pauses": chosen(keys)}) + "\n", "utf-8")


if __name__ == "__main__":
    main()
