#!/usr/bin/env node
// What the page does when things happen, in Debian's Chromium on made-up data (stub.mjs): live, muster, filters, refusals.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { begin } from "./begin.mjs";
import { subjectOf } from "./scene.mjs";
import { run, test as anyTest } from "../schema/tap.mjs";

if (process.env.STILE_DASHBOARD_URL) {
  console.log("1..0 # SKIP on a real server test_looks.mjs is what can be tried");
  process.exit(0);
}
const { end, kit, password, stub, url } = await begin();
const { close, fits, login, open, scan, settled, shoot, shots } = kit;
const enter = (page, name) => login(page, url, name, password);
const test = (sentence, body) => anyTest(sentence, async () => {
  if (!stub.server.listening) await stub.start();
  await body();
});

async function visit(page, path) {
  await page.goto(url + path);
  await settled(page);
}

test("the one-time link makes the first administrator; its token does not stay in the address", async () => {
  const page = await open();
  stub.isNeeded = true;
  await page.goto(`${url}/login`);
  await page.getByText("Chưa có tài khoản nào").waitFor();
  await page.goto(`${url}/live`);
  await page.goto(`${url}/first#${stub.token}`);
  await page.getByLabel("Tên").fill("root");
  await page.getByLabel("Mật khẩu").fill("too short");
  assert.equal(page.url(), `${url}/first`);
  await scan(page, "first");
  await page.getByLabel("Mật khẩu").fill(password);
  await page.getByRole("button", { name: "Tạo" }).click();
  await page.getByRole("heading", { name: "Tài khoản" }).waitFor();
  await close(page);
});

test("what is wrong with a log-in is said in words, with what to do", async () => {
  const page = await open();
  await page.goto(`${url}/login`);
  for (const [name, words] of [["viewer", "không đúng"], ["throttled", "30 giây"]]) {
    await page.getByLabel("Tên").fill(name);
    await page.getByLabel("Mật khẩu").fill("not the password");
    await page.getByRole("button", { name: "Đăng nhập" }).click();
    await page.getByRole("alert").filter({ hasText: words }).waitFor();
  }
  await scan(page, "login");
  await shoot(page, "login-1280-light-vi");
  await close(page);
});

test("what happens is on the live page without a reload: feed, totals, a gate's card, an alarm", async () => {
  const page = await open();
  await enter(page, "guard");
  await settled(page);
  await page.locator(".link-state.good").waitFor();
  stub.happen({ gate: "acme/hq/lobby-2", event: "AccessDenied", reason: "lockout", subject: subjectOf(0) });
  await page.locator(".feed li").filter({ hasText: "tạm khóa vì sai nhiều lần" }).filter({ hasText: "*** An" }).waitFor();
  await page.getByRole("article", { name: "acme/hq/lobby-2" }).getByText("tạm khóa vì sai nhiều lần").waitFor();
  stub.push("totals", { ...stub.totals, at: new Date().toISOString(), inside: 4321 });
  await page.locator(".totals div").filter({ hasText: "4.321" }).waitFor();
  stub.change("acme/hq/lobby-1", { fire: "released" });
  await page.getByRole("alert").filter({ hasText: "BÁO CHÁY" }).waitFor();
  assert.match(await page.locator(".alarms li").first().textContent(), /acme\/hq\/lobby-1/);
  await scan(page, "fire");
  await shoot(page, "live-fire-1280");
  stub.change("acme/hq/lobby-1", { fire: "normal" });
  await page.getByText("BÁO CHÁY").waitFor({ state: "detached" });
  await close(page);
});

