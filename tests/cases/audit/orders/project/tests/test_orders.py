import pytest

from orders.inventory import check_inventory
from orders.service import create_order, reorder, ship
from orders.status import Status
from orders.store import STORE


@pytest.fixture(autouse=True)
def stock():
    STORE.stock.update(pen=40, book=3, lamp=0)
    STORE.orders.clear()


def test_an_order_takes_from_the_stock():
    create_order("Ann", ["pen"])
    assert check_inventory("pen") == (True, 39)


def test_what_is_sold_out_is_not_ordered():
    with pytest.raises(ValueError):
        create_order("Ann", ["lamp"])


def test_an_order_is_made_again():
    again = reorder(create_order("Ann", ["book"]))
    assert again.items == ["book"]


def test_a_paid_order_is_sent():
    order = create_order("Ann", ["pen"])
    order.status = Status.PAID
    assert ship(order).status is Status.SHIPPED
