"""What the shop's pages ask for."""

from orders import service
from orders.inventory import check_inventory
from orders.status import Status


def post_order(body):
    order = service.create_order(body["customer"], body["items"])
    return {"number": order.number, "status": order.status.value}


def post_gift(body):
    return {"number": service.create_order(customer=body["to"], items=["book"]).number}


def get_stock(sku):
    available, count = check_inventory(sku)
    return {"sku": sku, "available": available, "count": count}


def get_tracking(order):
    if order.status == Status.SHIPPED:
        return {"tracking": f"T{order.number}"}
    return {"tracking": None}
