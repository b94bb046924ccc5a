/**
 * Plays a user in VS Code: findings, completions, an edit, keys, servers that fail. In `page.mjs`' argument
 * `server` is the command, `titles` has what to look for: {line, finding, fix, mended, renamed, ghost, stands, dismissed, dismissedLine, other}.
 */

import {
  box,
  choose,
  command,
  given,
  goto,
  lineWith,
  openFile,
  openMenu,
  page,
  perform,
  shoot,
  shows,
  tell,
  titles,
  toast,
} from "./page.mjs";

/** Names another command for the server, in this machine's settings, as a user would, and restarts it as VS Code then proposes. */
async function useServer(server) {
  await command("Preferences: Open Remote Settings (JSON)");
  await page.locator('.tab.active[data-resource-name="settings.json"]').waitFor();
  await page.locator(".monaco-editor .view-line").first().click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(JSON.stringify({ "counterpoint.server.command": server }));
  // JSON closes quotes by itself: what was added behind the caret goes.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Shift+End");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Control+s");
  const proposal = page.locator(".notification-toast", { hasText: "from the server's next start" });
  await proposal.first().getByRole("button", { name: "Restart" }).click();
}

const status = page.locator(".statusbar-item", { hasText: "Counterpoint" }).first();

const question = page.locator(".notification-toast", { hasText: "Which way of working" });
const rows = page.locator(".quick-input-list .monaco-list-row");

async function findings() {
  await page.goto(given.url);
  await page.locator(".monaco-workbench").waitFor();
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
  await openFile("payments.py");
  tell("opened");

  await page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  await goto(titles.line, 12);
  await shoot("1-squiggle");
  tell("squiggle", { count: await page.locator(".squiggly-error, .squiggly-warning").count() });

  await status.waitFor();
  tell("status", { text: (await status.innerText()).trim() });

  await question.first().getByRole("button", { name: "Choose Profile" }).click();
  await rows.first().waitFor();
  await shoot("1b-profiles");
  tell("asked", { listed: await rows.allInnerTexts() });
  await page.keyboard.press("Escape");
  await rows.first().waitFor({ state: "hidden" });

  const listed = await openMenu("Review file: ");
  await shoot("2-menu");
  tell("menu", { listed });
  await choose("Review file: ");
  await command("Problems: Focus on Problems View");
  await page.locator(".markers-panel .monaco-list-row", { hasText: titles.finding }).first().waitFor();
  await goto(titles.line, 12);
  await shoot("3-findings");
  tell("reviewed");

  // Findings in a file that nobody has opened stand beside it, and are underlined once it is.
  await problem(titles.stands).waitFor();
  await problem(titles.dismissed).waitFor();
  const tabs = await page.locator(".tab").allInnerTexts();
  await shoot("3b-unopened-file");
  tell("unopened", { tabs: tabs.map((text) => text.trim()) });

  const fixes = await openMenu(titles.fix);
  await shoot("4-fixes");
  tell("fixes", { listed: fixes });
  await choose(titles.fix);
  await shows(titles.mended.trim());
  await shoot("5-fixed");
  tell("fixed");
}

function problem(title) {
  return page.locator(".markers-panel .monaco-list-row", { hasText: title }).first();
}

/** Dismisses a finding in the other file; after a reload it is still silent, and the one beside it is there. */
async function dismissing() {
  await openFile(titles.other);
  await page.locator(".squiggly-warning").first().waitFor();
  await shoot("5b-second-file");
  await command("Problems: Focus on Problems View");
  await problem(titles.dismissed).waitFor();
  await goto(titles.dismissedLine, 12);
  const listed = await openMenu("Dismiss: not a bug");
  await shoot("5c-dismiss");
  await choose("Dismiss: not a bug");
  await problem(titles.dismissed).waitFor({ state: "detached" });
  tell("dismissed", { listed });

  await page.reload();
  await page.locator(".monaco-workbench").waitFor();
  await openFile(titles.other);
  await command("Problems: Focus on Problems View");
  await problem(titles.stands).waitFor();
  await shoot("5d-reloaded");
  // By now the server runs, and messages go in their time: what was asked again would stand there.
  const asked = await question.count();
  tell("reloaded", { asked, silent: (await problem(titles.dismissed).count()) === 0 });
  await openFile("payments.py");
}

