/**
 * A page of VS Code, served by code-server to a headless Chromium, and what a user does in it. Each step prints
 * one line of JSON. Arguments: one JSON object {url, chromium, screenshots, server, titles}.
 */

import { chromium } from "playwright-core";

export const given = JSON.parse(process.argv[2]);
export const { titles } = given;
const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const browser = await chromium.launch({ executablePath: given.chromium, args: CHROMIUM_FLAGS });
export const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
page.setDefaultTimeout(60_000);

export function tell(step, values = {}) {
  console.log(JSON.stringify({ step, ...values }));
}

export async function shoot(name) {
  await page.screenshot({ path: `${given.screenshots}/${name}.png` });
}

/** Waits until the editor shows a line; VS Code draws blanks as no-break spaces. */
export async function shows(text) {
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll(".monaco-editor .view-line")].some((line) =>
        (line.textContent ?? "").replaceAll("\u00a0", " ").includes(wanted),
      ),
    text,
  );
}

/** Whether the editor shows a text now. */
export async function isShown(text) {
  const lines = await page.locator(".monaco-editor .view-line").allInnerTexts();
  return lines.some((line) => line.replaceAll("\u00a0", " ").includes(text));
}

export async function command(title) {
  await page.keyboard.press("F1");
  const input = page.locator(".quick-input-widget input").first();
  await input.waitFor();
  await input.fill(`>${title}`);
  const row = page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
  await row.waitFor();
  await row.click();
}

/** Puts the caret into the open file (1-based). */
export async function goto(line, column = 1) {
  await page.keyboard.press("Control+g");
  const input = page.locator(".quick-input-widget input").first();
  await input.waitFor();
  await input.fill(`:${line}:${column}`);
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

/** Opens the Ctrl+. menu, again if need be, until it lists an entry that begins so; gives all entries. */
export async function openMenu(beginning) {
  const rows = page.locator(".action-widget .monaco-list-row");
  const deadline = Date.now() + 60_000;
  let listed = [];
  while (Date.now() < deadline) {
    await page.keyboard.press("Control+.");
    // Pressed while the editor still takes in a change, it opens nothing.
    const opened = await rows
      .first()
      .waitFor({ timeout: 8000 })
      .then(
        () => true,
        () => false,
      );
    if (!opened) {
      continue;
    }
    listed = (await rows.allInnerTexts()).map((text) => text.trim());
    if (listed.some((text) => text.startsWith(beginning))) {
      return listed;
    }
    // While it is open, a second Ctrl+. would take its first entry.
    await page.keyboard.press("Escape");
    await rows.first().waitFor({ state: "hidden" });
    await page.waitForTimeout(300);
  }
  throw new Error(`no entry begins with ${beginning}: ${JSON.stringify(listed)}`);
}

export async function choose(beginning) {
  const rows = page.locator(".action-widget .monaco-list-row");
  await rows.filter({ hasText: beginning }).first().click();
  await rows.first().waitFor({ state: "hidden" });
}

export async function toast(part) {
  const found = page.locator(".notification-toast", { hasText: part }).first();
  await found.waitFor();
  const text = await found.innerText();
  await command("Notifications: Clear All Notifications");
  return text;
}

export async function openFile(name) {
  await page.keyboard.press("Control+p");
  const input = page.locator(".quick-input-widget input").first();
  await input.waitFor();
  await input.fill(name);
  const row = page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first();
  await row.waitFor();
  await row.click();
  await page.locator(".monaco-editor .view-line").first().waitFor();
}

/** The first line on show that has some text. */
export async function lineWith(beginning) {
  const lines = await page.locator(".monaco-editor .view-line").allInnerTexts();
  return lines.map((line) => line.replaceAll("\u00a0", " ")).find((line) => line.includes(beginning)) ?? "";
}

export const box = page.locator(".quick-input-widget input").first();

/** All that was said and not cleared: toasts go after a while, the notifications stay in their list. */
async function said() {
  const toasts = await page.locator(".notification-toast").allInnerTexts();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await command("Notifications: Show Notifications");
  const list = page.locator(".notifications-center .notification-list-item");
  await list
    .first()
    .waitFor({ timeout: 5000 })
    .catch(() => {});
  await shoot("failed-notifications");
  return [...toasts, ...(await list.allInnerTexts())];
}

/** Plays, tells what went wrong if something did, and ends the process. */
export async function perform(play) {
  let code = 0;
  try {
    await play();
  } catch (error) {
    await shoot("failed");
    tell("failed", { problem: String(error?.stack ?? error), toasts: await said().catch(() => []) });
    code = 1;
  }
  await browser.close();
  process.exit(code);
}
