#!/usr/bin/env node
// Every page in both languages and lights, by keyboard and on a phone, in Debian's Chromium on made-up data (stub.mjs). With
// STILE_DASHBOARD_URL, STILE_DASHBOARD_NAME and STILE_DASHBOARD_PASSWORD (of somebody with every role) on that server.
import assert from "node:assert/strict";
import { begin } from "./begin.mjs";
import { run, test } from "../schema/tap.mjs";

const { all, end, kit, password, stub, url } = await begin();
const { close, fits, login, open, scan, settled, shoot } = kit;
const enter = (page) => login(page, url, all, password);
const paths = ["/live", "/guard", "/presence", "/events", "/reports", "/places", "/notice", "/trace", "/people", "/rights", "/requests", "/accounts", "/audit"];

async function visit(page, path) {
  await page.goto(url + path);
  await settled(page);
}

const looks = [["vi", "light"], ["vi", "dark"], ["en", "light"], ["en", "dark"]];
const vietnamese = /[ăâđêôơưàáạảãèéẹẻẽìíịỉĩòóọỏõùúụủũỳýỵỷỹầấậẩẫằắặẳẵềếệểễồốộổỗờớợởỡừứựửữ]/i;
// What says that it is in another language is so on purpose.
const ownWords = () => [...document.querySelectorAll("main :is(h1, h2, th, legend, label, dt, button, small), nav a")].filter((one) => !one.closest("section[lang]")).map((one) => one.textContent.trim());
async function walk(language, theme) {
  const page = await open({ language, theme });
  await enter(page);
  for (const path of paths) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.locator(`nav a[href='${path}']`).click();
    await page.locator(`nav a[href='${path}'][aria-current]`).waitFor();
    await settled(page);
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    if (stub && language === "en") for (const text of await page.evaluate(ownWords)) assert.ok(!vietnamese.test(text), `${path}: ${text}`);
    await scan(page, path);
    await fits(page, path);
    if (language === "vi" || theme === "light") await shoot(page, `${path.slice(1)}-1280-${theme}-${language}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, `${path} on a phone`);
    if (language === "vi") await shoot(page, `${path.slice(1)}-360-${theme}-${language}`);
  }
  await close(page);
}

// Two at a time: most of it is a browser at work.
const walks = new Map();
const start = (at) => {
  for (const index of [at, at + 1].filter((one) => one < looks.length && !walks.has(one))) {
    walks.set(index, walk(...looks[index]));
    walks.get(index).catch(() => undefined);
  }
};
for (const [index, [language, theme]] of looks.entries())
  test(`every page passes axe, fits a phone and a desk, and speaks one language (${language}, ${theme})`, async () => {
    if (!walks.has(index)) start(index);
    await walks.get(index);
  });

test("the keyboard reaches everything: skip link, menu, search by /, and Esc", async () => {
  const page = await open({ language: "en" });
  await enter(page);
  await visit(page, "/events");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "To the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute("data-search")), true);
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.value), "/");
  await page.getByRole("link", { name: "Audit log" }).focus();
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Audit log" }).waitFor();
  await page.waitForFunction(() => document.activeElement.id === "content");
  await page.setViewportSize({ width: 360, height: 740 });
  const menu = page.getByRole("button", { name: "Menu" });
  await menu.press("Enter");
  await page.getByRole("link", { name: "Reports" }).waitFor();
  await shoot(page, "menu-360-light-en");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Reports" }).waitFor({ state: "hidden" });
  await close(page);
});

test("language and light are remembered, and the system's light is followed until somebody chooses", async () => {
  const page = await open({ theme: "auto", colorScheme: "dark" });
  await enter(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByLabel("Giao diện").selectOption("light");
  assert.notEqual(await ground(), dark);
  await page.getByLabel("Ngôn ngữ").selectOption("en");
  await page.reload();
  await page.getByRole("link", { name: "Events" }).waitFor();
  assert.notEqual(await ground(), dark);
  await close(page);
});

try {
  await run();
} finally {
  await end();
}
