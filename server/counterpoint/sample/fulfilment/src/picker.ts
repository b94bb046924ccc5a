import type { Carrier } from "./labels.js";
import { printLabel } from "./labels.js";
import { OrderStatus, isFinal } from "./status.js";
import type { Row } from "./store.js";
import { OrderStore } from "./store.js";

/** Works through what was paid for, oldest first. */
export class Picker {
  constructor(
    private readonly store: OrderStore,
    private readonly carrier: Carrier,
  ) {}

  /** Picks and ships all paid orders; returns how many left the house. */
  async round(): Promise<number> {
    let shipped = 0;
    for (const order of await this.store.byStatus(OrderStatus.Paid)) {
      await this.store.setStatus(order.id, OrderStatus.Picking);
      if (await this.ship(order)) shipped += 1;
    }
    return shipped;
  }

  private async ship(order: Row): Promise<boolean> {
    if (isFinal(order.status)) return false;
    const label = await printLabel(this.carrier, order.id);
    if (label === undefined) return false;
    this.store.setStatus(order.id, OrderStatus.Shipped);
    return true;
  }
}