async function writing() {
  const ghost = page.locator(".ghost-text-decoration, .ghost-text").first();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("    audit = ", { delay: 20 });
  await ghost.waitFor();
  await shows(`audit = ${titles.ghost}`);
  await shoot("6-ghost-text");
  tell("ghost");
  await page.keyboard.press("Tab");
  await ghost.waitFor({ state: "hidden" });
  await shows(`audit = ${titles.ghost}`);
  tell("accepted");

  // By word: Ctrl+Right takes one, the rest stays on show, Tab takes that.
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("again = ", { delay: 20 });
  await ghost.waitFor();
  await page.keyboard.press("Control+ArrowRight");
  await ghost.waitFor();
  await shows(`again = ${titles.ghost}`);
  await shoot("6b-ghost-text-by-word");
  tell("byWord", { line: await lineWith("again = "), ghost: await ghost.innerText() });
  await page.keyboard.press("Tab");
  await ghost.waitFor({ state: "hidden" });
  await shows(`again = ${titles.ghost}`);

  // With the editor's own list open, what is shown goes on where the selected entry ends.
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("third = signature_o", { delay: 20 });
  const list = page.locator(".suggest-widget.visible .monaco-list-row.focused");
  if (!(await list.isVisible())) {
    await page.keyboard.press("Control+Space");
  }
  await list.waitFor();
  await ghost.waitFor();
  await shoot("6c-ghost-text-beside-the-list");
  tell("besideTheList", { selected: await list.innerText(), line: await lineWith("third = ") });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");

  await command("Counterpoint: Why This Completion, or None?");
  await page.locator('.tab.active[data-resource-name="why.md"]').waitFor();
  await shows("Completion in");
  await shoot("6d-why");
  const lines = page.locator(".monaco-editor .view-line");
  tell("why", { text: (await lines.allInnerTexts()).join("\n").replaceAll("\u00a0", " ") });
  await command("View: Close Editor");
  await page.locator('.tab.active[data-resource-name="payments.py"]').waitFor();

  await goto(1);
  await command("Counterpoint: Edit by Instruction...");
  await box.waitFor();
  await box.fill("Say it shorter");
  await page.keyboard.press("Enter");
  await shows(titles.renamed);
  await shoot("7-edited");
  tell("edited");

  // What models wrote is offered for review, beside the work and in the menu.
  const offer = page.locator(".notification-toast", { hasText: /Review what .*GPT-5.5/ }).first();
  await offer.waitFor();
  await shoot("7a-offer");
  tell("offered", { text: await offer.innerText() });
  await offer.getByRole("button", { name: "Not now" }).click();
  tell("offers", { listed: await openMenu("Review what ") });
  await shoot("7b-menu-of-changes");
  await page.keyboard.press("Escape");
  await command("Counterpoint: More Reviews...");
  const reviews = page.locator(".quick-input-list .monaco-list-row");
  await reviews.first().waitFor();
  await page.waitForTimeout(200);
  await shoot("7c-more-reviews");
  tell("more", { listed: await reviews.allInnerTexts() });
  await page.keyboard.press("Escape");
}

async function whatWouldBeSent() {
  await command("Counterpoint: Show What Would Be Sent");
  await page.locator('.tab.active[data-resource-name="context.md"]').waitFor();
  await shows("Nothing was sent");
  await shoot("7-would-be-sent");
  const lines = page.locator(".monaco-editor .view-line");
  tell("wouldBeSent", { text: (await lines.allInnerTexts()).join("\n").replaceAll("\u00a0", " ") });
  await command("View: Close Editor");
  await page.locator('.tab.active[data-resource-name="payments.py"]').waitFor();
}

async function extensionsOwn() {
  await command("Counterpoint: Set OpenAI Key...");
  await box.waitFor();
  await box.fill("sk-from-the-secret-store");
  await shoot("8-key");
  await page.keyboard.press("Enter");
  tell("key", { text: await toast("OpenAI key stored") });

  await status.click();
  await page.locator(".quick-input-list .monaco-list-row").first().waitFor();
  await shoot("9-status-menu");
  const listed = await rows.allInnerTexts();
  // The list draws only what fits; what stands further down is found by its name.
  await box.fill("Restart");
  await rows.filter({ hasText: "Restart server" }).first().waitFor();
  tell("statusMenu", { listed: [...listed, ...(await rows.allInnerTexts())] });
  await page.keyboard.press("Escape");

  await command("Counterpoint: Show Costs");
  const dialog = page.locator(".monaco-dialog-box");
  await dialog.waitFor();
  await shoot("10-costs");
  tell("costs", { text: await dialog.innerText() });
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
}

async function brokenServers() {
  await useServer(["/nowhere/counterpoint"]);
  await page.locator(".notification-toast", { hasText: "/nowhere/counterpoint" }).first().waitFor();
  await shoot("11-missing-server");
  tell("missing", { text: await toast("/nowhere/counterpoint"), status: (await status.innerText()).trim() });

  await useServer(["/bin/false"]);
  tell("failing", { text: await toast("could not be started"), status: (await status.innerText()).trim() });

  await useServer(given.server);
  await page.locator(".statusbar-item", { hasText: /^\s*Counterpoint\s*$/ }).waitFor();
  tell("recovered", { status: (await status.innerText()).trim() });
}

async function profile() {
  await command("Counterpoint: Choose Profile...");
  await rows.filter({ hasText: "GPT-5.5 writes" }).first().click();
  await toast("from the server's next start");
  tell("chosen");
}

async function play() {
  await findings();
  await writing();
  await whatWouldBeSent();
  await dismissing();
  await extensionsOwn();
  await brokenServers();
  await profile();
}

await perform(play);
