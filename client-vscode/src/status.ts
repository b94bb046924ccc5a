/** What the status bar shows. Pure: a `counterpoint/status` notification in, texts out. */

/** Params of `counterpoint/status`. Money is in USD. */
export interface Status {
  readonly state: string;
  readonly reason?: string | null;
  readonly model?: string | null;
  readonly spentToday?: number | null;
  readonly budgetToday?: number | null;
  /** What the last answer tells of a model that stood in, or of less than was asked for. */
  readonly notice?: string | null;
  readonly spentMonth?: number | null;
  readonly budgetMonth?: number | null;
  /** Of this server alone. */
  readonly spentSession?: number | null;
  readonly budgetSession?: number | null;
  /** The cap of which the greatest share is spent. */
  readonly nearest?: { readonly setting: string; readonly spent: number; readonly budget: number } | null;
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
  waiting: "$(watch)",
  stopped: "$(circle-slash)",
};
/** States that are no word for what the program is. */
const SENTENCES: Readonly<Record<string, string>> = {
  "no-key": "Counterpoint has nobody to ask.",
  "needs-consent": "Counterpoint needs your consent.",
  budget: "Counterpoint is held by a budget.",
  error: "Counterpoint met with an error.",
  waiting: "Counterpoint waits for a vendor.",
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
  const lines = [SENTENCES[status.state] ?? `Counterpoint is ${words(status.state)}.`];
  if (status.reason) {
    lines.push(status.reason);
  }
  if (status.model) {
    lines.push(`Model: ${status.model}`);
  }
  if (status.notice) {
    lines.push(`Last answer: ${status.notice}`);
  }
  const sums = [
    ["today", status.spentToday, status.budgetToday],
    ["this month", status.spentMonth, status.budgetMonth],
    ["in this session", status.spentSession, status.budgetSession],
  ] as const;
  for (const [when, spent, budget] of sums) {
    if (typeof spent === "number") {
      lines.push(`Spent ${when}: ${spending(spent, budget)}`);
    }
  }
  const near = nearing(status);
  return [...lines, ...(near === undefined ? [] : [near]), "Click for the menu."];
}

/** The cap that will be met first, once half of it is spent. */
function nearing({ nearest }: Status): string | undefined {
  if (!nearest || nearest.budget <= 0 || nearest.spent / nearest.budget < 0.5) {
    return undefined;
  }
  const share = Math.round((100 * nearest.spent) / nearest.budget);
  return `Nearest cap: ${nearest.setting}, ${share} % of ${dollars(nearest.budget)}`;
}

function spending(spent: number, budget: number | null | undefined): string {
  return typeof budget === "number" ? `${dollars(spent)} of ${dollars(budget)}` : dollars(spent);
}

/** To the cent from a dollar on; below it up to four decimals, as the command line has them, so that rows come
 * to their sum. */
export function dollars(amount: number): string {
  const said = amount >= 1 ? amount.toFixed(2) : amount.toFixed(4).replace(/0{1,2}$/, "");
  return Number(said) === 0 ? "$0" : `$${said}`;
}

function words(state: string): string {
  return state.replaceAll(/[-_]/g, " ");
}
