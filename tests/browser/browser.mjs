// A real browser, watched: whatever it complains about fails the story.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const NARROWEST = { width: 360, height: 740 };
const PATIENCE = 30_000;

export class Browser {
  static async open({ url, screenshots, executable = "/usr/bin/chromium", base = "/function/site/", credentials }) {
    await mkdir(screenshots, { recursive: true });
    const chrome = await chromium.launch({ executablePath: executable, args: FLAGS });
    const context = await chrome.newContext({
      viewport: DESKTOP,
      reducedMotion: "reduce",
      locale: "en-GB",
      // What comes from elsewhere would not be the site's own.
      serviceWorkers: "block",
      httpCredentials: credentials,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    return new Browser(chrome, page, new URL(base, url).href, screenshots);
  }

  constructor(chrome, page, base, screenshots) {
    this.chrome = chrome;
    this.page = page;
    this.base = base;
    this.screenshots = screenshots;
    this.complaints = [];
    this.watch();
  }

  /** Console errors include every violation of the content security policy. */
  watch() {
    const { origin } = new URL(this.base);
    this.page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(`console: ${message.text()} ${message.location().url}`);
    });
    this.page.on("pageerror", (error) => this.complaints.push(`page: ${error.stack ?? error.message}`));
    this.page.on("request", (request) => {
      const asked = new URL(request.url());
      if (asked.protocol.startsWith("http") && asked.origin !== origin) {
        this.complaints.push(`request to another origin: ${request.url()}`);
      }
    });
  }

  /** A refusal that the story provoked is in the console too; any other complaint stays. */
  forgive(operation) {
    this.complaints = this.complaints.filter((complaint) => !complaint.includes(`/function/${operation}`));
  }

  visit(path) {
    return this.page.goto(this.base + path, { waitUntil: "load" });
  }

  /** Becomes a demo member by the sign-in page, leaving whoever was signed in. */
  async signIn(member) {
    const { page } = this;
    await this.visit("");
    const menu = page.locator("button[popovertarget=member-menu]");
    await menu.or(page.getByRole("button", { name: "Sign in" })).first().waitFor();
    if (await menu.isVisible()) {
      await menu.click();
      await page.getByRole("button", { name: "Sign out" }).click();
    }
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(`button[data-member="${member}"]`).click();
    await page.locator(`[popovertarget][data-member="${member}"]`).waitFor();
  }

  /** Pictures of the page as it stands, and that it fits, reads and is accessible everywhere. */
  async look(name) {
    const { page } = this;
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [device, size] of [["desktop", DESKTOP], ["phone", PHONE]]) {
        await page.setViewportSize(size);
        await this.settle();
        await page.screenshot({ path: join(this.screenshots, `${name}-${device}-${scheme}.png`), fullPage: true });
      }
      await this.accessible(`${name} (${scheme})`);
    }
    await page.setViewportSize(NARROWEST);
    await this.settle();
    const spill = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(spill <= 0, `${name} is ${spill}px wider than a screen of ${NARROWEST.width}px`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(DESKTOP);
  }

  /** Waits until the page is laid out for its size and has the pictures of that size. */
  async settle() {
    await this.page.evaluate(async () => {
      await document.fonts.ready;
      const seen = [...document.images].filter((image) => image.getBoundingClientRect().top < innerHeight);
      await Promise.allSettled(seen.map((image) => image.decode()));
      await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    });
  }

  async accessible(name) {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }),
    );
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" | ")}`);
    assert.deepEqual(found, [], `${name} has barriers`);
  }

  /** Reloads until the page shows it: counts travel by events. */
  async eventually(what, look) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const seen = await look();
      if (seen.ok) return;
      assert.ok(Date.now() < deadline, `${what}: last seen ${JSON.stringify(seen.seen)}`);
      await this.page.waitForTimeout(250);
      await this.page.reload({ waitUntil: "networkidle" });
    }
  }

  /** A picture worth uploading, drawn by the browser itself. */
  async paint() {
    const drawing = await this.chrome.newPage({ viewport: { width: 1440, height: 900 } });
    const folds = Array.from({ length: 6 }, (_, index) => {
      const [from, to] = index % 2 ? [120, 0] : [0, 120];
      const colour = index % 2 ? "#2f7d5b" : "#a9d3bc";
      const top = index * 150;
      return `<path fill="${colour}" d="M${300 + from} ${top}H${1020 + from}L${1020 + to} ${top + 150}H${300 + to}Z"/>`;
    });
    await drawing.setContent(
      `<body style="margin:0;background:#17392b"><svg width="1440" height="900">${folds.join("")}</svg>`,
    );
    const picture = await drawing.screenshot({ type: "png" });
    await drawing.close();
    return picture;
  }

  async close() {
    await this.chrome.close();
  }

  /** What the last page holds, for whoever reads the failure. */
  async witness() {
    await this.page.screenshot({ path: join(this.screenshots, "failure.png"), fullPage: true }).catch(() => {});
  }
}
