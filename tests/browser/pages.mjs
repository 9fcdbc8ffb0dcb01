// Every page beside the story's own thread, used once as its reader would.
import assert from "node:assert/strict";
import { env } from "node:process";

const article = (page, id) => page.locator(`article[data-post="${id}"]`);

/** The reader changes a comment and takes another back, and sees who likes the post. */
export async function converses(browser, { slug }) {
  const { page } = browser;
  await browser.visit(`post/${slug}`);
  const first = page.locator("[data-comment]").first();
  await first.getByRole("button", { name: "Edit" }).click();
  await first.getByLabel("Edit your comment").fill("I could hear the hammers, and smell the river.");
  await first.getByRole("button", { name: "Save" }).click();
  await first.getByText("edited", { exact: true }).waitFor();
  const reply = page.locator("ol ol [data-comment]");
  await reply.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete comment" }).click();
  await reply.waitFor({ state: "detached" });
  await page.locator("[data-comments='1']").waitFor();
  await page.getByText("Who?").click();
  await page.locator(`[data-liker="${env.FANFOLD_READER}"] a`).click();
  await page.locator("[data-member-name]").waitFor();
  await page.getByRole("link", { name: "Comments", exact: true }).click();
  await page.getByText("smell the river").first().waitFor();
  await browser.look("member");
  await page.getByRole("link", { name: "Likes", exact: true }).click();
  await page.locator("[data-liked] a").first().waitFor();
}

/** Anybody finds the post by its words, its category and its tag. */
export async function finds(browser, { id }) {
  const { page } = browser;
  await page.getByRole("link", { name: "Search", exact: true }).click();
  await page.getByRole("searchbox", { name: "Search posts" }).fill("hammers fibre");
  await page.keyboard.press("Enter");
  await article(page, id).locator("mark").first().waitFor();
  const marks = await article(page, id).locator("mark").allInnerTexts();
  assert.deepEqual([...new Set(marks)].sort(), ["fibre", "hammers"]);
  await browser.look("search");
  await article(page, id).getByRole("link", { name: "Travel" }).click();
  await page.getByRole("navigation", { name: "Categories" }).getByRole("link", { name: "Travel" }).waitFor();
  await article(page, id).waitFor();
  await browser.visit("?tag=rivers&sort=liked");
  await article(page, id).waitFor();
  assert.equal(await page.getByLabel("Sort").inputValue(), "liked");
}