test("a silent alarm is for managers, stands until it was seen, and no viewer hears of it or of persons", async () => {
  const manager = await open(), viewer = await open();
  await enter(manager, "manager");
  await enter(viewer, "viewer");
  await Promise.all([settled(manager), settled(viewer)]);
  const alarm = manager.locator(".alarms li").filter({ hasText: "Báo động ngầm" });
  await alarm.getByRole("button", { name: "Đã xem" }).click();
  await alarm.waitFor({ state: "detached" });
  stub.happen({ gate: "acme/plant/gate-1", event: "Duress", subject: subjectOf(5) });
  stub.happen({ gate: "acme/plant/gate-1", event: "AccessDenied", reason: "revoked", subject: subjectOf(5) });
  await manager.locator(".alarms li").filter({ hasText: "Bị cưỡng ép" }).waitFor();
  await viewer.locator(".feed li").filter({ hasText: "đã thu hồi" }).first().waitFor();
  assert.equal(await viewer.getByText(/Bị cưỡng ép|Báo động ngầm/).count(), 0);
  assert.equal(await viewer.locator(".feed .who").count(), 0);
  await Promise.all([close(manager), close(viewer)]);
});

test("a server that goes is told, nothing is called fine meanwhile, and all that was missed is there afterwards", async () => {
  const page = await open();
  await enter(page, "guard");
  await page.locator(".link-state.good").waitFor();
  const before = stub.gates;
  stub.gates = stub.gates.filter((gate) => gate.gate === "acme/hq/lobby-1").map((gate) => ({ ...gate, access_points: [] }));
  await page.reload();
  await page.getByText("Không có gì cần xử lý").waitFor();
  await stub.stop();
  await page.getByText("đang nối lại").waitFor();
  await page.getByText("Chưa rõ: dữ liệu đã cũ").waitFor();
  await page.getByRole("article").getByText("lúc đó: hoạt động").waitFor();
  await page.getByText(/Dữ liệu lúc \d\d:\d\d:\d\d/).waitFor();
  assert.equal(await page.getByText("Không có gì cần xử lý").count(), 0);
  await scan(page, "reconnecting");
  await shoot(page, "live-lost-1280");
  stub.gates = before;
  stub.happen({ event: "FaultCleared", reason: "camera", direction: null, subject: null });
  await stub.start();
  await page.locator(".link-state.good").waitFor();
  await page.locator(".feed li").filter({ hasText: "Đã hết hỏng hóc" }).waitFor();
  assert.equal(await page.getByRole("article").count(), before.length);
  await close(page);
});

test("the server may end a stream now and then: nobody is alarmed", async () => {
  const page = await open();
  await enter(page, "guard");
  await page.locator(".link-state.good").waitFor();
  await page.evaluate(() => {
    window.lost = 0;
    new MutationObserver(() => { if (document.querySelector(".link-state.warn")) window.lost++; }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await page.waitForTimeout(3200);
  const asked = stub.asked.filter(({ path }) => path === "stream").length;
  stub.streams.forEach(({ response }) => response.end("event: bye\ndata: {}\n\n"));
  while (stub.asked.filter(({ path }) => path === "stream").length === asked) await page.waitForTimeout(20);
  stub.happen({ event: "Fault", reason: "decoder", direction: null, subject: null });
  await page.locator(".feed li").filter({ hasText: "bộ đọc mã" }).first().waitFor();
  assert.equal(await page.evaluate(() => window.lost), 0);
  await close(page);
});

test("a session that is over is said, and whoever logs in again is where they were", async () => {
  const page = await open();
  await enter(page, "guard");
  await visit(page, "/live");
  await page.locator(".link-state.good").waitFor();
  stub.endSessions();
  await page.getByText("Phiên đã hết").waitFor();
  await page.getByLabel("Tên").fill("guard");
  await page.getByLabel("Mật khẩu").fill(password);
  await page.getByRole("button", { name: "Đăng nhập" }).click();
  await page.locator(".link-state.good").waitFor();
  assert.equal(page.url(), `${url}/live`);
  await close(page);
});

test("a wall screen has no controls, large type, and what needs a hand", async () => {
  const page = await open({ width: 1920, height: 1080, theme: "dark" });
  await enter(page, "manager");
  await visit(page, "/live?wall=1");
  await page.getByText("vỏ máy bị mở").first().waitFor();
  assert.equal(await page.locator("button:visible, input:visible, select:visible, nav:visible").count(), 0);
  assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".totals dd")).fontSize)) >= 40);
  await scan(page, "wall");
  await fits(page, "wall");
  await shoot(page, "wall-1920-dark-vi");
  await close(page);
});

