// Where a test of the page begins: a browser, and a server. Skips where there is no browser or no page.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export async function begin() {
  const pages = `${process.env.STILE_BUILD ?? fileURLToPath(new URL("../../build", import.meta.url))}/page`;
  const real = process.env.STILE_DASHBOARD_URL;
  if (!existsSync("/usr/bin/chromium") || (!real && !existsSync(`${pages}/index.html`))) {
    console.log("1..0 # SKIP no chromium, or the page is not built (make page)");
    process.exit(0);
  }
  const kit = await import("./browser.mjs"), { password, Stub } = await import("./stub.mjs");
  const stub = real ? null : new Stub(pages);
  const end = async () => {
    await kit.browser.close();
    await stub?.stop();
  };
  return { all: process.env.STILE_DASHBOARD_NAME ?? "all", end, kit, password: process.env.STILE_DASHBOARD_PASSWORD ?? password, stub, url: real ?? await stub.start() };
}
