// Debian's Chromium, and what every test of the page does with it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../dashboard/page/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const shots = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));
mkdirSync(shots, { recursive: true });

export const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu",
  "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });

/** A browser of somebody's own; what the page complains of is a failure, a breach of its policy too. */
export async function open({ language = "vi", theme = "light", width = 1280, height = 900, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: "vi-VN", timezoneId: "Asia/Ho_Chi_Minh", reducedMotion: "reduce", ...options });
  await context.addInitScript(([l, t]) => {
    if (!localStorage.getItem("stile.language")) localStorage.setItem("stile.language", l);
    if (!localStorage.getItem("stile.theme")) localStorage.setItem("stile.theme", t);
  }, [language, theme]);
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) page.complaints.push(message.text());
  });
  page.setDefaultTimeout(15000);
  return page;
}

export async function close(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

export async function login(page, url, name, password) {
  await page.goto(`${url}/login`);
  await page.locator("input[autocomplete=username]").fill(name);
  await page.locator("input[type=password]").fill(password);
  await page.locator("button[type=submit]").click();
  await page.locator(".bar .menu-button, .bar nav").first().waitFor({ state: "attached" });
}

export async function settled(page) {
  await page.locator("main h1").first().waitFor();
  await page.waitForFunction(() => !/Đang tải…|Loading…|Đang kết nối…|Connecting…/.test(document.querySelector("main").textContent));
}

export async function scan(page, what) {
  // By the debugger's way, which the page's policy has no say in.
  if (!await page.evaluate("typeof axe === 'object'")) await page.evaluate(axe);
  const found = await page.evaluate("axe.run({ resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })");
  const told = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join("; ")}`);
  assert.deepEqual(told, [], what);
}

export async function fits(page, what) {
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= room, `${what} is ${wide} px wide on ${room}`);
}

// Chromium draws two pages at once, but when it is asked for pictures of both it may answer for one of them only.
let lastShot = Promise.resolve();

/** For people to look at: the first two screens or so. One after the other, and a second time if no picture came. */
export function shoot(page, name) {
  const take = async () => {
    const { width } = page.viewportSize();
    const high = await page.evaluate(() => document.documentElement.scrollHeight);
    const options = { path: `${shots}${name}.png`, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(high, 2000) } };
    await page.screenshot(options).catch(async (error) => {
      console.log(`# ${name}: once more, ${String(error).split("\n")[0]}`);
      await page.bringToFront();
      await page.screenshot(options);
    });
  };
  const shot = lastShot.then(take);
  lastShot = shot.catch(() => undefined);
  return shot;
}
