"""What is going on."""

from orders.inventory import check_inventory
from orders.status import Status
from orders.store import STORE


def shipped():
    return len(STORE.by_status(Status.SHIPPED))


def pending():
    return len(STORE.by_status(Status.PENDING))


def running_low(limit=5):
    low = {}
    for sku in STORE.stock:
        result = check_inventory(sku)
        low[sku] = result
    return {sku: one for sku, one in low.items() if one[1] < limit}


def rows():
    return [row for row in map(vars, STORE.orders) if row["status"].value == "shipped"]
