"""The orders module as a repository, and what a scripted model answers when it is refactored."""

from __future__ import annotations

import json
import shutil
from difflib import SequenceMatcher
from pathlib import Path

ORDERS = Path(__file__).parent / "cases" / "audit" / "orders"
ASKED = "Orders carry a currency, the stock is told by name, and what is sent is called dispatched"

CALLS = (
    'order = service.create_order(body["customer"], body["items"])',
    'service.create_order(customer=body["to"], items=["book"]).number',
    "available, count = check_inventory(sku)\n",
    "order = create_order(rest[0], rest[1:])",
    "print(sku, stock_of(sku)[1])",
    'available, _ = check_inventory(row["sku"], int(row["count"]))',
    'create_order(row["customer"], [row["sku"]] * int(row["count"]))',
    "return [create_order(*row) for row in rows]",
    "available, count = check_inventory(sku, quantity)",
    "result = check_inventory(sku)",
    "available, _ = check_inventory(sku)\n",
    "return create_order(order.customer, order.items)",
    'in_stock = [sku for sku in one["items"] if check_inventory(sku)[0]]',
    'made.append(create_order(one["customer"], in_stock))',
    'check_inventory("unknown")',
    'available, count = check_inventory("book", 2)',
    'assert create_order("Bob", ["pen"]).number',
    'create_order("Ann", ["pen"])\n',
    'assert check_inventory("pen") == (True, 39)',
    'create_order("Ann", ["lamp"])',
    'again = reorder(create_order("Ann", ["book"]))',
    'order = create_order("Ann", ["pen"])\n',
)
"""The calls of `create_order` and `check_inventory`, as they stand in the code."""

DEFAULT = (
    "def create_order(customer, items, currency):",
    'def create_order(customer, items, currency="EUR"):',
)
"""The repair of the new required parameter: a default."""


def project(folder: Path) -> Path:
    """A copy of the module, without its history."""
    shutil.copytree(ORDERS / "project", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def careless(path: str) -> str:
    """A file as the careless refactoring leaves it."""
    changed = ORDERS / "change" / path
    return (changed if changed.exists() else ORDERS / "project" / path).read_text("utf-8")


def was(path: str) -> str:
    return (ORDERS / "project" / path).read_text("utf-8")


def quotes(path: str, before: str, after: str) -> list[dict[str, object]]:
    """What changes a text into another, as quotes that stand once, whole lines at a time."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = []
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        above = start
        while above and before.count("".join(old[above:end])) != 1:
            above -= 1
        kept = "".join(old[above:start])
        found.append(
            {
                "path": path,
                "line": above + 1,
                "old": kept + "".join(old[start:end]),
                "new": kept + "".join(new[first:last]),
                "reason": "As asked",
                "extra": False,
            }
        )
    return found


def answer(*edits: dict[str, object], assumptions: tuple[str, ...] = (), question: str = "") -> str:
    """A model's answer."""
    return json.dumps({"assumptions": [*assumptions], "question": question, "edits": [*edits]})


def the_careless_change() -> str:
    """All of it in one answer."""
    files = sorted(one.relative_to(ORDERS / "change").as_posix() for one in (ORDERS / "change").rglob("*.py"))
    return answer(*(edit for path in files for edit in quotes(path, was(path), careless(path))))


def the_repair() -> str:
    """What puts right all that the careless change broke: a default, the tuple, the new name everywhere."""
    edits = [
        *quotes("orders/service.py", careless("orders/service.py"), _service()),
        *quotes("orders/inventory.py", careless("orders/inventory.py"), was("orders/inventory.py")),
    ]
    for path in ("orders/api.py", "orders/reports.py", "tests/test_orders.py"):
        renamed = (
            was(path).replace("Status.SHIPPED", "Status.DISPATCHED").replace('"shipped"', '"dispatched"')
        )
        edits += quotes(path, was(path), renamed)
    return answer(*edits)


def _service() -> str:
    text = careless("orders/service.py").replace(*DEFAULT)
    tuple_again = "        available, _ = check_inventory(sku)\n        if not available:\n"
    return text.replace(
        '        stock = check_inventory(sku)\n        if not stock["available"]:\n', tuple_again
    )


def nothing() -> str:
    """A repair that mends nothing."""
    return answer()


def half_the_repair() -> str:
    """The default alone."""
    before = careless("orders/service.py")
    return answer(*quotes("orders/service.py", before, before.replace(*DEFAULT)))
