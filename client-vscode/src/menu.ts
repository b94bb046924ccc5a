/** The entries behind the status bar item. Pure. */

export interface MenuEntry {
  readonly label: string;
  readonly command: string;
}

/** Entries for the state that the server last told, or "stopped". */
export function menuEntries(state: string): MenuEntry[] {
  const always: MenuEntry[] = [
    { label: "$(key) Set OpenAI key...", command: "counterpoint.setOpenAIKey" },
    { label: "$(key) Set Anthropic key...", command: "counterpoint.setAnthropicKey" },
    { label: "$(key) Set Google key...", command: "counterpoint.setGoogleKey" },
    { label: "$(debug-restart) Restart server", command: "counterpoint.restart" },
    { label: "$(output) Show log", command: "counterpoint.showLog" },
    { label: "$(person) Choose profile...", command: "counterpoint.chooseProfile" },
    { label: "$(settings-gear) Settings", command: "counterpoint.openSettings" },
  ];
  if (state === "stopped") {
    return always;
  }
  const pausing: MenuEntry =
    state === "paused"
      ? { label: "$(play) Resume completions", command: "counterpoint.resumeCompletions" }
      : { label: "$(debug-pause) Pause completions...", command: "counterpoint.pauseCompletions" };
  return [
    { label: "$(search) Review file", command: "counterpoint.reviewFile" },
    { label: "$(git-compare) Review changes", command: "counterpoint.reviewChanges" },
    { label: "$(sparkle) Review what models wrote", command: "counterpoint.reviewWritten" },
    { label: "$(list-unordered) More reviews...", command: "counterpoint.moreReviews" },
    { label: "$(edit) Edit by instruction...", command: "counterpoint.editSelection" },
    { label: "$(tools) Refactor...", command: "counterpoint.refactorSelection" },
    { label: "$(comment-discussion) Pair about this file...", command: "counterpoint.pairAboutFile" },
    { label: "$(question) Ask about the workspace...", command: "counterpoint.askQuestion" },
    { label: "$(eye) Show what would be sent", command: "counterpoint.previewContext" },
    { label: "$(question) Why this completion, or none?", command: "counterpoint.explainCompletion" },
    pausing,
    { label: "$(credit-card) Costs", command: "counterpoint.showCosts" },
    ...always,
  ];
}

/** How long a pause may last, as offered; 0 is for the server "until resumed". */
export const PAUSES: readonly { readonly label: string; readonly minutes: number }[] = [
  { label: "15 minutes", minutes: 15 },
  { label: "1 hour", minutes: 60 },
  { label: "Until resumed", minutes: 0 },
];
