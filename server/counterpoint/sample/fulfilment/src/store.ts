import type { OrderStatus } from "./status.js";

export interface Row {
  id: string;
  status: OrderStatus;
  customer_id: string;
}

export interface Connection {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}

/** The orders this warehouse works on. */
export class OrderStore {
  constructor(private readonly connection: Connection) {}

  async byStatus(status: OrderStatus): Promise<Row[]> {
    const { rows } = await this.connection.query("SELECT * FROM orders WHERE status = $1", [status]);
    return rows;
  }

  async setStatus(id: string, status: OrderStatus): Promise<void> {
    await this.connection.query("UPDATE orders SET status = $1 WHERE id = $2", [status, id]);
  }
}
