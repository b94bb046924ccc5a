/**
 * Plays a user in VS Code who looks at what is told: the status and its tooltip, the question about the profile,
 * keys, another model's answer, verdicts, a vendor's limits. `titles` in `page.mjs`' argument: {renamed, said,
 * verdict, suggestion, throttled}.
 */

import {
  box,
  command,
  given,
  goto,
  openFile,
  page,
  perform,
  shoot,
  shows,
  tell,
  titles,
  toast,
} from "./page.mjs";

const status = page.locator(".statusbar-item", { hasText: "Counterpoint" }).first();
const question = page.locator(".notification-list-item", { hasText: "Which way of working" });
const rows = page.locator(".quick-input-list .monaco-list-row");
const toasts = page.locator(".notification-toast");

/** The tooltip of the status bar item, with a picture of it. */
async function tooltip(picture) {
  await page.mouse.move(600, 300);
  await page.waitForTimeout(300);
  await status.hover();
  const hover = page
    .locator(".workbench-hover-container .monaco-hover, .monaco-hover.workbench-hover")
    .last();
  await hover.waitFor();
  await page.waitForTimeout(300);
  await shoot(picture);
  const text = await hover.innerText();
  await page.mouse.move(600, 300);
  await hover.waitFor({ state: "hidden" });
  return { tooltip: text, text: (await status.innerText()).trim() };
}

/** The same, once it tells of something. */
async function tooltipWith(part, picture) {
  const deadline = Date.now() + 60_000;
  let found = await tooltip(picture);
  while (!found.tooltip.includes(part) && Date.now() < deadline) {
    found = await tooltip(picture);
  }
  return found;
}

/** Every message that VS Code keeps, on show or not. */
async function messages() {
  await command("Notifications: Show Notifications");
  const list = page.locator(".notifications-center");
  const shown = await list.waitFor({ timeout: 5000 }).then(
    () => true,
    () => false,
  );
  const texts = shown ? await list.locator(".notification-list-item-message").allInnerTexts() : [];
  await command("Notifications: Hide Notifications");
  return texts;
}

async function opened() {
  await page.locator(".monaco-workbench").waitFor();
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
  await openFile("payments.py");
  await page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  await page.locator(".statusbar-item", { hasText: /^\s*Counterpoint\s*$/ }).waitFor();
}

async function profile() {
  await page.locator(".notification-toast", { hasText: "Which way of working" }).first().waitFor();
  await shoot("1-question");
  tell("asked", { messages: await messages() });
  await page.reload();
  await opened();
  // The question comes when the server runs, if it comes.
  await page.waitForTimeout(3000);
  tell("reloaded", { again: await question.count(), messages: await messages() });
  await command("Counterpoint: Choose Profile...");
  await rows.first().waitFor();
  await page.waitForTimeout(200);
  await shoot("2-profiles");
  tell("profiles", { listed: await rows.allInnerTexts() });
  await page.keyboard.press("Escape");
  await rows.first().waitFor({ state: "hidden" });
}

async function keys() {
  await command("Counterpoint: Set Google Key...");
  await box.waitFor();
  await box.fill("AIza-from-the-secret-store");
  await shoot("4-google-key");
  await page.keyboard.press("Enter");
  await page.locator(".notification-toast", { hasText: "Google key stored" }).first().waitFor();
  await shoot("4b-google-key-stored");
  tell("key", { text: await toast("Google key stored") });
  await status.click();
  await rows.first().waitFor();
  await page.waitForTimeout(200);
  await shoot("5-status-menu");
  tell("menu", { listed: await rows.allInnerTexts() });
  await page.keyboard.press("Escape");
}

async function escalated() {
  await goto(1);
  await command("Counterpoint: Edit by Instruction...");
  await box.waitFor();
  await box.fill("Say it shorter");
  await page.keyboard.press("Enter");
  await shows(titles.renamed);
  await page.locator(".notification-toast", { hasText: titles.said }).first().waitFor();
  await shoot("6-escalated");
  const told = await tooltipWith(`Counterpoint is ready.\nLast answer: ${titles.said}`, "6b-tooltip");
  tell("escalated", { messages: await messages(), ...told });
  await command("Notifications: Clear All Notifications");
}

async function verdicts() {
  for (const [name, part] of [
    ["verdict", titles.verdict],
    ["suggestion", titles.suggestion],
  ]) {
    await page.locator(".notification-toast", { hasText: part }).first().waitFor({ timeout: 70_000 });
    await page.waitForTimeout(500);
    await shoot(`7-${name}`);
  }
  tell("verdicts", { messages: await messages() });
  await command("Notifications: Clear All Notifications");
}

async function throttled() {
  await page.keyboard.press("Control+End");
  for (const nth of [1, 2, 3, 4]) {
    await page.keyboard.press("Enter");
    await page.keyboard.type(`    ${titles.throttled}_${nth} = `, { delay: 20 });
    // The pause begins with the first of them, and does not wait for the others.
    await page.locator(".statusbar-item", { hasText: "Counterpoint: waiting" }).waitFor();
    await page.waitForTimeout(500);
  }
  await shoot("8-throttled");
  tell("throttled", { toasts: await toasts.allInnerTexts(), ...(await tooltip("8b-tooltip")) });
  await page.locator(".statusbar-item", { hasText: /^\s*Counterpoint\s*$/ }).waitFor({ timeout: 60_000 });
  tell("over", { messages: await messages(), ...(await tooltip("8c-tooltip")) });
}

async function play() {
  await page.goto(given.url);
  await opened();
  await profile();
  tell("fresh", await tooltipWith("Nearest cap: ", "3-tooltip"));
  await keys();
  await escalated();
  await verdicts();
  await throttled();
}

await perform(play);
