"""What the HTTP layer calls. Each function takes the caller as `user` and returns plain data."""

from typing import Any

from orders.db import Database
from orders.models import Line, NotAllowed, User
from orders.orders import check_inventory, create_order
from orders.pricing import price_text, shipping_for


def require_staff(user: User) -> None:
    if not user.staff:
        raise NotAllowed("staff only")


async def post_order(db: Database, user: User, body: dict[str, Any]) -> dict[str, Any]:
    """POST /orders"""
    lines = [Line(item["sku"], int(item["quantity"]), int(item["unit_price"])) for item in body["lines"]]
    missing = [line.sku for line in lines if not check_inventory(line.sku, line.quantity)]
    if missing:
        return {"error": "out of stock", "skus": missing}
    order = await create_order(db, user.id, lines, coupon=body.get("coupon"))
    return {"id": order.id, "total": price_text(order.total + shipping_for(order))}


async def get_orders(db: Database, user: User) -> list[dict[str, Any]]:
    """GET /orders: the caller's own"""
    rows = await db.fetch("SELECT id, status, total FROM orders WHERE customer_id = ?", (user.id,))
    return [dict(row) for row in rows]


async def get_availability(user: User, sku: str, quantity: int = 1) -> dict[str, Any]:
    """GET /availability"""
    return {"sku": sku, "available": check_inventory(sku, quantity)}


async def search_orders(db: Database, user: User, text: str, status: str = "paid") -> list[dict[str, Any]]:
    """GET /admin/orders: by customer"""
    rows = await db.fetch(
        f"SELECT id, customer_id, status, total FROM orders WHERE status = '{status}' AND customer_id LIKE '%{text}%'"
    )
    return [dict(row) for row in rows]


async def delete_order(db: Database, user: User, order_id: str) -> dict[str, Any]:
    """DELETE /admin/orders/ID"""
    require_staff(user)
    return {"deleted": await db.run("DELETE FROM orders WHERE id = ?", (order_id,))}


async def post_cart(user: User, body: dict[str, Any]) -> dict[str, Any]:
    """POST /cart/check: which articles of a cart can be delivered"""
    return {item["sku"]: check_inventory(item["sku"], int(item["quantity"])) for item in body["lines"]}
