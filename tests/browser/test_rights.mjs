#!/usr/bin/env node
// The page of access rights in Debian's Chromium on made-up data (stub.mjs): what is shown, and what is sent.
import assert from "node:assert/strict";
import { begin } from "./begin.mjs";
import { gate, point } from "./scene.mjs";
import { run, test } from "../schema/tap.mjs";

if (process.env.STILE_DASHBOARD_URL) {
  console.log("1..0 # SKIP on made-up data only");
  process.exit(0);
}
const { end, kit, password, url } = await begin();
const { close, fits, login, open, scan, settled, shoot } = kit;

async function rightsPage(options) {
  const page = await open({ language: "en", ...options });
  await login(page, url, "manager", password);
  await page.goto(`${url}/rights`);
  await settled(page);
  return { page, dialog: page.getByRole("dialog") };
}

async function sentBy(page, press, method = "PUT") {
  const [sent] = await Promise.all([page.waitForRequest((request) => request.method() === method), press()]);
  return { path: new URL(sent.url()).pathname, body: sent.postDataJSON() };
}
const ground = { id: "ground-floor", access_points: ["north-1", "store-9"], schedule: "office" }; // as scene.mjs has it
const save = (dialog) => dialog.getByRole("button", { name: "Save" }).click();

test("who may pass where and when is said in words, on a desk and on a phone", async () => {
  for (const width of [1280, 360]) {
    const { page } = await rightsPage({ width, height: 800 });
    await page.getByText("Mon–Fri 08:00–17:30").waitFor();
    await page.getByText("Special days 09:00–12:00").waitFor();
    await page.getByText("Mon–Thu, Sun 22:00–06:00 (the day after)").waitFor();
    await page.getByText("02/09, every year").waitFor();
    await page.getByText("06/02/2027").waitFor();
    const ground = page.getByRole("row").filter({ hasText: "ground-floor" }).first();
    assert.match(await ground.innerText(), /north-1, store-9[^]*office/);
    await scan(page, `rights ${width}`);
    await fits(page, `rights ${width}`);
    await shoot(page, `rights-${width}`);
    await close(page);
  }
});

test("a schedule is changed a period at a time, and a new one is no day's by mistake", async () => {
  const { page, dialog } = await rightsPage();
  await page.getByRole("button", { name: "Change: office" }).click();
  const first = dialog.getByRole("group", { name: "Period 1" });
  await first.getByLabel("Sat").check();
  await first.getByLabel("Until").fill("18:00");
  await dialog.getByRole("button", { name: "Remove period 2" }).click();
  await scan(page, "schedule");
  await fits(page, "schedule");
  assert.deepEqual(await sentBy(page, () => save(dialog)), { path: "/api/v1/schedules/office", body: { periods: ["mon,tue,wed,thu,fri,sat 08:00-18:00"], was: { id: "office", periods: ["mon-fri 08:00-17:30", "special 09:00-12:00"] } } });

  // Somebody else was faster: nothing is saved, and what was typed is still there.
  await page.getByRole("button", { name: "Change: office" }).click();
  await page.route(/schedules\/office$/, (route) => route.fulfill({ status: 409, json: { error: { reason: "changed", detail: "" } } }));
  await dialog.getByLabel("Until").first().fill("19:00");
  await save(dialog);
  await dialog.getByRole("alert").filter({ hasText: "nothing was saved" }).waitFor();
  assert.equal(await dialog.getByLabel("Until").first().inputValue(), "19:00");
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("button", { name: "New schedule" }).click();
  await dialog.getByLabel("Id", { exact: true }).fill("office");
  await save(dialog);
  await dialog.getByRole("alert").filter({ hasText: "There is office already" }).waitFor();
  await dialog.getByLabel("Id", { exact: true }).fill("evening");
  for (const name of ["Mon", "Tue", "Wed", "Thu", "Fri"]) await dialog.getByLabel(name).uncheck();
  await save(dialog);
  await dialog.getByRole("alert").filter({ hasText: "Period 1 has no day chosen" }).waitFor();
  await dialog.getByLabel("Special days").check();
  await dialog.getByRole("button", { name: "Add a period" }).click();
  await dialog.getByRole("group", { name: "Period 2" }).getByLabel("Until").fill("00:00");
  assert.deepEqual(await sentBy(page, () => save(dialog)), { path: "/api/v1/schedules/evening", body: { periods: ["special 08:00-17:00", "mon,tue,wed,thu,fri 08:00-00:00"], was: null } });
  await close(page);
});

