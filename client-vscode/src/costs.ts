/** What the answer to `counterpoint.costs` reads like. Pure. */

import { dollars } from "./status";

/** Money is in USD, `since` a date. */
export interface Costs {
  readonly todayUsd: number;
  readonly budgetTodayUsd: number;
  readonly since: string;
  readonly totals: readonly Total[];
}
export interface Total {
  readonly model: string;
  readonly task: string;
  readonly calls: number;
  readonly failed: number;
  readonly costUsd: number;
}

export function costsView(costs: Costs): { title: string; detail: string } {
  const title = `Spent today: ${dollars(costs.todayUsd)} of ${dollars(costs.budgetTodayUsd)}`;
  if (costs.totals.length === 0) {
    return { title, detail: `Nothing was asked of a model since ${costs.since}.` };
  }
  const whole = dollars(costs.totals.reduce((sum, one) => sum + one.costUsd, 0));
  return { title, detail: [`Since ${costs.since}, ${whole} in all:`, ...costs.totals.map(line)].join("\n") };
}

function line({ model, task, calls, failed, costUsd }: Total): string {
  const failures = failed > 0 ? `, ${failed} failed` : "";
  return `${model}, ${task}: ${dollars(costUsd)} for ${calls} ${calls === 1 ? "call" : "calls"}${failures}`;
}
