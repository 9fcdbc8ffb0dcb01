// What an operator does with many events at once, each on its page.
import { env } from "node:process";

// Nobody listens there; installations with tests allow deliveries to it.
const CALLBACK = "http://127.0.0.1:9/callback";
const WHY = "The story looks around";

/** The administrator sees causes, replays a slice, has events sent, and finds all of it among the actions. */
export async function operates(browser, { id }) {
  await causes(browser);
  await replays(browser, id);
  await subscribes(browser);
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
  await cause.getByRole("link").click();
  await page.locator(`[data-dead-letter][data-function="${env.FAULTY_FUNCTION}"]`).first().waitFor();
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
}

async function subscribes(browser) {
  const { page } = browser;
  await browser.visit("events/subscriptions");
  await page.getByLabel("Events", { exact: true }).fill("custom.story");
  await page.getByLabel("Callback").fill(CALLBACK);
  await page.getByRole("button", { name: "Subscribe", exact: true }).click();
  const told = page.locator("[data-secret-of]");
  await told.waitFor();
  const key = await told.getAttribute("data-secret-of");
  const row = page.locator(`[data-subscription="${key}"]`);
  await row.waitFor();
  await browser.look("subscriptions");
  await row.getByText("Deliveries", { exact: true }).click();
  await row.getByText("None yet").waitFor();
  await row.getByRole("button", { name: "Unsubscribe" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unsubscribe" }).click();
  await row.waitFor({ state: "detached" });
}

async function finds(browser) {
  const { page } = browser;
  await browser.visit("events/actions");
  const replay = page.locator("[data-action]").filter({ hasText: WHY }).first();
  await replay.waitFor();
  await page.locator("[data-action]").filter({ hasText: "ubscription" }).first().waitFor();
  await browser.look("actions");
}
