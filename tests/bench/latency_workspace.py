"""The workspace of the latency benches: many small modules, and a long document that uses some of them."""

from __future__ import annotations

from pathlib import Path

_FOLDERS, _STEP, _USED = 50, 4, 10
_END = """

class Store:
    def __init__(self, root):
        self.root = root
        self.cache = collections.OrderedDict()

    def get(self, key):
        return self.cache.get(key)


"""


def module(number: int) -> str:
    """Some 30 lines, like any other module but for the names."""
    return f'''"""Part {number}: what module {number} of the shop does."""

import json

from part{(number + 1) % _FOLDERS}.m{number + 1} import combine_{number + 1}


class Order_{number}:
    """Order number {number}."""

    def __init__(self, rows: list[dict[str, float]], scale: float = 1.0) -> None:
        self.rows = rows
        self.scale = scale

    def amount(self, count: int) -> float:
        """The sum of the first rows."""
        found = 0.0
        for row in self.rows[:count]:
            found += row["value"] * self.scale
        return found

    def dumped(self) -> str:
        return json.dumps({{"rows": self.rows, "scale": self.scale}})


def combine_{number}(first: Order_{number}, *others: Order_{number}) -> list[float]:
    """Amounts of several orders."""
    found = [first.amount(3)]
    for other in others:
        found.append(other.amount(len(found)))
    return found
'''


def _report(number: int) -> str:
    used = number % _USED * _STEP
    return f'''

def report_{number}(orders: list[Order_{used}], limit: int = {number}) -> dict[str, float]:
    """What order {number} comes to."""
    found = {{}}
    for place, order in enumerate(orders[:limit]):
        amounts = combine_{used}(order, *orders[place + 1:])
        found[f"row {{place}} of {number}"] = sum(amounts) / (len(amounts) or 1)
    return found
'''


def document(lines: int) -> tuple[str, str]:
    """A document of about so many lines, cut in two where the keys are typed: three quarters down."""
    modules = [number * _STEP for number in range(_USED)]
    head = "import collections\nimport json\n\n"
    head += "".join(
        f"from part{number % _FOLDERS}.m{number} import Order_{number}, combine_{number}\n"
        for number in modules
    )
    reports = [_report(number) for number in range(lines // 9)]
    cut = len(reports) * 3 // 4
    return head + "".join(reports[:cut]) + _END, "\n" + "".join(reports[cut:])


def write(root: Path, files: int) -> None:
    """The modules."""
    for number in range(files):
        folder = root / f"part{number % _FOLDERS}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"m{number}.py").write_text(module(number), "utf-8")
