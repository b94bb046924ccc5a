"""The shop from a terminal."""

import sys

from orders.inventory import check_inventory as stock_of
from orders.service import create_order


def main(arguments):
    command, *rest = arguments
    if command == "order":
        order = create_order(rest[0], rest[1:])
        print(order.number)
    elif command == "stock":
        for sku in rest:
            print(sku, stock_of(sku)[1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
