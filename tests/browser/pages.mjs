// Debian's Chromium on the real dashboard. Driven by test_page.py, which makes people pass and the server stop when it is
// asked to on standard output ("# do pass"), and answers "done".
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { run, test } from "../schema/tap.mjs";
import { browser, close, fits, login as enter, open, scan, settled, shots } from "./browser.mjs";

const [url, link, password, build] = process.argv.slice(2);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function please(what) {
  console.log(`# do ${what}`);
  assert.equal((await lines.next()).value, "done");
}

const login = (page, name) => enter(page, url, name, password);

/** What was to be seen when something was not. */
async function orPicture(page, name, body) {
  try {
    await body();
  } catch (error) {
    await page.screenshot({ path: `${shots}failed-${name}.png`, fullPage: true });
    throw error;
  }
}

const paths = ["/live", "/guard", "/presence", "/events", "/reports", "/places", "/notice", "/trace", "/people", "/rights", "/requests", "/accounts", "/audit"];

test("the first link makes an administrator, who makes everybody else", async () => {
  const page = await open();
  await page.goto(link);
  await page.getByLabel("Tên").fill("root");
  await page.getByLabel("Mật khẩu").fill(password);
  await page.getByRole("button", { name: "Tạo" }).click();
  await page.getByRole("heading", { name: "Tài khoản" }).waitFor();
  const everybody = [["all", ["viewer", "guard", "manager", "tracer", "auditor", "administrator"]], ["guard", ["guard"]], ["viewer", ["viewer"]]];
  for (const [name, roles] of everybody) {
    await page.getByRole("button", { name: "Tài khoản mới" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Tên").fill(name);
    await dialog.getByLabel("Mật khẩu").fill(password);
    for (const [index, role] of roles.entries()) {
      if (index > 0) await dialog.getByRole("button", { name: "Thêm vai trò" }).click();
      await dialog.getByLabel("Vai trò").nth(index).selectOption(role);
    }
    await dialog.getByRole("button", { name: "Lưu" }).click();
    await page.getByRole("cell", { name, exact: true }).waitFor();
  }
  await close(page);
});

test("how a gate fares is shown from its own reports", async () => {
  const page = await open({ language: "en" });
  await login(page, "viewer");
  await page.goto(`${url}/live`);
  await page.getByRole("button", { name: "Health: acme/plant/gate-1" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Frames a second").waitFor();
  await dialog.getByText("Rows to send").waitFor();
  await scan(page, "health");
  await dialog.getByLabel("Period").selectOption("31");
  await dialog.getByText("0 hours without a report").waitFor();
  await page.screenshot({ path: `${shots}real-health-1280.png` });
  await page.keyboard.press("Escape");
  await close(page);
});

test("a wrong password is said in words, and leads nowhere", async () => {
  const page = await open();
  await page.goto(`${url}/login`);
  await page.locator("input[autocomplete=username]").fill("all");
  await page.locator("input[type=password]").fill("not the password");
  await page.locator("button[type=submit]").click();
  await page.getByRole("alert").filter({ hasText: "không đúng" }).waitFor();
  await scan(page, "login");
  await close(page);
});

test("a passage is on the live page without a reload, with totals and the gate's card", async () => {
  const page = await open();
  await login(page, "guard");
  await page.getByRole("article", { name: "acme/plant/gate-1" }).getByText("hoạt động").waitFor();
  await page.getByText("Trực tiếp", { exact: false }).first().waitFor();
  await page.locator(".link-state.good").waitFor();
  await please("pass");
  await orPicture(page, "live", () => page.locator(".feed li").filter({ hasText: "Đã qua" }).first().waitFor());
  await page.locator(".totals div").filter({ hasText: "Đang ở trong" }).filter({ hasText: "1" }).waitFor();
  // Whom the registry knows is called by what people call them, and no more.
  await page.locator(".feed li").filter({ hasText: "*** An" }).first().waitFor();
  assert.equal(await page.getByText("Nguyễn Văn An").count(), 0);
  await page.screenshot({ path: `${shots}real-live-1280.png`, fullPage: true });
  await close(page);
});

test("a guard opens the lane once, and the gate's word comes back", async () => {
  const page = await open();
  await login(page, "guard");
  await page.getByRole("article", { name: "acme/plant/gate-1" }).getByRole("button", { name: "Lệnh" }).click();
  const dialog = page.getByRole("dialog");
  assert.deepEqual(await dialog.getByLabel("Lệnh").first().locator("option").allTextContents(), ["Mở một lượt"]);
  await dialog.getByLabel("Lý do").fill("xe lăn");
  await scan(page, "command dialog");
  await dialog.getByRole("button", { name: "Xác nhận" }).click();
  await dialog.getByText("Cổng đã thực hiện").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await close(page);
});

test("a role sees its own pages only", async () => {
  const page = await open({ language: "en" });
  await login(page, "viewer");
  assert.deepEqual(await page.locator("nav a").allTextContents(), ["Live", "Events"]);
  assert.equal(await page.getByRole("article").first().getByRole("button", { name: "Command" }).count(), 0);
  await close(page);
});

for (const [language, theme] of [["vi", "light"], ["en", "dark"]])
  test(`every page passes axe and fits a phone (${language}, ${theme})`, async () => {
    const page = await open({ language, theme });
    await login(page, "all");
    for (const path of paths) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(url + path);
      await settled(page);
      await scan(page, path);
      await page.screenshot({ path: `${shots}real-${path.slice(1)}-1280-${theme}-${language}.png` });
      await page.setViewportSize({ width: 360, height: 740 });
      await fits(page, path);
    }
    await close(page);
  });

test("the keyboard reaches everything: skip link, menu, search, and Esc", async () => {
  const page = await open({ language: "en" });
  await login(page, "all");
  await page.goto(`${url}/people`);
  await page.locator("main h1").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "To the content");
  await page.goto(`${url}/events`);
  await page.locator("main h1").waitFor();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute("data-search")), true);
  await close(page);
});

