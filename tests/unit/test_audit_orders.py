"""The orders module: 22 calls as the index finds them, two broken contracts, a renamed member of an enum."""

from __future__ import annotations

from counterpoint.audit import Audit, CallSite, audit, changed, row, said, targets, words
from tests.auditcases import FOLDER, Held, document, found_by_index, project

ORDERS = FOLDER / "orders"
FILES, CHANGE = project(ORDERS / "project"), project(ORDERS / "change")
BEFORE = {path: document(path, FILES[path]) for path in CHANGE}
AFTER = {path: document(path, text) for path, text in CHANGE.items()}
SAID = (
    "21 broken (orders/api.py:9, orders/api.py:14, orders/api.py:18 and 18 more), "
    "6 certain callers and 5 certain uses intact, 2 possible"
)
WATCHED = ("create_order", "check_inventory")


def sites() -> list[CallSite]:
    return found_by_index({path: FILES[path] for path in CHANGE}, FILES)


def told(found: Audit) -> set[str]:
    return {f"{site.path}:{site.line + 1} {site.state}" for site in found.all if site.symbol != "take"}


def test_the_index_finds_the_22_calls() -> None:
    found = [site for site in sites() if site.symbol in WATCHED]
    assert len(found) == 22
    assert all(site.certain for site in found)


def test_every_place_is_told_as_it_is() -> None:
    found = audit(BEFORE, AFTER, sites(), Held(FILES))
    calls = {line for line in told(found) if not line.startswith("orders/service.py:28")}
    wanted = set((ORDERS / "want.txt").read_text("utf-8").split("\n")) - {""}
    assert {one for one in wanted if one not in calls} == set()
    named = {one.rpartition(" ")[0] for one in wanted}
    assert [one for one in calls if "broken" in one and one.rpartition(" ")[0] not in named] == []


def test_the_breaks_are_said() -> None:
    found = audit(BEFORE, AFTER, sites(), Held(FILES))
    why = {(site.symbol, site.why) for site in found.broken}
    assert ("create_order", "currency is required and not given") in why
    assert ("check_inventory", "it gives back an object with available, count now") in why
    assert ("Status.SHIPPED", "SHIPPED is DISPATCHED now") in why
    assert not found.certain
    assert said(found) == SAID
    printed = row(found)
    assert printed["said"] == said(found)
    assert printed["broken"] == len(found.broken)
    assert [one["path"] for one in printed["shared"]].count("orders/api.py") == 1


def test_a_change_that_keeps_every_contract_is_said_to_be_safe() -> None:
    path = "orders/service.py"
    text = FILES[path].replace(
        "    for sku in items:\n        take(sku)\n", "    [take(sku) for sku in items]\n"
    )
    before, after = {path: BEFORE[path]}, {path: document(path, text)}
    assert {one.name for one in changed(before, after)} == {"create_order"}
    assert "create_order" in words(before, after)
    given = [site for site in sites() if site.symbol == "create_order"]
    assert said(audit(before, after, given, Held(FILES))) == "12 callers intact"


def test_what_the_change_repairs_counts_as_intact() -> None:
    """The callers are edited with the definition."""
    paths = [path for path in FILES if "create_order" in FILES[path] and path.startswith("orders/")]
    text = {
        path: FILES[path].replace(
            "def create_order(customer, items", "def create_order(currency, customer, items"
        )
        for path in paths
    }
    for old, new in (
        ("create_order(rest[0]", "create_order('EUR', rest[0]"),
        ("create_order(order.customer", "create_order('EUR', order.customer"),
        ("create_order(one[", "create_order('EUR', one["),
        ("create_order(row[", "create_order('EUR', row["),
        ("create_order(*row", "create_order('EUR', *row"),
        ('create_order(body["customer"]', 'create_order("EUR", body["customer"]'),
        ("create_order(customer=", 'create_order("EUR", customer='),
    ):
        text = {path: one.replace(old, new) for path, one in text.items()}
    before = {path: document(path, FILES[path]) for path in paths}
    after = {path: document(path, one) for path, one in text.items()}
    given = [site for site in sites() if site.symbol == "create_order"]
    found = audit(before, after, given, Held(FILES))
    states = {f"{site.path}:{site.line + 1}": site.state for site in found.sites if site.use == "call"}
    assert (
        states["orders/cli.py:12"]
        == states["orders/service.py:21"]
        == states["orders/api.py:14"]
        == "updated"
    )
    assert states["orders/importing.py:23"] == "unknown"
    assert states["tests/test_orders.py:16"] == "broken"


def test_targets_ask_the_index_at_the_name() -> None:
    one = next(one for one in targets(BEFORE["orders/service.py"]) if one.name == "create_order")
    assert (one.question.task, one.question.symbol, one.question.line) == ("callers", "create_order", 7)
