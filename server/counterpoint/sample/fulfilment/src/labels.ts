export interface Carrier {
  readonly name: string;
  label(orderId: string): Promise<string>;
}

const attempts = 3;

/** A shipping label, or undefined if the carrier gives none after a few tries. */
export async function printLabel(carrier: Carrier, orderId: string): Promise<string | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      return await carrier.label(orderId);
    } catch (error) {
      console.warn(`${carrier.name}: no label for ${orderId}, attempt ${attempt}`, error);
    }
  }
  return undefined;
}
