"""Discounts and shipping. All amounts are in cents and rounded in the customer's favour."""

from orders.models import Order

COUPONS = {"WELCOME10": 10, "SPRING15": 15}
FREE_SHIPPING_FROM = 7500
SHIPPING = 495


def discount_for(order: Order, coupon: str | None) -> int:
    """Cents taken off by a coupon; an unknown coupon takes off nothing."""
    if coupon is None:
        return 0
    percent = COUPONS.get(coupon.strip().upper(), 0)
    gross = sum(line.total for line in order.lines)
    return -(-gross * percent // 100)


def shipping_for(order: Order) -> int:
    """Cents for shipping."""
    return 0 if order.total >= FREE_SHIPPING_FROM else SHIPPING


def price_text(cents: int) -> str:
    """`1234` as `12.34 EUR`."""
    return f"{cents // 100}.{cents % 100:02d} EUR"
