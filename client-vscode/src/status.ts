/** What the status bar shows. Pure: a `counterpoint/status` notification in, texts out. */

/** Params of `counterpoint/status`. Money is in USD. */
export interface Status {
  readonly state: string;
  readonly reason?: string | null;
  readonly model?: string | null;
  readonly spentToday?: number | null;
  readonly budgetToday?: number | null;
}

export interface StatusView {
  readonly text: string;
  /** Lines of the tooltip, plain text. */
  readonly tooltip: readonly string[];
  readonly severity: "normal" | "warning" | "error";
}

const ICONS: Readonly<Record<string, string>> = {
  starting: "$(loading~spin)",
  working: "$(loading~spin)",
  paused: "$(debug-pause)",
  stopped: "$(circle-slash)",
};
const SEVERE = new Set(["error"]);
const WARN = new Set(["budget", "needs-consent"]);

/** The server's state as the status bar shows it; a state not known here is shown as the server named it. */
export function statusView(status: Status): StatusView {
  const severity = SEVERE.has(status.state) ? "error" : WARN.has(status.state) ? "warning" : "normal";
  const icon = ICONS[status.state] ?? (severity === "normal" ? "$(comment-discussion)" : "$(warning)");
  const quiet = status.state === "ready" || status.state === "working";
  return {
    text: quiet ? `${icon} Counterpoint` : `${icon} Counterpoint: ${words(status.state)}`,
    tooltip: tooltip(status),
    severity,
  };
}

function tooltip(status: Status): string[] {
  const lines = [`Counterpoint is ${words(status.state)}.`];
  if (status.reason) {
    lines.push(status.reason);
  }
  if (status.model) {
    lines.push(`Model: ${status.model}`);
  }
  if (typeof status.spentToday === "number") {
    lines.push(`Spent today: ${spending(status.spentToday, status.budgetToday)}`);
  }
  return [...lines, "Click for the menu."];
}

function spending(spent: number, budget: number | null | undefined): string {
  return typeof budget === "number" ? `${dollars(spent)} of ${dollars(budget)}` : dollars(spent);
}

/** Two decimals; a sum that would round to nothing keeps three. */
export function dollars(amount: number): string {
  return `$${amount > 0 && amount < 0.01 ? amount.toFixed(3) : amount.toFixed(2)}`;
}

function words(state: string): string {
  return state.replaceAll(/[-_]/g, " ");
}
