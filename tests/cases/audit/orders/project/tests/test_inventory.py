from orders.inventory import check_inventory
from orders.service import create_order


def test_nothing_is_asked_of_nobody():
    check_inventory("unknown")


def test_what_is_there_is_counted():
    available, count = check_inventory("book", 2)
    assert available
    assert count >= 2


def test_an_order_has_a_number():
    assert create_order("Bob", ["pen"]).number
