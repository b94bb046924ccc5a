"""Fill a database for local work: python -m scripts.seed shop.db"""

import asyncio
import sys

from orders import inventory
from orders.db import Database
from orders.models import Line
from orders.orders import check_inventory, create_order

LEVELS = {"lamp": 40, "desk": 8, "cable": 200, "clip": 900, "chair": 0}


async def main(path: str) -> None:
    inventory.load(LEVELS)
    db = Database(path)
    for number, sku in enumerate(LEVELS):
        if check_inventory(sku, 1):
            order = await create_order(db, f"customer-{number}", [Line(sku, 1, 1990)])
            print(order.id, sku)
    db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
