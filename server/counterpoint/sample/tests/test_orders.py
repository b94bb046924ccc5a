import unittest

from orders import inventory
from orders.db import Database
from orders.models import Line, OutOfStock
from orders.orders import add_line, change_quantity, check_inventory, create_order, reorder
from orders.payments import pay


class Orders(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.db = Database()
        self.addCleanup(self.db.close)
        inventory.load({"lamp": 3, "desk": 1})

    def test_inventory(self) -> None:
        self.assertTrue(check_inventory("lamp", 3))
        self.assertFalse(check_inventory("lamp", 4))
        self.assertFalse(check_inventory("chair", 1))

    async def test_order_is_placed_and_paid(self) -> None:
        order = await create_order(self.db, "ann", [Line("lamp", 2, 1990)], coupon="WELCOME10")
        self.assertEqual(order.total, 3582)

        async def charge(order_id: str, cents: int) -> str:
            return "ok"

        await pay(self.db, order, charge)
        self.assertFalse(check_inventory("lamp", 2))

    async def test_out_of_stock(self) -> None:
        with self.assertRaises(OutOfStock):
            await create_order(self.db, "ann", [Line("desk", 2, 19900)])

    async def test_changes(self) -> None:
        order = await create_order(self.db, "ann", [Line("lamp", 1, 1990)])
        order = add_line(order, Line("desk", 1, 19900))
        order = change_quantity(order, "lamp", 2)
        self.assertEqual(order.total, 23880)
        self.assertEqual((await reorder(self.db, order)).total, 23880)


if __name__ == "__main__":
    unittest.main()
