// Looks at the pages of a site as people do: on a screen and on a phone, with the filters.
//
// Usage: node releases.js CHROMIUM DIRECTORY. CHROMIUM is the path of the program; DIRECTORY holds index.html and the pages that it
// links to. Exits with 1 and a message at the first thing that is not as it should be.
"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [program, directory] = process.argv.slice(2);
const SIZES = { screen: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
// Waits until so many elements are seen: the page answers a moment after what is typed.
const seen = async (page, what, count) => {
  for (let tries = 0; tries < 100 && (await page.locator(`${what}:visible`).count()) !== count; tries++) await page.waitForTimeout(50);
  assert.equal(await page.locator(`${what}:visible`).count(), count, what);
};

// The index leads to every page and back by the browser's own button; what is not there would stop here.
const index = async (page) => {
  const links = await page.locator("a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  assert.ok(links.length >= 3, `two releases, and what changed between them: ${links}`);
  for (const link of links) {
    const answer = await page.goto(pathToFileURL(path.resolve(directory, link)).href);
    assert.ok(answer === null || answer.ok(), link);
    assert.ok((await page.title()).length > 0, link);
    assert.ok((await overflow(page)) <= 0, `${link} is no wider than the window`);
  }
  return links.find((link) => link.includes(".."));
};

const filters = async (page) => {
  const all = await page.locator("tr[data-arch]:visible").count();
  assert.ok(all > 0);
  const first = page.locator("section[data-feature]").first();
  const name = await first.getAttribute("data-feature");
  await page.getByLabel("Feature").fill(name);
  await seen(page, "section[data-feature]", 1);
  await page.getByLabel("Feature").fill("");
  await page.getByLabel("Architectures").fill("no-such-architecture");
  await seen(page, "tr[data-arch]", 0);
  await page.getByRole("button", { name: "Reset filters" }).click();
  await seen(page, "tr[data-arch]", all);
};

const main = async () => {
  const browser = await chromium.launch({ executablePath: program, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  for (const [name, viewport] of Object.entries(SIZES)) {
    const page = await browser.newPage({ viewport });
    page.on("pageerror", (error) => { throw error; });
    await page.goto(pathToFileURL(path.resolve(directory, "index.html")).href);
    assert.ok((await overflow(page)) <= 0, `the index is no wider than the ${name}`);
    const between = await index(page);
    await page.goto(pathToFileURL(path.resolve(directory, between)).href);
    await filters(page);
    await page.close();
  }
  await browser.close();
};

main().catch((error) => {
  console.error(error.message || error);
  process.exit(1);
});