/** The administrator features the post, and finds a member; what happens is told live. */
export async function administers(browser, { id, slug }) {
  const { page } = browser;
  await browser.visit(`post/${slug}`);
  await page.getByRole("button", { name: "Feature", exact: true }).click();
  await page.getByRole("button", { name: "Featured", exact: true }).waitFor();
  await browser.visit("");
  await page.locator(`[data-featured="${id}"]`).waitFor();
  await browser.visit("events?type=post.updated");
  await page.locator("[data-live=true]").waitFor();
  const told = page.locator(`[data-type="post.updated"][data-subject="post/${id}"]`);
  await told.first().waitFor();
  const before = await told.count();
  const other = await page.context().newPage();
  await other.goto(`${browser.base}post/${slug}`);
  await other.getByRole("button", { name: "Featured", exact: true }).click();
  await other.getByRole("button", { name: "Feature", exact: true }).waitFor();
  await other.close();
  await told.nth(before).waitFor();

  await browser.visit("members");
  const search = page.getByRole("searchbox", { name: "Search members" });
  await search.fill(env.FANFOLD_WRITER_NAME);
  await page.locator(`[data-listed="${env.FANFOLD_WRITER}"][data-role=member]`).waitFor();
  await search.fill("");
  await page.locator("[data-listed]").nth(1).waitFor();
  await browser.look("members");
  await search.fill("nobody is called so");
  await page.getByText("Nobody is like that").waitFor();
  await search.fill("");
  await page.getByRole("button", { name: "Compare with Clerk" }).click();
  await page.getByText(/members? compared: /).waitFor();
  await page.getByRole("button", { name: "Add member" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Harriet Loom");
  await page.getByLabel("E-mail", { exact: true }).fill(`harriet.${id}@example.com`);
  await browser.look("members-add");
  await page.getByRole("button", { name: "Add member" }).click();
  await page.getByText("Clerk has made the account").waitFor();
  await browser.eventually("the new member is listed", async () => {
    await search.fill(`harriet.${id}`);
    const listed = page.locator("[data-listed]");
    await listed.first().waitFor({ timeout: 2000 }).catch(() => {});
    const seen = await listed.allInnerTexts();
    await search.fill("");
    return { ok: seen.some((text) => text.includes("Harriet Loom")), seen };
  });
}

/** The writer's change meets somebody else's, and is saved once the writer has seen it. */
export async function revises(browser, { slug }) {
  const { page } = browser;
  await browser.signIn(env.FANFOLD_WRITER);
  await browser.visit(`edit/${slug}`);
  const summary = page.getByRole("textbox", { name: "Summary" });
  await summary.waitFor();
  const other = await page.context().newPage();
  await other.goto(`${browser.base}edit/${slug}`);
  await other.getByRole("textbox", { name: "Summary" }).fill("Somebody was faster.");
  await other.getByRole("button", { name: "Save", exact: true }).click();
  await other.getByText("Somebody was faster.").waitFor();
  await other.close();

  await summary.fill("Four days beside the loudest river in the county.");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator("[data-conflict]").waitFor();
  browser.forgive("post-update");
  await page.getByRole("button", { name: "Keep my text" }).waitFor();
  await browser.look("edit-conflict");
  await page.getByRole("button", { name: "Keep my text" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator("article[data-post]").getByText("Four days beside").waitFor();
}

/** A draft is seen by its writer alone until it is published, and says nothing to anybody else. */
export async function drafts(browser) {
  const { page } = browser;
  const title = "A mill at night";
  await browser.visit("write");
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  await page.getByRole("textbox", { name: "Text" }).fill("Not yet.");
  await page.getByRole("button", { name: "Save draft" }).click();
  await page.getByText("Only you and administrators see it.").waitFor();
  const slug = new URL(page.url()).pathname.split("/").at(-1);
  const asked = (path) => page.request.get(browser.base + path).then((answer) => [answer.status(), answer.headers()["x-robots-tag"]]);
  assert.deepEqual(await asked(`draft/${slug}`), [200, "noindex"]);
  assert.deepEqual(await asked(`draft/nobody-wrote-this`), [200, "noindex"]);
  assert.deepEqual(await asked(`post/${slug}`), [404, undefined]);
  await browser.look("draft");
  await browser.visit("my-posts?status=draft");
  await page.getByRole("link", { name: title, exact: true }).click();
  await page.getByRole("button", { name: "Publish" }).click();
  await page.waitForURL(`**/post/${slug}`);
  await browser.visit("my-posts");
  const row = page.locator("[data-post]").filter({ hasText: title });
  await row.waitFor();
  await browser.look("my-posts");
  await row.getByRole("button", { name: "Delete post" }).click();
  await page.getByRole("dialog", { name: `Delete “${title}”?` }).getByRole("button", { name: "Delete post" }).click();
  await row.waitFor({ state: "detached" });
}

/** The writer's pictures and account; the account stays, as the story still needs it. */
export async function looksAround(browser) {
  const { page } = browser;
  await browser.visit("media");
  const picture = page.locator("[data-picture]").first();
  await picture.getByLabel("What it shows").fill("Folded paper, green on green");
  await picture.getByRole("button", { name: "Save" }).click();
  await page.getByAltText("Folded paper, green on green").first().waitFor();
  await browser.look("media");

  await browser.visit("account");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await browser.look("account");
  await page.getByRole("button", { name: "Delete my account" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  assert.ok(await dialog.getByRole("button", { name: "Delete my account" }).isDisabled());
  await dialog.getByLabel("Type “delete” to go on").fill("delete");
  assert.ok(await dialog.getByRole("button", { name: "Delete my account" }).isEnabled());
  await dialog.getByRole("button", { name: "Keep it" }).click();
}