test("a level has its access points, also of gates not heard yet, and its schedule; what holds always says none", async () => {
  const { page, dialog } = await rightsPage();
  await page.getByRole("button", { name: "Change: ground-floor" }).click();
  await dialog.getByLabel("store-9").uncheck();
  await dialog.getByLabel("Other access points").fill("dock-1, dock-2");
  await scan(page, "level");
  await fits(page, "level");
  assert.deepEqual(await sentBy(page, () => save(dialog)), { path: "/api/v1/levels/ground-floor", body: { access_points: ["north-1", "dock-1", "dock-2"], schedule: "office", was: ground } });

  await page.getByRole("button", { name: "New access level" }).click();
  await dialog.getByLabel("Id", { exact: true }).fill("night-shift");
  await save(dialog);
  await dialog.getByRole("alert").filter({ hasText: "at least one access point" }).waitFor();
  await dialog.getByLabel("every access point").check();
  await dialog.getByLabel("Schedule").selectOption("night");
  assert.deepEqual(await sentBy(page, () => save(dialog)), { path: "/api/v1/levels/night-shift", body: { access_points: ["*"], schedule: "night", was: null } });

  await page.getByRole("button", { name: "Change: ground-floor" }).click();
  await dialog.getByLabel("Schedule").selectOption("");
  assert.deepEqual(await sentBy(page, () => save(dialog)), { path: "/api/v1/levels/ground-floor", body: { access_points: ["north-1", "store-9"], was: ground } });
  await close(page);
});

test("access points are those of all gates, also of those beyond the first page of their list", async () => {
  const { page, dialog } = await rightsPage();
  await page.route(/\/api\/v1\/gates(\?|$)/, async (route) => {
    const isFirst = !new URL(route.request().url()).searchParams.has("after"), at = Date.now();
    await route.fulfill({ json: isFirst ? { gates: [gate("acme/hq/lobby-1", at)], next: "acme/hq/lobby-1" } :
      { gates: [gate("acme/hq/dock", at, { access_points: [point("dock-7")] })], next: null } });
  });
  await page.reload();
  await page.getByRole("button", { name: "New access level" }).click();
  await dialog.getByLabel("every access point").waitFor();
  await dialog.getByLabel("dock-7", { exact: true }).check();
  await close(page);
});

test("a counted area has a limit and its own anti-passback, and what is left open is as the gate is configured", async () => {
  const { page, dialog } = await rightsPage();
  const hall = { id: "hall", access_points: ["north-1"], occupancy_limit: 40, passback: "hard", passback_reset_at: "never" };
  const shown = page.getByRole("row").filter({ hasText: "hall" });
  assert.match(await shown.innerText(), /north-1[^]*40[^]*refuse/);
  await page.getByRole("button", { name: "Change: hall" }).click();
  await dialog.getByLabel("At most inside").fill("60");
  await dialog.getByLabel("Anti-passback").selectOption("");
  await dialog.getByLabel("Forget after (hours)").fill("12");
  await scan(page, "counted area");
  await fits(page, "counted area");
  assert.deepEqual(await sentBy(page, () => save(dialog)), { path: "/api/v1/counted-areas/hall", body: { access_points: ["north-1"], occupancy_limit: 60, passback_reset_h: 12, passback_reset_at: "never", was: hall } });
  await page.getByRole("button", { name: "New counted area" }).click();
  await dialog.getByLabel("Id", { exact: true }).fill("dock");
  await dialog.getByLabel("Other access points").fill("dock-1");
  await dialog.getByLabel("Forget at").fill("04:00");
  assert.deepEqual(await sentBy(page, () => save(dialog)), { path: "/api/v1/counted-areas/dock", body: { access_points: ["dock-1"], occupancy_limit: 0, passback_reset_at: "04:00", was: null } });
  await close(page);
});

test("a special day is of one year or of every year; nothing is deleted without a question", async () => {
  const { page, dialog } = await rightsPage();
  for (const [isYearly, date] of [[false, "2027-04-30"], [true, "--04-30"]]) {
    await page.getByRole("button", { name: "Add a special day" }).click();
    await dialog.getByLabel("Date").fill("2027-04-30");
    await dialog.getByLabel("Every year").setChecked(isYearly);
    await dialog.getByLabel("Name").fill("Giải phóng miền Nam");
    assert.deepEqual(await sentBy(page, () => save(dialog)), { path: `/api/v1/special-days/${date}`, body: { name: "Giải phóng miền Nam" } });
    await dialog.waitFor({ state: "detached" });
  }
  await page.getByRole("button", { name: "Delete: Tết" }).click();
  await scan(page, "remove");
  const gone = await sentBy(page, () => dialog.getByRole("button", { name: "Delete" }).click(), "DELETE");
  assert.equal(gone.path, "/api/v1/special-days/2027-02-06");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete: office" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("alert").filter({ hasText: "it is in use" }).waitFor();
  await close(page);
});

try {
  await run();
} finally {
  await end();
}
