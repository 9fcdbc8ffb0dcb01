// The gateway's own page, used as an operator would: `node ui.mjs`.
//
// GATEWAY_URL, GATEWAY_USER, GATEWAY_PASSWORD   a gateway with the functions that test_ui.py deploys
// GATEWAY_SCREENSHOTS   folder of the pictures
// CHROMIUM              the browser (default /usr/bin/chromium)
import assert from "node:assert/strict";
import { env } from "node:process";
import { Browser } from "./browser.mjs";

const row = (page, name) => page.locator(`tr[data-function="${name}"]`);

async function lists({ page }) {
  await page.getByRole("heading", { name: "Functions" }).waitFor();
  await row(page, "openfaas-fn/ui-echo").getByText("ready").waitFor();
  await row(page, "staging/ui-broken").getByText("failing").waitFor();
  await row(page, "openfaas-fn/ui-resting").getByText("asleep").waitFor();
}

async function filters({ page }) {
  const names = () => page.locator("tbody tr").evaluateAll((rows) => rows.map((each) => each.dataset.function));
  const all = ["staging/ui-broken", "openfaas-fn/ui-echo", "openfaas-fn/ui-resting"];
  assert.deepEqual(await names(), all);
  await page.getByRole("searchbox", { name: "Filter by name or image" }).fill("ECHO ui-e");
  assert.deepEqual(await names(), ["openfaas-fn/ui-echo"]);
  await page.getByRole("searchbox", { name: "Filter by name or image" }).fill("nothing like it");
  await page.getByText("No function is like that.").waitFor();
  await page.getByRole("searchbox", { name: "Filter by name or image" }).fill("");
  await page.getByRole("combobox", { name: "State" }).selectOption("asleep");
  assert.deepEqual(await names(), ["openfaas-fn/ui-resting"]);
  await page.getByRole("combobox", { name: "State" }).selectOption("");
  await page.getByRole("combobox", { name: "Namespace" }).selectOption("staging");
  assert.deepEqual(await names(), ["staging/ui-broken"]);
  await page.getByRole("combobox", { name: "Namespace" }).selectOption("");
  assert.deepEqual(await names(), all);
}

async function invokes({ page }) {
  await page.getByRole("link", { name: "ui-echo" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "ui-echo", level: 1 }).waitFor();
  await page.getByRole("combobox", { name: "Method" }).selectOption("PUT");
  await page.getByLabel("Path and query").fill("/a%2Fb?c=d");
  await page.getByLabel("Headers", { exact: true }).fill("X-One: 1\nX-Two: 2:3");
  await page.getByLabel("Body", { exact: true }).fill("the body");
  await page.getByRole("button", { name: "Invoke" }).click();
  await page.getByText("200 OK").waitFor();
  const seen = JSON.parse(await page.getByLabel("Body of the answer").innerText());
  const headers = Object.fromEntries(seen.headers);
  assert.deepEqual(
    [seen.method, seen.target, seen.body, headers["x-one"], headers["x-two"], headers.authorization],
    ["PUT", "/a%2Fb?c=d", "the body", "1", "2:3", undefined],
  );

  await page.getByLabel("Path and query").fill("/slow?60");
  await page.getByRole("button", { name: "Invoke" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText(/^Stopped/).waitFor();
}

async function follows({ page }) {
  const log = page.getByRole("log");
  await log.getByText("slow was cancelled").waitFor();
  for (const line of ["a line that is printed now", '{"level":"error","message":"not stored","post_id":"7","time":"x"}']) {
    await page.getByRole("combobox", { name: "Method" }).selectOption("POST");
    await page.getByLabel("Path and query").fill("/talk");
    await page.getByLabel("Body", { exact: true }).fill(line);
    await page.getByRole("button", { name: "Invoke" }).click();
  }
  await log.getByText("a line that is printed now").waitFor();
  await log.getByText("not stored post_id=7").waitFor();
  await page.getByRole("searchbox", { name: "Show only lines with" }).fill("PRINTED now");
  assert.equal(await log.locator("p:visible").count(), 1);
  await page.getByRole("searchbox", { name: "Show only lines with" }).fill("");
}

async function scales({ page }) {
  await page.getByRole("button", { name: "Scale" }).click();
  const dialog = page.getByRole("dialog", { name: "Scale ui-echo" });
  await dialog.getByLabel("Replicas").fill("2");
  await dialog.getByRole("button", { name: "Scale" }).click();
  await page.getByText("ui-echo was asked for 2 replicas").waitFor();
  await page.getByText("2 of 2").waitFor();
}

async function deploys(browser) {
  const { page } = browser;
  await page.getByRole("link", { name: "Fanfold gateway" }).click();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Deploy a function" });
  await dialog.getByLabel("Name", { exact: true }).fill("ui-made");
  await dialog.getByLabel("Image", { exact: true }).fill("nginx");
  await dialog.getByRole("button", { name: "Deploy" }).click();
  await dialog.getByText("image must be one of fanfold-tests/<service>, got nginx").waitFor();
  await browser.look("ui-deploy-refused");
  browser.complaints = browser.complaints.filter((complaint) => !complaint.includes("/system/functions"));
  await dialog.getByLabel("Image", { exact: true }).fill("fanfold-tests/echo:1");
  await dialog.getByLabel("Variables").fill("GREETING=hello=there\n");
  await dialog.getByRole("button", { name: "Deploy" }).click();
  await page.getByText("ui-made was deployed").waitFor();
  await page.getByRole("heading", { name: "ui-made", level: 1 }).waitFor();
  await page.getByText("GREETING=hello=there").waitFor();

  await page.getByRole("button", { name: "Deploy again" }).click();
  const again = page.getByRole("dialog", { name: "Deploy ui-made again" });
  await again.getByLabel("Variables").fill("GREETING=goodbye");
  await again.getByRole("button", { name: "Deploy" }).click();
  await page.getByText("GREETING=goodbye").waitFor();
}

async function removes({ page }) {
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("heading", { name: "ui-made", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog", { name: "Remove ui-made?" }).getByRole("button", { name: "Remove it" }).click();
  await page.getByText("ui-made was removed").waitFor();
  await page.getByRole("heading", { name: "Functions" }).waitFor();
  await row(page, "openfaas-fn/ui-made").waitFor({ state: "detached" });
}

async function explains(browser) {
  const { page } = browser;
  await page.getByRole("link", { name: "ui-broken" }).click();
  await page.getByText("Its process exited with status 1").waitFor();
  await page.getByRole("log").getByText("BROKEN is set to today").first().waitFor();
  await browser.look("ui-failing");
}

const browser = await Browser.open({
  url: env.GATEWAY_URL,
  base: "/ui/",
  screenshots: env.GATEWAY_SCREENSHOTS,
  executable: env.CHROMIUM || undefined,
  credentials: { username: env.GATEWAY_USER, password: env.GATEWAY_PASSWORD },
});
try {
  await browser.visit("");
  await lists(browser);
  await browser.look("ui-functions");
  await filters(browser);
  await invokes(browser);
  await follows(browser);
  await browser.look("ui-function");
  await scales(browser);
  await deploys(browser);
  await removes(browser);
  await explains(browser);
  assert.deepEqual(browser.complaints, [], "the browser complained");
  console.log("used");
} catch (error) {
  await browser.witness();
  console.error(error);
  if (browser.complaints.length > 0) console.error("the browser's complaints:", browser.complaints);
  process.exitCode = 1;
} finally {
  await browser.close();
}
