// The story of a post, played by a browser: `node story.mjs stage1`, then `stage2`.
//
// stage1: a member signs in and writes, a reader likes and comments, the counts arrive, an
//         administrator sees the events and the dead letter of the consumer that fails. Between
//         them every other page is used once: search, editing, drafts, pictures, members, account.
// stage2: after the consumer was mended, the administrator retries the dead letter.
//
// FANFOLD_URL          where Fanfold runs
// FANFOLD_WRITER, FANFOLD_READER, FANFOLD_ADMIN   ids of demo members
// FANFOLD_STATE        file that carries the post from one stage to the next
// FANFOLD_SCREENSHOTS  folder of the pictures
// FAULTY_FUNCTION      the consumer that fails; without it nobody looks for a dead letter
// CHROMIUM             the browser (default /usr/bin/chromium)
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { env, argv, exit } from "node:process";
import { Browser } from "./browser.mjs";
import { operates } from "./desk.mjs";
import { administers, converses, drafts, finds, looksAround, revises } from "./pages.mjs";

const NEEDED = ["FANFOLD_URL", "FANFOLD_WRITER", "FANFOLD_READER", "FANFOLD_ADMIN", "FANFOLD_STATE", "FANFOLD_SCREENSHOTS"];
const TITLE = "Letters from the paper mill";
const TEXT = `The mill stands where the river has always been loudest.

## What the water does

1. It lifts the hammers.
2. It carries the fibre.

> Nothing is thrown away here, it only takes another form.

<img src=x onerror="document.title='stolen'">

[A link](javascript:document.title='stolen') and \`code\`.
`;

async function writes(browser) {
  const { page } = browser;
  await browser.signIn(env.FANFOLD_WRITER);
  await page.getByRole("link", { name: "Write", exact: true }).click();
  await page.getByRole("heading", { name: "Write a post" }).waitFor();
  await browser.look("write-empty");

  // A refusal stands beside its field.
  await page.getByRole("textbox", { name: "Text" }).fill(TEXT);
  const refused = page.waitForResponse((response) => response.url().endsWith("/function/post-create"));
  await page.getByRole("button", { name: "Publish" }).click();
  assert.equal((await refused).status(), 400);
  await page.locator("input[aria-invalid=true]").waitFor();
  await browser.look("write-refused");
  browser.forgive("post-create");

  await page.getByRole("textbox", { name: "Title" }).fill(TITLE);
  await page.getByRole("textbox", { name: "Summary" }).fill("Three days beside the loudest river in the county.");
  await page.getByLabel("Category").fill("Travel");
  await page.getByRole("textbox", { name: "Tags" }).fill("paper, rivers");
  await page.getByLabel("Cover picture").setInputFiles({
    name: "cover.png",
    mimeType: "image/png",
    buffer: await browser.paint(),
  });
  await page.getByAltText("The chosen cover").waitFor();
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("heading", { name: "What the water does" }).waitFor();
  await browser.look("write-preview");
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();

  const id = await page.locator("article[data-post]").getAttribute("data-post");
  const slug = new URL(page.url()).pathname.split("/").at(-1);
  assert.ok(id && slug);
  assert.notEqual(await page.title(), "stolen");
  return { id, slug };
}

async function reads(browser, { id, slug }) {
  const { page } = browser;
  await browser.signIn(env.FANFOLD_READER);
  await page.locator(`article[data-post="${id}"] h2 a`).click();
  await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();

  const like = page.locator("button[aria-pressed]");
  const likes = page.locator("[data-likes]");
  /** The page changes while the call is still held back, and stands by it afterwards. */
  const settled = async (pressed, count, operation) => {
    const address = `**/function/${operation}`;
    const answered = page.waitForResponse(address);
    answered.catch(() => {}); // told where it is awaited, if the page fails before
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route(address, (route) => held.then(() => route.continue()));
    await like.click();
    await page.locator(`button[aria-pressed="${pressed}"]`).waitFor();
    await page.locator(`[data-likes="${count}"]`).waitFor();
    release();
    assert.equal((await answered).status(), 200);
    await page.waitForLoadState("networkidle");
    await page.unroute(address);
    await page.locator(`[data-likes="${count}"]`).waitFor();
  };
  assert.equal(await likes.getAttribute("data-likes"), "0");
  await settled(true, 1, "like-add");
  await settled(false, 0, "like-remove");
  await settled(true, 1, "like-add");

  await page.getByLabel("Write the first comment").fill("I could hear the hammers.");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await page.locator("[data-comments='1']").waitFor();
  await page.getByRole("button", { name: /^Reply/ }).click();
  await page.getByLabel(/^Reply to/).fill("And the river, at night.");
  await page.getByRole("button", { name: "Reply", exact: true }).click();
  await page.locator("[data-comments='2']").waitFor();
  await page.locator("ol ol [data-comment]").waitFor();

  await page.reload({ waitUntil: "networkidle" });
  assert.equal(await like.getAttribute("aria-pressed"), "true");
  assert.equal(await page.title(), `${TITLE} · Fanfold`);
  await browser.look("post");

  await browser.visit("");
  await browser.eventually("the list counts the like and both comments", async () => {
    const panel = page.locator(`article[data-post="${id}"]`);
    await panel.waitFor();
    const seen = await panel.innerText();
    return { ok: /\b1 like\b/.test(seen) && /\b2 comments\b/.test(seen), seen };
  });
  await browser.look("front");
  return slug;
}

