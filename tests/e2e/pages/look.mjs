/**
 * Looks at a page in a headless Chromium as a user would: light and dark, narrow and wide. Argument: one JSON
 * object {file, chromium, shots, name}. Prints one JSON object a look: what was requested besides the page,
 * whether the page itself has to be scrolled sideways, texts of plots that lie on one another, that are cut off
 * or too small, and the lowest contrasts of text and of marks against what is behind them.
 */

import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const given = JSON.parse(process.argv[2]);
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath: given.chromium, args: flags });

function measured() {
  const parsed = (color) => (color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = parsed(color).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (color && parsed(color)[3] !== 0) {
        return color;
      }
    }
    return "rgb(255, 255, 255)";
  };
  const meet = (one, other) =>
    one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const plots = [...document.querySelectorAll("svg[role=img]")];
  const [overlaps, cut, small] = [[], [], []];
  let [text, marks] = [21, 21];
  for (const plot of plots) {
    const texts = [...plot.querySelectorAll("text")].map((node) => [node, node.getBoundingClientRect()]);
    for (const [at, [node, box]] of texts.entries()) {
      const size = (Number.parseFloat(getComputedStyle(node).fontSize) * box.height) / Math.max(1, node.getBBox().height);
      if (size < 10.5) {
        small.push(`${node.textContent} ${size}`);
      }
      if (box.left < -1 || box.right > innerWidth + 1) {
        cut.push(node.textContent);
      }
      for (const [other, otherBox] of texts.slice(at + 1)) {
        if (meet(box, otherBox)) {
          overlaps.push(`${node.textContent} | ${other.textContent}`);
        }
      }
      text = Math.min(text, contrast(getComputedStyle(node).fill, behind(plot)));
    }
    for (const node of plot.querySelectorAll("rect[class^=c], svg[class^=c] *")) {
      marks = Math.min(marks, contrast(getComputedStyle(node).fill, behind(plot)));
    }
  }
  for (const node of document.querySelectorAll("h1, h2, h3, p, td, th, b, span")) {
    if (node.textContent.trim()) {
      text = Math.min(text, contrast(getComputedStyle(node).color, behind(node)));
    }
  }
  return {
    sideways: document.documentElement.scrollWidth - innerWidth,
    plots: plots.length,
    unnamed: plots.filter((plot) => {
      const ids = (plot.getAttribute("aria-labelledby") ?? "").split(" ");
      return ids.length < 2 || ids.some((id) => !document.getElementById(id)?.textContent.trim());
    }).length,
    ids: (() => {
      const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
      return ids.length - new Set(ids).size;
    })(),
    overlaps,
    cut,
    small,
    text,
    marks,
  };
}

for (const scheme of ["light", "dark"]) {
  for (const width of [400, 1400]) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    const [asked, said] = [[], []];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => said.push(message.text()));
    const url = pathToFileURL(given.file).href;
    await page.goto(url, { waitUntil: "networkidle" });
    const found = await page.evaluate(measured);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.screenshot({ path: `${given.shots}/${given.name}-${scheme}-${width}.png`, fullPage: true });
    console.log(JSON.stringify({ scheme, width, asked: asked.filter((one) => one !== url), said, background, ...found }));
    await page.close();
  }
}
await browser.close();