test("a muster goes on without the server: ticks stay, also when the page is opened anew", async () => {
  const page = await open();
  await enter(page, "guard");
  await visit(page, "/presence");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.getByText("*** An").first().waitFor();
  await page.getByRole("button", { name: "Bắt đầu điểm danh" }).click();
  await page.getByText("Chưa thấy 23 trên 23").waitFor();
  await page.locator(".checks li").filter({ hasText: "*** An" }).waitFor();
  await stub.stop();
  await page.getByRole("checkbox").first().focus();
  await page.keyboard.press("Space");
  await page.getByText("Chưa thấy 22 trên 23").waitFor();
  await page.waitForFunction(() => document.activeElement.type === "checkbox");
  await page.locator(".checks li").filter({ hasText: "*** An" }).getByRole("checkbox").check();
  await scan(page, "muster");
  await shoot(page, "muster-1280-light-vi");
  await page.reload();
  await page.getByText("Danh sách điểm danh vẫn dùng được").waitFor();
  await page.getByText("Chưa thấy 21 trên 23").waitFor();
  const rows = await page.locator(".checks li").allTextContents();
  assert.ok(rows.slice(0, 21).every((row) => row.includes("Chưa thấy")) && rows.slice(21).every((row) => row.includes("An toàn")));
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Tải CSV" }).click()]);
  assert.match(readFileSync(await file.path(), "utf8"), /^\ufeff.*\r\nChưa thấy,/);
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 794, height: 1123 });
  await shoot(page, "muster-print");
  await page.emulateMedia({ media: "screen" });
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "muster on a phone");
  await shoot(page, "muster-360-light-vi");
  await stub.start();
  await page.getByRole("button", { name: "Thử lại" }).click();
  await page.getByText("Lần xem này được ghi").waitFor();
  await page.getByRole("button", { name: "Kết thúc điểm danh" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Kết thúc điểm danh" }).click();
  await page.getByRole("button", { name: "Bắt đầu điểm danh" }).waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("stile.muster")), null);
  await close(page);
});

test("who logs out leaves no list behind", async () => {
  const page = await open();
  await enter(page, "guard");
  await visit(page, "/presence");
  await page.getByRole("button", { name: "Bắt đầu điểm danh" }).click();
  await page.getByText("Chưa thấy 23 trên 23").waitFor();
  await page.getByRole("button", { name: "Đăng xuất" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Đăng xuất" }).click();
  await page.getByLabel("Mật khẩu").waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("stile.muster")), null);
  await close(page);
});

test("the register of places is drilled into by division, and says who was reminded in vain", async () => {
  const page = await open({ language: "en" });
  await enter(page, "manager");
  await visit(page, "/places");
  await page.getByRole("alert").filter({ hasText: "were reminded three times" }).waitFor();
  await page.getByRole("table", { name: "Coverage" }).getByRole("link", { name: "Hà Nội" }).click();
  await page.getByRole("table", { name: "Coverage" }).getByRole("link", { name: "Tây Hồ" }).click();
  await page.waitForFunction(() => new URLSearchParams(location.search).get("division") === "Hà Nội/Tây Hồ");
  await page.waitForFunction(() => {
    const shown = [...document.querySelectorAll("table.stacked td[data-head=Division]")].map((one) => one.textContent);
    return shown.length > 5 && shown.every((one) => one.startsWith("Hà Nội/Tây Hồ"));
  });
  await page.getByRole("button", { name: "Remind" }).first().click();
  await page.getByRole("dialog").getByText("đã gọi điện").waitFor();
  await scan(page, "reminders");
  await page.keyboard.press("Escape");
  await page.getByRole("navigation", { name: "Division" }).getByRole("link", { name: "All" }).click();
  await page.waitForFunction(() => location.search === "");
  await close(page);
});