async function watches(browser, { id }) {
  const { page } = browser;
  await browser.signIn(env.FANFOLD_ADMIN);
  await page.getByRole("link", { name: "Events", exact: true }).first().click();
  const created = page.locator(`[data-type="post.created"][data-subject="post/${id}"]`);
  await created.waitFor();
  await browser.look("events");
  await created.locator("summary").click();
  await created.getByText(`"title": "${TITLE}"`).waitFor();
  await created.getByRole("link", { name: /^All events of/ }).click();
  await page.locator("[data-event]").first().waitFor();
  const types = await page.locator("[data-event]").evaluateAll((rows) => rows.map((row) => row.dataset.type));
  assert.deepEqual(types, ["post.created"], "likes, comments and counts leave the post's revision alone");
  for (const type of ["like.added", "like.removed", "comment.created"]) {
    await browser.visit(`events?type=${type}`);
    await page.locator(`[data-type="${type}"]`).filter({ hasText: type === "comment.created" ? "comment/" : id }).first().waitFor();
  }
}

async function findsDeadLetter(browser, { id }) {
  const { page } = browser;
  await browser.visit("events/dead-letters");
  const letter = deadLetter(page, id);
  await letter.waitFor();
  assert.match(await letter.innerText(), /attempts/i);
  await letter.getByText("Payload").click();
  await letter.getByText(`"title": "${TITLE}"`).waitFor();
  await browser.look("dead-letters");

  // What it would send can be mended, and the decision not to send it be taken back.
  await letter.getByRole("button", { name: "Edit" }).click();
  await letter.getByRole("textbox", { name: "Event" }).fill("{");
  await letter.getByText("This is not JSON").waitFor();
  await letter.getByRole("button", { name: "Cancel" }).click();
  await letter.getByRole("button", { name: "Discard" }).click();
  await says(page, "Discard this dead letter?", "Discard", "The story discards it");
  await letter.waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Discarded", exact: true }).click();
  await letter.getByText("Discarded: The story discards it").waitFor();
  await letter.getByText("History", { exact: true }).click();
  await letter.locator("ol li").first().waitFor();
  await letter.getByRole("button", { name: "Restore" }).click();
  await says(page, "Restore this dead letter?", "Restore", "The story needs it");
  await letter.waitFor({ state: "detached" });
}

/** Gives a reason for what a dialog asks about, and does it. */
async function says(page, title, deed, why) {
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.getByLabel("Why").fill(why);
  await dialog.getByRole("button", { name: deed }).click();
}

const deadLetter = (page, id) =>
  page.locator(`[data-dead-letter][data-function="${env.FAULTY_FUNCTION}"]`).filter({ hasText: `post/${id}` });

async function retries(browser, { id }) {
  const { page } = browser;
  await browser.signIn(env.FANFOLD_ADMIN);
  await browser.visit("events/dead-letters");
  const letter = deadLetter(page, id);
  await letter.waitFor();
  const key = await letter.getAttribute("data-dead-letter");
  await letter.getByRole("button", { name: "Retry" }).click();
  await says(page, "Send it back?", "Retry", "The consumer is mended");
  await page.locator(`[data-sent="${key}"]`).waitFor();
  await letter.waitFor({ state: "detached" });
  await browser.look("dead-letter-retried");
  await page.getByRole("link", { name: "Retried", exact: true }).click();
  const retried = page.locator(`[data-dead-letter="${key}"][data-state=retried]`);
  await retried.getByText("History", { exact: true }).click();
  await retried.getByText("The consumer is mended").waitFor();
}

const STAGES = {
  async stage1(browser) {
    const post = await writes(browser);
    await writeFile(env.FANFOLD_STATE, JSON.stringify(post));
    await reads(browser, post);
    await converses(browser, post);
    await finds(browser, post);
    await watches(browser, post);
    await administers(browser, post);
    if (env.FAULTY_FUNCTION) await findsDeadLetter(browser, post);
    await operates(browser, post);
    await revises(browser, post);
    await drafts(browser);
    await looksAround(browser);
    await browser.visit("sign-in");
    await browser.page.locator("button[data-member]").first().waitFor();
    await browser.look("sign-in");
  },
  async stage2(browser) {
    await retries(browser, JSON.parse(await readFile(env.FANFOLD_STATE, "utf8")));
  },
};

const missing = NEEDED.filter((name) => !env[name]);
const stage = STAGES[argv[2]];
if (missing.length > 0 || !stage) {
  console.error(`usage: node story.mjs stage1|stage2; missing in the environment: ${missing.join(", ") || "nothing"}`);
  exit(2);
}
const browser = await Browser.open({
  url: env.FANFOLD_URL,
  screenshots: env.FANFOLD_SCREENSHOTS,
  executable: env.CHROMIUM || undefined,
});
try {
  await stage(browser);
  assert.deepEqual(browser.complaints, [], "the browser complained");
  console.log(`${argv[2]} played`);
} catch (error) {
  await browser.witness();
  console.error(error);
  if (browser.complaints.length > 0) console.error("the browser's complaints:", browser.complaints);
  process.exitCode = 1;
} finally {
  await browser.close();
}
