"""Which tests a change may break: by names and imports, nearness, and what changed together."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from counterpoint.context.extract import facts_of
from counterpoint.context.impact import Impact, impact_of
from counterpoint.context.symbols import Held
from counterpoint.index.client import Index
from counterpoint.surroundings import Surroundings
from counterpoint.text import language_of


def files_of(text: str) -> dict[str, str]:
    """The files of a text in which a line with three dashes names each."""
    parts = text.split("--- ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


SHOP = files_of(
    """\
--- shop/prices.py
def net(price, rate):
    return price * (1 - rate)


def label(price):
    return f'{price} EUR'
--- shop/orders.py
from shop.prices import net


class Order:
    def __init__(self, item, price):
        self.item = item
        self.price = price

    def total(self):
        return net(self.price, 0.1)

    def __eq__(self, other):
        return self.item == other.item


class Gift(Order):
    def paper(self):
        return 'red'
--- tests/conftest.py
import pytest

from shop.orders import Order


@pytest.fixture
def order():
    return Order('tea', 10)
--- tests/test_prices.py
from shop.prices import label, net


def test_net():
    assert net(10, 0.1) == 9


def test_label():
    assert label(3) == '3 EUR'


def helper():
    return 1
--- tests/test_orders.py
import unittest

from shop.orders import Gift


def test_total(order):
    assert order.total() == 9


class GiftTest(unittest.TestCase):
    def setUp(self):
        self.gift = Gift('cup', 3)

    def test_paper(self):
        assert self.gift.paper() == 'red'

    def helper(self):
        return 2
--- tests/test_words.py
def test_words():
    net = 3
    assert net == 3
"""
)


def held(files: dict[str, str]) -> Held:
    return Held(
        [(facts_of(path, language_of(path), text.encode()), text.split("\n")) for path, text in files.items()]
    )


def line_of(path: str, text: str, files: dict[str, str]) -> int:
    return next(number for number, line in enumerate(files[path].split("\n")) if text in line)


def impact(path: str, text: str, files: dict[str, str] = SHOP) -> Impact:
    line = line_of(path, text, files)
    return impact_of({path: [(line, line)]}, held(files))


def names(found: Impact) -> list[str]:
    return [one.name for one in found.tests]


def test_a_function_breaks_the_tests_that_call_it_and_those_of_its_callers() -> None:
    found = impact("shop/prices.py", "price * (1 - rate)")
    assert names(found)[:2] == ["test_net", "test_total"]
    assert "test_words" not in names(found)
    assert found.tests[0].why == "uses net"
    assert found.tests[0].line == 3
    assert dict(found.totals) == {"py": 5}


def test_tests_of_the_same_file_about_something_else_come_later() -> None:
    found = impact("shop/prices.py", "EUR")
    assert names(found)[0] == "test_label"
    assert found.tests[0].weight > 2 * found.tests[1].weight


def test_a_method_breaks_what_calls_it_through_a_fixture() -> None:
    found = impact("shop/orders.py", "return net(self.price")
    assert names(found)[0] == "test_total"


def test_a_method_that_nobody_names_breaks_the_tests_of_its_class_and_subclasses() -> None:
    found = impact("shop/orders.py", "self.item == other.item")
    assert set(names(found)) >= {"test_total", "GiftTest.test_paper"}


def test_what_a_class_of_tests_prepares_counts_for_each_of_them() -> None:
    found = impact("shop/orders.py", "class Gift")
    assert names(found)[0] == "GiftTest.test_paper"
    assert "GiftTest.helper" not in names(found)


def test_a_fixture_breaks_the_tests_that_ask_for_it() -> None:
    assert names(impact("tests/conftest.py", "Order('tea'"))[0] == "test_total"


def test_a_test_that_is_changed_itself_comes_first() -> None:
    assert names(impact("tests/test_orders.py", "order.total() == 9"))[0] == "test_total"


def test_a_file_that_moves_breaks_all_that_depend_on_any_of_it() -> None:
    found = impact_of({"shop/prices.py": []}, held(SHOP))
    assert set(names(found)[:3]) == {"test_net", "test_label", "test_total"}


def test_an_unknown_file_is_kin_of_what_bears_its_name() -> None:
    found = impact_of({"shop/words.py": [(0, 0)]}, held(SHOP))
    assert names(found)[0] == "test_words"
    assert found.tests[0].why == "belongs to the changed file"


def test_what_changed_together_counts() -> None:
    before = impact_of({"shop/none.sql": [(0, 0)]}, held(SHOP))
    assert before.tests == ()
    after = impact_of({"shop/none.sql": [(0, 0)]}, held(SHOP), {"tests/test_words.py": 0.9})
    assert names(after) == ["test_words"]


SCRIPTS = files_of(
    """\
--- src/prices.ts
export function net(price: number): number {
  return price * 0.9;
}
--- src/orders.ts
import { net } from './prices';

export const total = (price: number) => net(price);
--- test/orders.test.ts
import { total } from '../src/orders';

test('total', () => {
  expect(total(1)).toBe(0.9);
});
--- test/other.test.ts
test('other', () => {
  expect(1).toBe(1);
});
"""
)
GO = files_of(
    """\
--- prices/prices.go
package prices

func Net(price float64) float64 {
	return price * 0.9
}
--- orders/orders.go
package orders

import "example.com/shop/prices"

func Total(p float64) float64 {
	return prices.Net(p)
}
--- orders/orders_test.go
package orders

import "testing"

func TestTotal(t *testing.T) {
	if Total(1) != 0.9 {
		t.Fatal("total")
	}
}

func TestOther(t *testing.T) {}

func Testimony() {}
"""
)


def test_tests_of_scripts_are_files() -> None:
    found = impact("src/prices.ts", "price * 0.9", SCRIPTS)
    assert [(one.path, one.name) for one in found.tests] == [("test/orders.test.ts", "")]
    assert dict(found.totals) == {"ts": 2}


def test_tests_of_go_are_functions() -> None:
    found = impact("prices/prices.go", "price * 0.9", GO)
    assert names(found) == ["TestTotal"]
    assert dict(found.totals) == {"go": 2}


def committed(root: Path) -> None:
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, *words], cwd=root, check=True, timeout=30)


@pytest.mark.asyncio
async def test_the_index_and_git_tell_it_of_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path / "home"))
    root = tmp_path / "shop"
    for path, text in SHOP.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    await asyncio.to_thread(committed, root)
    index = Index(root, watch=False)
    try:
        async with asyncio.timeout(60):
            line = line_of("shop/prices.py", "price * (1 - rate)", SHOP)
            found = await Surroundings(root, index).impacted({"shop/prices.py": [(line, line)]}, 30)
        assert names(found)[:2] == ["test_net", "test_total"]
        assert found.why_not == ""
        assert dict(found.totals) == {"py": 5}
        assert (await index.impacted({"shop/prices.py": []}, {}, 0.0)).why_not
    finally:
        await index.close()