test("a manager says who may pass where and when: a schedule, a level that goes by it, and a holiday", async () => {
  const page = await open({ language: "en" });
  await login(page, "all");
  await page.goto(`${url}/rights`);
  const dialog = page.getByRole("dialog"), save = async () => {
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await page.getByRole("button", { name: "New schedule" }).click();
  await dialog.getByLabel("Id", { exact: true }).fill("office");
  await dialog.getByLabel("Until").fill("17:30");
  await save();
  await page.getByRole("button", { name: "New access level" }).click();
  await dialog.getByLabel("Id", { exact: true }).fill("clerks");
  await dialog.getByLabel("entry", { exact: true }).check();
  await dialog.getByLabel("Schedule").selectOption("office");
  await save();
  await page.getByRole("button", { name: "Add a special day" }).click();
  await dialog.getByLabel("Date").fill("2027-09-02");
  await dialog.getByLabel("Every year").check();
  await dialog.getByLabel("Name").fill("Quốc khánh");
  await save();
  await page.reload();
  await page.getByText("Mon–Fri 08:00–17:30").waitFor();
  await page.getByText("02/09, every year").waitFor();
  assert.match(await page.getByRole("row").filter({ hasText: "clerks" }).first().innerText(), /entry\s+office/);
  await page.getByRole("button", { name: "Delete: office" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("alert").filter({ hasText: "it is in use" }).waitFor();
  await close(page);
});

test("people are found, shown in full on demand, blocked, imported and given a code", async () => {
  const page = await open();
  await login(page, "all");
  await page.goto(`${url}/people`);
  await page.getByRole("cell", { name: "*** An" }).waitFor();
  await page.getByLabel("Hiện tên đầy đủ", { exact: false }).check();
  await page.getByRole("cell", { name: "Nguyễn Văn An" }).waitFor();
  await page.getByRole("button", { name: "Nhập từ tệp CSV" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input[type=file]").setInputFiles({ name: "people.csv", mimeType: "text/csv",
    buffer: Buffer.from("id,name\nbinh,Trần Thị Bình\nB B,x\n") });
  await dialog.getByRole("button", { name: "Xem trước" }).click();
  await dialog.getByText("row 3, column id").waitFor();
  await scan(page, "import");
  await dialog.locator("input[type=file]").setInputFiles({ name: "people.csv", mimeType: "text/csv",
    buffer: Buffer.from("id,name\nbinh,Trần Thị Bình\n") });
  await dialog.getByRole("button", { name: "Xem trước" }).click();
  await dialog.getByRole("button", { name: "Nhập", exact: true }).click();
  await page.getByRole("cell", { name: "Trần Thị Bình" }).waitFor();
  const row = page.getByRole("row").filter({ hasText: "binh" });
  await row.getByRole("button", { name: "Chặn", exact: true }).click();
  await row.getByText("Bị chặn").waitFor();
  await row.getByRole("button", { name: "Thẻ và mã" }).click();
  await page.getByRole("dialog").getByLabel("Mã trên thẻ").fill("CODE-0042");
  await page.getByRole("dialog").getByRole("button", { name: "Thêm mã" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Thu hồi" }).waitFor();
  await scan(page, "credentials");
  await close(page);
});

test("a declaration is taken by hand and from a file", async () => {
  const page = await open({ language: "en" });
  await login(page, "all");
  await page.goto(`${url}/people`);
  const row = page.getByRole("row").filter({ hasText: "*** An" });
  await row.getByRole("button", { name: "Declare" }).click();
  await page.getByRole("dialog").getByLabel("Outcome").selectOption("red");
  await page.getByRole("dialog").getByLabel("Good for").selectOption("24");
  await scan(page, "declaration");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await row.getByText("red: may not enter").waitFor();
  await page.getByRole("button", { name: "Import declarations" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input[type=file]").setInputFiles({ name: "declared.csv", mimeType: "text/csv", buffer: Buffer.from("id,result\nan,green\n") });
  await dialog.getByRole("button", { name: "Preview" }).click();
  await dialog.getByText("1 rows, 0 bad").waitFor();
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await row.getByText("green: no signs").waitFor();
  await close(page);
});

/** What the gate's own decoder reads in a picture of that part of the page. */
async function decoded(element, name) {
  const file = `${shots}${name}.png`;
  await element.screenshot({ path: file });
  const [line] = execFileSync(`${build}/stilectl`, ["scan", "--json", file], { encoding: "utf8" }).split("\n");
  return JSON.parse(line).text;
}

test("a pass is issued and printed on one sheet; the gate's decoder reads what was registered", async () => {
  const page = await open({ language: "en" });
  await login(page, "all");
  await page.goto(`${url}/people`);
  const row = page.getByRole("row").filter({ hasText: "*** An" });
  await row.getByRole("button", { name: "Cards and codes" }).click();
  const [sent] = await Promise.all([page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/people/an/credentials")),
    page.getByRole("dialog").getByRole("button", { name: "Print a new pass" }).click()]);
  const card = page.locator(".pass-card");
  await card.getByText("Nguyễn Văn An").waitFor();
  await scan(page, "pass");
  assert.equal(await decoded(card, "real-pass"), sent.postDataJSON().code);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("main table").first().isVisible(), false);
  await page.screenshot({ path: `${shots}real-pass-print.png` });
  assert.equal((await page.pdf({ preferCSSPageSize: true })).toString("latin1").match(/\/Type\s*\/Page\b/g).length, 1);
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await row.getByRole("button", { name: "Cards and codes" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).first().waitFor();
  await close(page);
});

test("a visitor's phone fetches its pass by the link, and opens the gate with it, without the server, while another phone gets nothing", async () => {
  const page = await open({ language: "en" });
  await login(page, "all");
  await page.goto(`${url}/people`);
  await page.getByRole("row").filter({ hasText: "*** An" }).getByRole("button", { name: "Cards and codes" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send a pass to a phone" }).click();
  const secret = await page.locator("code.link").textContent();
  await scan(page, "link");
  assert.equal(await decoded(page.locator(".phone-code"), "real-link"), secret);
  await close(page);

  const phone = await open({ language: "vi", width: 360, height: 740 });
  await phone.goto(secret);
  const code = phone.locator(".phone-code");
  await code.locator("path").waitFor();
  await phone.getByText("Nguyễn Văn An").waitFor();
  assert.equal(new URL(phone.url()).hash, "");
  assert.ok(!(await phone.evaluate(() => document.documentElement.outerHTML)).includes(secret.split("#")[1]));
  await scan(phone, "phone");
  await fits(phone, "phone");
  await phone.screenshot({ path: `${shots}real-phone-360.png`, fullPage: true });

  // Its owner declares: what they answer stays there, what it comes to is at the desk.
  await phone.getByText("Chưa khai báo trên điện thoại này.").waitFor();
  await phone.getByRole("button", { name: "Khai báo" }).click();
  const form = phone.getByRole("dialog");
  await scan(phone, "declares");
  await fits(phone, "declares");
  await phone.screenshot({ path: `${shots}real-phone-declares-360.png` });
  const [sent] = await Promise.all([
    phone.waitForRequest((request) => request.url().endsWith("/pass/declaration")),
    (async () => {
      await form.getByRole("group").first().getByLabel("Không").check();
      await form.getByRole("group").last().getByLabel("Có").check();
      await form.getByRole("button", { name: "Gửi khai báo" }).click();
    })()]);
  assert.deepEqual(Object.keys(sent.postDataJSON()).sort(), ["at", "pass", "result", "signature"]);
  await form.waitFor({ state: "detached" });
  await phone.getByText("vàng: cần lưu ý").waitFor();
  const desk = await open({ language: "en" });
  await login(desk, "all");
  await desk.goto(`${url}/people`);
  await desk.getByRole("row").filter({ hasText: "*** An" }).getByText("amber: take note").waitFor();
  await close(desk);
  await phone.getByRole("button", { name: "Khai báo" }).click();
  for (const group of [form.getByRole("group").first(), form.getByRole("group").last()]) await group.getByLabel("Không").check();
  await form.getByRole("button", { name: "Gửi khai báo" }).click();
  await form.getByText("Hãy hỏi ở cổng").waitFor();
  await form.getByRole("button", { name: "Hủy" }).click();

  const shown = await decoded(code, "real-phone");
  assert.match(shown, /^ST1:/);
  await please(`grant ${shown}`);
  // What the phone shows next is another proof, and good without the server.
  await phone.evaluate(() => navigator.serviceWorker.ready);
  const drawn = await code.locator("path").getAttribute("d");
  await phone.waitForFunction((before) => document.querySelector(".phone-code path")?.getAttribute("d") !== before, drawn);
  await please("stop");
  await phone.reload();
  await code.locator("path").waitFor();
  const later = await decoded(code, "real-phone-offline");
  assert.notEqual(later, shown);
  await please(`grant ${later}`);
  await please("start");
  await phone.goto(`${url}/pass`);
  await code.locator("path").waitFor();

  const other = await open({ language: "en" });
  await other.goto(secret);
  await other.getByText("Another phone has opened this link").waitFor();
  await scan(other, "taken");
  await other.goto(`${url}/pass`);
  await other.getByText("This phone has no pass yet").waitFor();
  await close(other);
  await close(phone);
});

test("the guard's tablet shows the last scan large within a second, why it was refused, and admits with a reason", async () => {
  const page = await open({ language: "en" });
  await login(page, "guard");
  await page.goto(`${url}/guard`);
  await page.getByRole("link", { name: "acme/plant/gate-1" }).click();
  const verdict = page.getByRole("status", { name: "Last passage" });
  await page.locator(".link-state.good").waitFor();
  await please("refuse");
  await verdict.filter({ hasText: "Access denied" }).waitFor();
  await verdict.getByText("unknown code").first().waitFor();
  await scan(page, "guard");
  await fits(page, "guard");
  await page.screenshot({ path: `${shots}real-guard-1280.png`, fullPage: true });
  await page.getByRole("button", { name: "Admit, with a reason" }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("courier, known to reception");
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("dialog").getByText("The gate has done it").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Visitor" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Lê Văn Khách");
  await page.getByRole("dialog").getByLabel("Pass handed to them").fill("DAY-PASS-01");
  await scan(page, "visitor");
  await page.getByRole("dialog").getByRole("button", { name: "Register" }).click();
  await page.getByRole("dialog").getByText("Lê Văn Khách may enter until").waitFor();
  await page.keyboard.press("Escape");
  // A visitor without a pass is handed one that is printed here.
  await page.getByRole("button", { name: "Visitor" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Trần Thị Khách");
  await page.getByRole("dialog").getByLabel("Make a pass").selectOption("print");
  const [sent] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/visitors")),
    page.getByRole("dialog").getByRole("button", { name: "Register" }).click()]);
  await page.locator(".pass-card").getByText("Trần Thị Khách").waitFor();
  assert.equal(await decoded(page.locator(".pass-card"), "real-pass-visitor"), sent.postDataJSON().code);
  await scan(page, "visitor's pass");
  await page.keyboard.press("Escape");
  // The tablet remembers its gate.
  await page.goto(`${url}/guard`);
  await page.getByRole("heading", { name: "acme/plant/gate-1" }).first().waitFor();
  await page.getByRole("link", { name: "Choose another gate" }).click();
  await page.getByText("Choose the gate of this device").waitFor();
  await close(page);
});

test("places are imported from a file, counted by division, reminded, and escalated", async () => {
  const page = await open({ language: "en" });
  await login(page, "all");
  await page.goto(`${url}/places`);
  await page.getByText("There are no places yet").first().waitFor();
  await page.getByRole("button", { name: "Import a CSV file" }).click();
  const file = "site,name,division\nacme/plant,Nhà máy,Hà Nội/Ba Đình\nhn/cho,Chợ Bưởi <b>,Hà Nội/Tây Hồ\n";
  await page.getByRole("dialog").getByLabel("CSV").setInputFiles({ name: "places.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
  await page.getByRole("dialog").getByRole("button", { name: "Preview" }).click();
  await page.getByRole("dialog").getByText("2 rows, 0 bad").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Import" }).click();
  const plant = page.getByRole("row").filter({ hasText: "acme/plant" }), market = page.getByRole("row").filter({ hasText: "hn/cho" });
  await plant.getByText("active today").waitFor();
  await market.getByText("no gate").waitFor();
  await market.getByText("Chợ Bưởi <b>").waitFor();
  for (const note of ["called", "wrote", "visited"]) {
    await market.getByRole("button", { name: "Remind" }).click();
    await page.getByRole("dialog").getByLabel("How they were reminded").fill(note);
    await page.getByRole("dialog").getByRole("button", { name: "Remind" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.getByRole("alert").filter({ hasText: "1 places were reminded" }).waitFor();
  const row = page.getByRole("table", { name: "Coverage" }).getByRole("row").filter({ hasText: "Hà Nội" });
  await row.getByText("50%").waitFor();
  await scan(page, "places");
  await page.screenshot({ path: `${shots}real-places-1280.png`, fullPage: true });
  await close(page);
});

test("reports count the passage, and the audit log is whole", async () => {
  const page = await open({ language: "en" });
  await login(page, "all");
  await page.goto(`${url}/reports`);
  await page.getByRole("row").filter({ hasText: "acme" }).first().waitFor();
  await page.emulateMedia({ media: "print" });
  await page.screenshot({ path: `${shots}real-reports-print.png`, fullPage: true });
  await page.emulateMedia({ media: "screen" });
  await page.goto(`${url}/audit`);
  await page.getByRole("button", { name: "Verify the chain" }).click();
  await page.getByText("The chain is whole").waitFor();
  await close(page);
});

test("a muster goes on when the server is gone, and the page comes back by itself", async () => {
  const page = await open();
  await login(page, "guard");
  await page.goto(`${url}/presence`);
  await page.getByRole("button", { name: "Bắt đầu điểm danh" }).click();
  await page.getByText("Chưa thấy 1 trên 1").waitFor();
  await please("stop");
  await page.getByRole("checkbox").check();
  await page.getByText("Chưa thấy 0 trên 1").waitFor();
  assert.equal(await page.evaluate(() => JSON.parse(localStorage.getItem("stile.muster")).safe.length), 1);
  await scan(page, "muster");
  await page.screenshot({ path: `${shots}real-muster-1280.png`, fullPage: true });
  await please("start");
  await page.goto(`${url}/live`);
  await page.locator(".link-state.good").waitFor();
  await please("stop");
  await page.getByText("đang nối lại").waitFor();
  await please("start");
  await page.locator(".link-state.good").waitFor();
  assert.equal(await page.getByRole("article").count(), 1);
  await close(page);
});

await run();
await browser.close();
process.exit(process.exitCode ?? 0);
