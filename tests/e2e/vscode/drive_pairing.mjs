/**
 * Plays a user who pairs in VS Code: an edit by instruction, what may be done with it afterwards, one undo, a
 * change of two files, a conversation. `titles` is {instruction, both, louder, greet, first, short, second,
 * shortSecond, loud, others, hello, other, shortOther}.
 */

import {
  box,
  choose,
  command,
  given,
  goto,
  isShown,
  openFile,
  openMenu,
  page,
  perform,
  shoot,
  shows,
  tell,
  titles,
} from "./page.mjs";

/** Waits until the editor shows none of a text. */
async function hides(text) {
  await page.waitForFunction(
    (wanted) =>
      ![...document.querySelectorAll(".monaco-editor .view-line")].some((line) =>
        (line.textContent ?? "").replaceAll("\u00a0", " ").includes(wanted),
      ),
    text,
  );
}

async function typed(text) {
  await box.waitFor();
  await box.fill(text);
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

async function undo() {
  await page.locator(".monaco-editor .view-line").first().click();
  await page.keyboard.press("Control+z");
}

/** One undo, in both files where VS Code asks; `done` says whether it has undone without. */
async function undoBoth(done) {
  await undo();
  const both = page.locator(".monaco-dialog-box").getByRole("button", { name: /Undo in 2 Files/i });
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (await both.isVisible()) {
      await both.click();
      return;
    }
    if (await done()) {
      return;
    }
    await page.waitForTimeout(50);
  }
}

/** Edits by an instruction that the server asks for. */
async function edited() {
  await goto(1);
  await command("Counterpoint: Edit by Instruction...");
  await box.waitFor();
  tell("asked", { title: await page.locator(".quick-input-title").innerText() });
  await shoot("1-input");
  await typed(titles.instruction);
  await shows(titles.short);
  await shows(titles.shortSecond.trim());
}

async function afterwards() {
  await page.goto(given.url);
  await page.locator(".monaco-workbench").waitFor();
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
  await openFile("payments.py");
  await page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  await edited();
  await shoot("2-edited");

  await goto(1);
  const listed = await openMenu("Keep");
  await shoot("3-menu");
  tell("menu", { listed });
  await choose("Revert");
  await shows(titles.first);
  await shows(titles.second.trim());
  await page.keyboard.press("Control+s");
  await page.locator(".tab.dirty").waitFor({ state: "detached" });
  await shoot("4-reverted");
  tell("reverted");

  // One undo brings both places of the edit back, one more takes both away.
  await undo();
  await shows(titles.short);
  await shows(titles.shortSecond.trim());
  await undo();
  await shows(titles.first);
  await shows(titles.second.trim());
  tell("undone");
}

async function voices() {
  await edited();
  await goto(1);
  await openMenu("Refine...");
  await choose("Refine...");
  await box.waitFor();
  await shoot("5-refine");
  await typed(titles.louder);
  await shows(titles.loud);
  await goto(1);
  await openMenu("Revert");
  await choose("Revert");
  await shows(titles.short);
  tell("refined");

  await goto(1);
  await openMenu("The other voice's version");
  await choose("The other voice's version");
  await shows(titles.others);
  await shows(titles.second.trim());
  await shoot("6-other-voice");
  await undo();
  await shows(titles.short);
  tell("other");
  await goto(1);
  await openMenu("Keep");
  await choose("Keep");
  let kept = await openMenu("Edit by instruction...");
  for (let turn = 0; turn < 10 && kept.includes("Keep"); turn += 1) {
    await page.keyboard.press("Escape");
    await page.waitForTimeout(300);
    kept = await openMenu("Edit by instruction...");
  }
  tell("kept", { listed: kept });
  await shoot("6b-kept");
  await page.keyboard.press("Escape");
  await command("File: Revert File");
  await shows(titles.first);
}

/** A change of two files: what goes beyond what was asked about is agreed to first; one undo takes it back. */
async function several() {
  await goto(1);
  await command("Counterpoint: Edit by Instruction...");
  await typed(titles.both);
  const panel = page.locator(".bulk-edit-panel");
  await panel.waitFor();
  await panel.getByText(titles.other).first().waitFor();
  await shoot("7-preview");
  await panel
    .locator(".monaco-list-row input[type=checkbox], .monaco-list-row .monaco-checkbox")
    .first()
    .waitFor();
  tell("preview", { text: await panel.innerText() });
  // To agree to a file is to agree to all of it.
  await panel.locator('.monaco-list-row [role="checkbox"][aria-checked="false"]').first().click();
  await shoot("7b-agreed");
  await panel.getByRole("button", { name: "Apply" }).click();
  await shows(titles.short);
  await openFile(titles.other);
  await shows(titles.shortOther);
  await shoot("8-both-files");
  await goto(1);
  const listed = await openMenu("Revert");
  tell("several", { listed });
  await shoot("9-menu-of-two-files");
  await choose("Revert");
  await hides(titles.shortOther);
  await openFile("payments.py");
  await shows(titles.first);
  tell("severalReverted");

  // Each of the two edits is one undo over both files, which VS Code asks about.
  await undoBoth(() => isShown(titles.short));
  await shows(titles.short);
  await openFile(titles.other);
  await shows(titles.shortOther);
  await undoBoth(async () => !(await isShown(titles.shortOther)));
  await hides(titles.shortOther);
  await openFile("payments.py");
  await shows(titles.first);
  tell("severalUndone");
}

async function conversation() {
  await goto(1);
  await command("Counterpoint: Pair about This File...");
  await page.locator('.tab.active[data-resource-name^="pair-"]').waitFor();
  await shows("## You");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(titles.greet);
  await shoot("10-conversation");
  const listed = await openMenu("Send");
  await shoot("11-send");
  await choose("Send");
  await shows("## GPT-5.5");
  await page.keyboard.press("Control+End");
  await shoot("12-answer");
  tell("conversation", { listed });
  await openFile("payments.py");
  await shows(titles.hello);
  tell("conversed");
}

/** The message of a commit in git's own box, and a question that is answered by a page. */
async function words() {
  await command("File: Save All");
  await page.keyboard.press("Control+Shift+g");
  await page.locator(".scm-view .monaco-list-row", { hasText: "payments.py" }).first().waitFor();
  await command("Git: Stage All Changes");
  await page.locator(".scm-view .monaco-list-row", { hasText: "Staged Changes" }).first().waitFor();
  await command("Counterpoint: Write Commit Message");
  const message = page.locator(".scm-input .view-line", { hasText: titles.message });
  await message.first().waitFor();
  await shoot("13-commit-message");
  tell("message");

  await command("Counterpoint: Ask about the Workspace...");
  await box.waitFor();
  await box.fill(titles.question);
  await shoot("14-question");
  await page.keyboard.press("Enter");
  await shows(titles.said);
  await shoot("15-answer-to-it");
  tell("answered");
}

await perform(async () => {
  await afterwards();
  await voices();
  await several();
  await conversation();
  await words();
});
