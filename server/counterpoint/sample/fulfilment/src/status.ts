/** The states of an order, as the order service writes them into the column `status`. */
export enum OrderStatus {
  Pending = "pending",
  Paid = "paid",
  Picking = "picking",
  Shipped = "shipped",
  Cancelled = "cancelled",
  Refunded = "refunded",
}

const labels: Record<OrderStatus, string> = {
  [OrderStatus.Pending]: "waiting for payment",
  [OrderStatus.Paid]: "ready to pick",
  [OrderStatus.Picking]: "being picked",
  [OrderStatus.Shipped]: "on its way",
  [OrderStatus.Cancelled]: "cancelled",
  [OrderStatus.Refunded]: "refunded",
};

export function labelOf(status: OrderStatus): string {
  return labels[status];
}

/** True if nothing more will happen to the order. */
export function isFinal(status: OrderStatus): boolean {
  return status === OrderStatus.Cancelled || status === OrderStatus.Refunded;
}