test("a notice for the gate is filled in, kept on the device, and fits one sheet in both languages", async () => {
  const page = await open();
  await enter(page, "manager");
  await visit(page, "/notice");
  assert.equal(await page.getByRole("button", { name: "In" }).isDisabled(), true);
  await page.getByLabel("Đơn vị ghi dữ liệu").fill("Công ty <b>Acme</b> Việt Nam, Khu công nghiệp Thăng Long, Đông Anh, Hà Nội");
  await page.getByLabel("Liên hệ").fill("Phòng Hành chính, 024 3888 0000, dulieu@acme.example");
  await page.getByLabel("Giữ bao nhiêu ngày").fill("14");
  assert.equal(await page.getByRole("button", { name: "In" }).isDisabled(), false);
  await page.reload();
  for (const [language, days] of [["vi", "14 ngày, rồi xóa hẳn."], ["en", "14 days, then it is deleted for good."]]) {
    const sheet = await page.locator(`section[lang=${language}]`).textContent();
    assert.ok(sheet.includes(days) && sheet.includes("Công ty <b>Acme</b>") && sheet.includes("024 3888 0000"), sheet);
  }
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1);
  await close(page);
});

test("a gate's health is drawn over a day, a week, a month, on a phone and in the dark", async () => {
  const page = await open({ theme: "dark", width: 360, height: 740 });
  await enter(page, "viewer");
  await visit(page, "/live");
  await page.getByRole("button", { name: "Tình trạng máy: acme/hq/lobby-1" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("5 giờ không báo, 1 lần khởi động lại").waitFor();
  assert.equal(await dialog.getByRole("img").count(), 6);
  await scan(page, "health");
  await fits(page, "health");
  await shoot(page, "health-360-dark-vi");
  await dialog.getByLabel("Kỳ").selectOption("1");
  await dialog.getByText("0 giờ không báo, 0 lần").waitFor();
  await dialog.getByRole("button", { name: "Đóng" }).click();
  await close(page);
});

test("a declaration is taken for the person of the last scan, and only where the site has them", async () => {
  for (const [role, count] of [["manager", 1], ["guard", 0]]) {
    const page = await open({ language: "en" });
    await enter(page, role);
    await visit(page, "/guard");
    await page.locator(".choices-list a").first().click();
    await page.getByRole("button", { name: "Visitor" }).waitFor();
    await page.getByRole("button", { name: "Command" }).or(page.getByRole("heading", { name: "Before that" })).first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Declare for them" }).count(), count, role);
    if (count > 0) {
      await page.getByRole("button", { name: "Declare for them" }).click();
      const dialog = page.getByRole("dialog");
      const [sent] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/declarations")), dialog.getByRole("button", { name: "Save" }).click()]);
      const { subject, ...rest } = sent.postDataJSON();
      assert.match(subject, /^[0-9a-f]{32}$/);
      assert.deepEqual(rest, { result: "green" });
      await dialog.waitFor({ state: "detached" });
    }
    await close(page);
  }
});

test("somebody is corrected: what is not shown stays, dates are whole days here; nobody new takes an id that is taken", async () => {
  const page = await open({ language: "en" });
  await enter(page, "manager");
  await visit(page, "/people");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Nguyễn Văn Ân");
  await dialog.getByLabel("ground-floor").check();
  await dialog.getByLabel("Valid from").fill("2026-12-01");
  await scan(page, "change");
  await fits(page, "change");
  const [sent] = await Promise.all([page.waitForRequest((request) => request.method() === "PUT"), dialog.getByRole("button", { name: "Save" }).click()]);
  assert.deepEqual(sent.postDataJSON(), { id: "an", name: "Nguyễn Văn Ân", role: "worker", escort: "*", valid_from: "2026-11-30T17:00:00.000Z", valid_until: "2027-01-01T00:00:00.000Z",
    levels: [{ level: "staff", valid_until: "2026-12-31T16:59:59.000Z" }, { level: "ground-floor" }] });
  await page.getByRole("button", { name: "Add somebody" }).click();
  await dialog.getByLabel("Id", { exact: true }).fill("an");
  await dialog.getByLabel("Name").fill("Somebody else");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Id", { exact: true }).fill("binh");
  const [made] = await Promise.all([page.waitForRequest((request) => request.method() === "PUT"), dialog.getByRole("button", { name: "Create" }).click()]);
  assert.deepEqual(made.postDataJSON(), { id: "binh", name: "Somebody else", levels: [{ level: "all" }] });
  await close(page);
});

test("a manager has a token made for a new gate, and is told what to type there", async () => {
  const page = await open({ language: "en" });
  await enter(page, "manager");
  await visit(page, "/places");
  await page.getByRole("button", { name: "Enrol a gate" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Gate").fill("acme/hq/gate-9");
  const [sent] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/enrolments")), dialog.getByRole("button", { name: "Create" }).click()]);
  assert.deepEqual(sent.postDataJSON(), { gate: "acme/hq/gate-9" });
  await dialog.getByText("sudo stilectl gate enrol --at ca.acme.example:8884").waitFor();
  await dialog.getByText(`stile-enrol-1:${"0123456789abcdef".repeat(6)}`).waitFor();
  await scan(page, "enrolment");
  await fits(page, "enrolment");
  await close(page);
});

test("a manager sees whose request is overdue, answers it, saves what is kept, and erases only after a warning", async () => {
  const page = await open({ language: "en" });
  await enter(page, "manager");
  await visit(page, "/requests");
  await page.getByText("1 overdue", { exact: true }).waitFor();
  const rowOf = (text) => page.getByRole("row").filter({ hasText: text });
  await scan(page, "requests");
  await fits(page, "requests");
  const sent = (path) => page.waitForRequest((request) => request.url().endsWith(path));
  await Promise.all([sent("/requests/2/answered"), rowOf("See their data").getByRole("button", { name: "Answered" }).click()]);
  const [file] = await Promise.all([page.waitForEvent("download"), rowOf("See their data").getByRole("button", { name: "Save their data" }).click()]);
  assert.equal(file.suggestedFilename(), "person-2.json");
  await rowOf("Erase it").getByRole("button", { name: "Erase it" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("It cannot be undone").waitFor();
  await Promise.all([sent("/requests/3/erase"), dialog.getByRole("button", { name: "Erase it" }).click()]);
  await page.getByRole("button", { name: "Enter a request" }).click();
  await dialog.getByLabel("Kind").selectOption("restrict");
  await dialog.getByLabel("Person").fill("an");
  await dialog.getByLabel("Remarks").fill("letter 13/2026");
  const [added] = await Promise.all([sent("/requests"), dialog.getByRole("button", { name: "Save" }).click()]);
  assert.deepEqual(added.postDataJSON(), { kind: "restrict", note: "letter 13/2026", holder: "an" });
  await close(page);
});

test("a visitor is sent a pass by a link, for the phone that opens it first", async () => {
  const page = await open({ language: "en" });
  await enter(page, "manager");
  await visit(page, "/guard");
  await page.locator(".choices-list a").first().click();
  await page.getByRole("button", { name: "Visitor" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Lê Văn Khách");
  await dialog.getByLabel("Make a pass").selectOption("phone");
  const [sent] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/visitors")), dialog.getByRole("button", { name: "Register" }).click()]);
  assert.equal(sent.postDataJSON().phone, true);
  await dialog.getByText(`${url}/pass#${"x".repeat(43)}`).waitFor();
  await scan(page, "link");
  await close(page);
});

test("without https a phone is told what it lacks, and asks for nothing", async () => {
  const page = await open({ language: "en", width: 360, height: 740 });
  await page.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }));
  const asked = [];
  page.on("request", (request) => { if (request.url().includes("/api/")) asked.push(request.url()); });
  await page.goto(`${url}/pass#${"x".repeat(43)}`);
  await page.getByText("begins with https").waitFor();
  await scan(page, "insecure");
  await fits(page, "insecure");
  assert.deepEqual(asked, []);
  await close(page);
});

test("a guard registers a visitor, and is told when the pass is somebody's already", async () => {
  const page = await open({ language: "en" });
  await enter(page, "guard");
  await visit(page, "/guard");
  await page.locator(".choices-list a").first().click();
  await page.getByRole("button", { name: "Visitor" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Lê Văn Khách");
  await dialog.getByLabel("Pass handed to them").fill("taken");
  await dialog.getByLabel("Access levels").selectOption("ground-floor");
  await scan(page, "visitor");
  await dialog.getByRole("button", { name: "Register" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Pass handed to them").fill("001099000123");
  const [sent] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/visitors")), dialog.getByRole("button", { name: "Register" }).click()]);
  assert.deepEqual(sent.postDataJSON(), { name: "Lê Văn Khách", hours: 4, level: "ground-floor", national_id: "001099000123" });
  await dialog.getByText("Lê Văn Khách may enter until").waitFor();
  await close(page);
});

test("each role sees its own pages, and no other opens by its address", async () => {
  const wanted = { viewer: ["Live", "Events"], guard: ["Live", "Guard", "Inside", "Events"], manager: ["Live", "Guard", "Inside", "Events", "Reports", "Places", "Notice", "People & passes", "Access rights", "Requests"],
    tracer: ["Tracing"], auditor: ["Audit log"], administrator: ["Accounts", "Audit log"] };
  for (const [role, names] of Object.entries(wanted)) {
    const page = await open({ language: "en" });
    await enter(page, role);
    assert.deepEqual(await page.locator("nav a").allTextContents(), names, role);
    if (role === "viewer") {
      assert.equal(await page.getByRole("button", { name: /^Command/ }).count(), 0);
      await visit(page, "/trace");
      await page.getByText("you may not see it").waitFor();
    }
    await close(page);
  }
  const page = await open({ language: "en" });
  await enter(page, "nobody");
  await page.getByText("no rights yet").waitFor();
  await close(page);
});

test("events are filtered, paged, and linked to by the totals; the address keeps the filters, but no person", async () => {
  const page = await open();
  await enter(page, "manager");
  await settled(page);
  await page.locator(".totals a[href*='AccessDenied']").click();
  await page.getByRole("heading", { name: "Sự kiện" }).waitFor();
  assert.ok(page.url().includes("event=AccessDenied"));
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((row) => row.textContent.includes("Bị từ chối")));
  await page.getByRole("button", { name: "Bỏ lọc" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 100);
  await page.getByRole("button", { name: "Xem thêm" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 200);
  await page.getByLabel("Cổng", { exact: true }).fill("acme/hq/garage");
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((row) => row.textContent.includes("acme/hq/garage")));
  await page.getByLabel("Mã người").fill(subjectOf(3));
  await page.waitForFunction((subject) => [...document.querySelectorAll("tbody tr")].every((row) => row.textContent.includes(subject.slice(0, 6))), subjectOf(3));
  assert.ok(!page.url().includes(subjectOf(3)) && page.url().includes("garage"));
  await page.getByLabel("Lý do").selectOption("registry_stale");
  await page.getByText("Không có sự kiện nào như vậy").waitFor();
  await close(page);
});

test("a report has its figures, their change, a chart with a table behind it, and a sheet for paper", async () => {
  const page = await open();
  await enter(page, "manager");
  await visit(page, "/reports");
  assert.equal(await page.locator("svg.chart rect.bar-in").count(), 7);
  await page.getByLabel("Theo", { exact: true }).selectOption("hour");
  await page.getByText("Biểu đồ chỉ vẽ 62 kỳ cuối").waitFor();
  await page.getByLabel("Theo", { exact: true }).selectOption("day");
  await page.waitForFunction(() => document.querySelectorAll("svg.chart rect.bar-in").length === 7);
  await page.getByLabel("Từ", { exact: true }).fill("2027-12-31");
  await page.getByRole("alert").filter({ hasText: "Ngày bắt đầu" }).waitFor();
  await page.getByLabel("Từ", { exact: true }).fill("2026-11-01");
  await page.getByLabel("Đến", { exact: true }).fill("2026-11-14");
  await page.getByText("01/11/2026 – 14/11/2026, so với kỳ trước 18/10/2026 – 31/10/2026").waitFor();
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 680, height: 960 });
  await page.getByText("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").waitFor();
  await page.getByText("Từ ngày 01/11/2026 đến ngày 14/11/2026").waitFor();
  await page.getByText("THỦ TRƯỞNG ĐƠN VỊ").waitFor();
  assert.equal(await page.locator("nav:visible, button:visible, input:visible").count(), 0);
  await page.pdf({ path: `${shots}report.pdf`, preferCSSPageSize: true });
  await shoot(page, "reports-print-vi");
  await close(page);
});

test("a trace wants a case and a reason first, says that it is recorded, and shows stays, contacts and a file", async () => {
  const page = await open();
  await enter(page, "tracer");
  await settled(page);
  await page.getByText("được ghi vào nhật ký với số hồ sơ").waitFor();
  await page.getByLabel("Mã người").fill(subjectOf(1));
  await page.getByRole("button", { name: "Truy vết và ghi nhật ký" }).click();
  assert.equal(stub.asked.filter(({ path }) => path === "traces").length, 0);
  await page.getByLabel("Số hồ sơ").fill("=TV-7");
  await page.getByLabel("Lý do").fill("ca nghi nhiễm");
  await page.getByLabel("Số bậc").selectOption("2");
  await page.getByRole("button", { name: "Truy vết và ghi nhật ký" }).click();
  await page.getByRole("heading", { name: /Người cùng có mặt/ }).waitFor();
  const asked = JSON.parse(stub.asked.find(({ path }) => path === "traces").body);
  assert.deepEqual([asked.case, asked.reason, asked.subject, asked.hops, asked.margin_min], ["=TV-7", "ca nghi nhiễm", subjectOf(1), 2, 15]);
  assert.ok(await page.locator("svg rect.span-own").count() === 3 && await page.locator("svg rect.span-hop2").count() > 0);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Tải CSV người cùng có mặt" }).click()]);
  assert.match(readFileSync(await file.path(), "utf8").split("\r\n")[1], /^'=TV-7,/);
  await scan(page, "trace");
  await shoot(page, "trace-found-1280");
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "trace on a phone");
  await shoot(page, "trace-found-360");
  await close(page);
});

test("accounts are made, changed and deleted, after a question; what the server refuses is said in place", async () => {
  const page = await open({ language: "en" });
  await enter(page, "administrator");
  await settled(page);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "New account" }).click();
  await dialog.getByLabel("Name").fill("binh");
  await dialog.getByLabel("Password").fill(password);
  await dialog.getByLabel("Role").selectOption("guard");
  await dialog.getByLabel("Area").fill("acme/hq");
  await scan(page, "account dialog");
  await shoot(page, "account-dialog-1280");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("There is an account of this name").waitFor();
  await dialog.getByLabel("Name").fill("mai");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row").filter({ hasText: "mai" }).filter({ hasText: "guard · acme/hq" }).waitFor();
  await page.getByRole("button", { name: "Change: mai" }).click();
  await dialog.getByLabel("Disabled").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row").filter({ hasText: "mai" }).getByText("Disabled").waitFor();
  assert.deepEqual(JSON.parse(stub.asked.findLast(({ method }) => method === "PATCH").body), { disabled: true });
  await page.getByRole("button", { name: "Delete: root" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText("the last administrator").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Delete: root");
  await page.getByRole("button", { name: "Delete: mai" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("row").filter({ hasText: "mai" }).waitFor({ state: "detached" });
  await close(page);
});

test("the audit log is filtered and verified", async () => {
  const page = await open({ language: "en" });
  await enter(page, "auditor");
  await settled(page);
  await page.getByLabel("What").selectOption("trace");
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((row) => row.textContent.includes("traced contacts")));
  await page.getByRole("button", { name: "Verify the chain" }).click();
  await page.getByText("The chain is whole: 130 lines").waitFor();
  await close(page);
});

test("a command says what will happen, asks why, and tells the gate's word", async () => {
  const page = await open();
  await enter(page, "manager");
  await settled(page);
  await page.getByRole("button", { name: "Lệnh: acme/hq/lobby-1" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Lệnh").first().selectOption("LockDown");
  await dialog.getByText("Không ai vào được").waitFor();
  await dialog.getByLabel("Lý do").fill("diễn tập");
  await scan(page, "command");
  await dialog.getByRole("button", { name: "Xác nhận" }).click();
  await dialog.getByText("Cổng đã thực hiện").waitFor();
  await close(page);
});

try {
  await run();
} finally {
  await end();
}
