"""Orders that come again."""

from orders.inventory import check_inventory
from orders.service import create_order


def run(subscriptions):
    made = []
    for one in subscriptions:
        in_stock = [sku for sku in one["items"] if check_inventory(sku)[0]]
        if in_stock:
            made.append(create_order(one["customer"], in_stock))
    return made
