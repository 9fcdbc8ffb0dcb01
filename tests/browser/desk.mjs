// What an operator does with many events at once, each on its page.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { env } from "node:process";

const WHY = "The story looks around";

/** The administrator sees causes, replays a slice, has events sent, and finds all of it among the actions. */
export async function operates(browser, { id }) {
  await causes(browser);
  await replays(browser, id);
  await subscribes(browser);
  await alarms(browser, id);
  await finds(browser);
}

async function causes(browser) {
  const { page } = browser;
  await browser.visit("events/dead-letters");
  await page.getByRole("link", { name: "By cause", exact: true }).click();
  if (!env.FAULTY_FUNCTION) return;
  const cause = page.locator("[data-cause]").filter({ hasText: env.FAULTY_FUNCTION }).first();
  await cause.waitFor();
  await browser.look("dead-letter-causes");
  await cause.getByRole("button", { name: "Retry all" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Exactly those that are here now").waitFor();
  await dialog.getByRole("button", { name: "Not now" }).click();
  await discardsAll(page, cause);
  await cause.getByRole("link").click();
  await page.locator(`[data-dead-letter][data-function="${env.FAULTY_FUNCTION}"]`).first().waitFor();
}

/** All of a cause at once, and the way back from there. */
async function discardsAll(page, cause) {
  const letters = await cause.getAttribute("data-letters");
  const id = await cause.getAttribute("data-cause");
  const one = page.locator(`[data-cause="${id}"]`);
  await cause.getByRole("button", { name: "Discard all" }).click();
  const dialog = page.getByRole("dialog", { name: /^Discard .+ dead letters?\?$/ });
  assert.ok(await dialog.getByRole("button", { name: "Discard all" }).isDisabled(), "it needs a reason");
  await dialog.getByLabel("Why").fill(WHY);
  await dialog.getByRole("button", { name: "Discard all" }).click();
  await page.locator("[data-discarded]").waitFor();
  await one.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("dialog", { name: /^Restore/ }).getByRole("button", { name: "Take back" }).click();
  await page.locator(`[data-restored="${letters}"]`).waitFor();
  await one.waitFor();
}

async function replays(browser, id) {
  const { page } = browser;
  await browser.visit("events/runs");
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await page.getByLabel("Function").fill("like-on-post-created");
  await page.getByLabel("Types").fill("post.created");
  await page.getByLabel("Subject").fill(`post/${id}`);
  await page.getByLabel("Why").fill(WHY);
  await page.getByRole("button", { name: "Count first" }).click();
  await page.getByText("nobody but like-on-post-created is told").waitFor();
  await browser.look("replay");
  await page.getByRole("button", { name: "Replay 1 event", exact: true }).click();
  const run = page.locator("[data-run][data-state=done]").filter({ hasText: `post/${id}` }).first();
  await run.getByText("1 of 1 event").waitFor();
  await browser.look("runs");
  await turns(browser);
}

/** A replay that would take long is paused, goes on, and is ended; each with a reason. */
async function turns(browser) {
  const { page } = browser;
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await page.getByLabel("Function").fill("like-on-post-created");
  await page.getByLabel("A second").fill("1");
  await page.getByRole("button", { name: "Count first" }).click();
  await page.getByRole("button", { name: /^Replay [0-9]/ }).click();
  const key = await page.locator("[data-run][data-state=running]").first().getAttribute("data-run");
  const run = page.locator(`[data-run="${key}"]`);
  await decide(run, "Pause");
  await run.and(page.locator("[data-state=paused]")).waitFor();
  await run.getByRole("button", { name: "Cancel", exact: true }).click();
  await browser.look("run-cancel");
  await run.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  await decide(run, "Resume");
  await run.and(page.locator("[data-state=running]")).waitFor();
  await decide(run, "Cancel", "Cancel it");
  await run.and(page.locator("[data-state=cancelled]")).waitFor();
  await browser.visit("events/actions");
  await page.locator(`[data-action="run cancelled"][data-target="${key}"]`).filter({ hasText: WHY }).waitFor();
}

async function subscribes(browser) {
  const { page } = browser;
  const receiver = await received();
  await browser.visit("events/subscriptions");
  await page.getByLabel("Events", { exact: true }).fill("custom.story");
  await page.getByLabel("Callback").fill(receiver.url);
  await page.getByRole("button", { name: "Subscribe", exact: true }).click();
  const told = page.locator("[data-secret-of]");
  await told.waitFor();
  const key = await told.getAttribute("data-secret-of");
  const row = page.locator(`[data-subscription="${key}"]`);
  await row.waitFor();
  await row.getByText("Deliveries", { exact: true }).click();
  await row.getByText("None yet").waitFor();
  await row.getByText("Deliveries", { exact: true }).click();
  await tests(row, receiver);
  await browser.look("subscriptions");
  await enables(browser, row, key);
  const gone = page.waitForRequest((request) => request.url().endsWith("/function/event-unsubscribe"));
  await decide(row, "Unsubscribe");
  assert.deepEqual((await gone).postDataJSON(), { id: key, why: WHY });
  await row.waitFor({ state: "detached" });
}

/** A callback of this machine, to which installations with tests allow deliveries. */
async function received() {
  const receiver = { answer: 204, got: [] };
  const server = createServer((request, response) => {
    receiver.got.push(request.headers["svix-id"]);
    request.resume();
    response.writeHead(receiver.answer).end(receiver.answer === 204 ? undefined : "the mill is closed");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref(); // a story that fails ends all the same
  receiver.url = `http://127.0.0.1:${server.address().port}/callback`;
  return receiver;
}

/** Presses a button that asks why, says it and goes on. */
async function decide(row, name, deed = name) {
  await row.getByRole("button", { name, exact: true }).first().click();
  const dialog = row.getByRole("dialog");
  await dialog.getByLabel("Why").fill(WHY);
  await dialog.getByRole("button", { name: deed, exact: true }).click();
}

/** What the callback got is what the page says it was sent. */
async function tests(row, receiver) {
  const send = () => decide(row, "Send a test", "Send it");
  const sent = row.locator("[data-test]");
  await send();
  await row.getByText("The test arrived: the callback answered 204").waitFor();
  assert.deepEqual(receiver.got, [await sent.getAttribute("data-test")]);
  receiver.answer = 503;
  await send();
  await row.getByText("The test was not taken: the callback answered 503").waitFor();
  await row.getByText("the mill is closed").waitFor();
  assert.equal(receiver.got.at(-1), await sent.getAttribute("data-test"));
}

/** Days of failures disable a subscription; this one is shown as if they had passed until it is enabled. */
async function enables(browser, row, key) {
  const { page } = browser;
  const listed = "**/function/event-subscriptions?*";
  const since = new Date(Date.now() - 5 * 86_400_000).toISOString();
  const failed = { state: "disabled", failing_since: since, last_status: 503, last_error: "the mill is closed", failed: 12 };
  await page.route(listed, async (route) => {
    const response = await route.fetch();
    const shown = await response.json();
    const items = shown.items.map((item) => (item.id === key ? { ...item, ...failed } : item));
    await route.fulfill({ response, json: { ...shown, items } });
  });
  await browser.visit("events/subscriptions");
  await row.getByText("Disabled: nothing is sent to it").waitFor();
  await browser.look("subscription-disabled");
  const enabled = page.waitForResponse((response) => response.url().endsWith("/function/event-subscription-enable"));
  await decide(row, "Enable again", "Enable");
  const answer = await enabled;
  await page.unroute(listed);
  assert.deepEqual([answer.request().postDataJSON(), answer.status()], [{ id: key, why: WHY }, 200]);
  await row.and(page.locator("[data-state=active]")).waitFor();
  assert.equal(await row.getByRole("button", { name: "Enable again" }).count(), 0);
}

/** No publisher of ours claims a version twice; the page is shown as if one had. */
async function alarms(browser, id) {
  const { page } = browser;
  await browser.visit("events/conflicts");
  await page.getByText("No conflicts", { exact: true }).waitFor();
  const [came, holder] = ["0190a000-0000-7000-8000-000000000002", "0190a000-0000-7000-8000-000000000001"];
  const place = { subject: `post/${id}`, revision: 1, kept_id: holder, noticed_at: new Date().toISOString() };
  const conflict = { ...place, id: came, envelope: { id: came, type: "post.created", subject: place.subject, revision: 1 } };
  const emptied = { ...place, id: holder, kept_id: came, envelope: {} };
  await page.route("**/function/event-stats", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), conflicts: 2 } });
  });
  await page.route("**/function/event-conflicts?*", (route) => {
    route.fulfill({ json: { items: [conflict, emptied], next: null } });
  });
  await browser.visit("events");
  const alarm = page.getByRole("alert").filter({ hasText: "2 events came for places that others hold" });
  await alarm.waitFor();
  await browser.look("events-alarm");
  await alarm.getByRole("link", { name: "Show the conflicts" }).click();
  const row = page.locator(`[data-conflict="${came}"][data-holder="${holder}"]`);
  await row.getByText("Version 1 is held by another event").waitFor();
  await row.getByText("What came", { exact: true }).click();
  await row.getByText('"type": "post.created"').waitFor();
  await page.locator(`[data-conflict="${holder}"]`).getByText("What came was emptied").waitFor();
  await browser.look("conflicts");
  await page.unroute("**/function/event-stats");
  await page.unroute("**/function/event-conflicts?*");
}

async function finds(browser) {
  const { page } = browser;
  await browser.visit("events/actions");
  const replay = page.locator("[data-action]").filter({ hasText: WHY }).first();
  await replay.waitFor();
  await page.locator("[data-action]").filter({ hasText: "ubscription" }).first().waitFor();
  await browser.look("actions");
}
