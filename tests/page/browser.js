// Reads the page of the matrix as people do: with a mouse, a keyboard, a finger, on paper, and without scripts.
//
// Usage: node browser.js CHROMIUM DIRECTORY [PICTURES]. CHROMIUM is the path of the program; DIRECTORY holds matrix.html and
// matrix.json of the same tree; pictures of what is looked at go to PICTURES. Exits with 1 and a message at the first thing that is not as it should be.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [program, directory, pictures] = process.argv.slice(2);
const page_url = pathToFileURL(path.resolve(directory, "matrix.html")).href;
const matrix = JSON.parse(fs.readFileSync(path.join(directory, "matrix.json"), "utf8"));

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const PHONE_ASIDE = { ...PHONE, viewport: { width: 844, height: 390 } };
// Upper bound on clicked cells, spread over the whole matrix.
const CLICKS = 12;
// Number of visits at the same time.
const LANES = 2;

const cells = matrix.features.flatMap((feature) => feature.cells.map((cell) => ({ ...cell, feature })));
const row_of = (feature) => `tr[data-feature="${feature.subsystem}/${feature.name}"]`;
const selector = (cell) => `${row_of(cell.feature)} td[data-arch="${cell.arch}"]`;
const detail = (cell) => `${selector(cell)} > .detail`;
const visible_details = (page) => page.locator(".detail:visible").count();
// Names stand between backticks in the texts of the matrix, and as code on the page.
const words = (text) => text.replaceAll("`", "").replace(/\s+/g, " ").trim();

// Opens the page in a context of its own, and fails where it talks to anybody or complains.
const visit = async (browser, options, look) => {
  const context = await browser.newContext({ ...DESKTOP, ...options });
  const wrong = [];
  context.on("request", (request) => {
    if (request.url().split("#")[0] !== page_url) wrong.push(`request: ${request.url()}`);
  });
  context.on("weberror", (error) => wrong.push(`error: ${error.error()}`));
  context.on("console", (message) => wrong.push(`console: ${message.text()}`));
  const page = await context.newPage();
  page.setDefaultTimeout(30000);
  await page.goto(page_url);
  await look(page);
  assert.deepEqual(wrong, []);
  await context.close();
};

const picture = async (page, name) => {
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
};

const hash = async (page) => new URLSearchParams(await page.evaluate(() => location.hash.slice(1)));

const is_inside = async (page, locator) => {
  const box = await locator.boundingBox();
  const { width, height } = page.viewportSize();
  return box && box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1;
};

// The detail of a cell says what the matrix knows.
const says_all = async (page, cell) => {
  assert.equal(await visible_details(page), 1, `one detail at a time: ${selector(cell)}`);
  const open = page.locator(detail(cell));
  assert.ok(await open.isVisible(), selector(cell));
  assert.ok(await is_inside(page, open), `the detail is on the screen: ${selector(cell)}`);
  const text = words(await open.innerText());
  const says = (part) => assert.ok(text.includes(words(part)), `${selector(cell)}: "${part}" is not in "${text}"`);
  says(`${cell.feature.name} on ${cell.arch}`);
  if (cell.condition) says(cell.condition);
  if (cell.reason) says(cell.reason);
  if (cell.documented) says(`${cell.documented.path}:${cell.documented.line}`);
  for (const place of cell.evidence) {
    says(`${place.path}:${place.line}`);
    if (place.condition) says(place.condition);
    if (place.note) says(place.note);
  }
  if (cell.defconfigs) {
    const { on, of } = cell.defconfigs;
    says(`Default configurations: ${of > 0 && on.length === of ? `all ${of}` : `${on.length} of ${of}`}`);
    if (on.length !== of) on.forEach(says);
  }
};

// Every visible text has the contrast with its background that WCAG 2 (AA) requires. Returns the text that has not.
const contrast = (page) => page.evaluate(() => {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => {
    const parts = color.slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const ratio = (element, pseudo) => {
    const levels = [light(numbers(getComputedStyle(element, pseudo).color)), light(behind(element))].sort((a, b) => b - a);
    return (levels[0] + 0.05) / (levels[1] + 0.05);
  };
  const low = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest("script, .words, option")) continue;
    seen += 1;
    const found = ratio(element);
    if (found < 4.5) low.add(`${element.tagName}.${element.closest("[class]")?.className}: ${found.toFixed(2)}`);
  }
  for (const input of document.querySelectorAll("input")) {
    const found = ratio(input, "::placeholder");
    if (found < 4.5) low.add(`placeholder: ${found.toFixed(2)}`);
  }
  if (seen < 10) low.add(`only ${seen} texts are seen`);
  return [...low];
});

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// A detail for each kind of cell, and cells from everywhere.
const sample = () => {
  const kinds = new Map();
  for (const cell of cells) {
    const kind = `${cell.state} ${cell.agreement}`;
    if (!kinds.has(kind)) kinds.set(kind, cell);
  }
  const step = Math.max(1, Math.floor(cells.length / CLICKS));
  const spread = cells.filter((_, index) => index % step === 0);
  return [...new Set([...kinds.values(), cells.at(-1), ...spread])];
};

const signs = async (page) => {
  const shown = await page.locator("td[data-arch]").evaluateAll((all) => all.map((cell) => [
    cell.parentNode.dataset.feature + " " + cell.dataset.arch, cell.firstElementChild.textContent, cell.querySelector(".words").textContent,
    getComputedStyle(cell).backgroundColor,
  ]));
  assert.equal(shown.length, cells.length);
  const state = { always: "✓", conditional: "◐", never: "–", undecided: "?" };
  const of_color = new Map();
  cells.forEach((cell, index) => {
    const [name, sign, spoken, color] = shown[index];
    assert.equal(name, `${cell.feature.subsystem}/${cell.feature.name} ${cell.arch}`);
    const against = ["claimed", "denied"].includes(cell.agreement);
    assert.equal(sign, state[cell.state] + (against ? "!" : ""), name);
    assert.equal(spoken, cell.state + (against ? `, ${cell.agreement}` : ""), name);
    of_color.set(color, (of_color.get(color) ?? new Set()).add(cell.state));
  });
  for (const states of of_color.values()) assert.equal(states.size, 1, "a colour means one thing");
};

const mouse = async (page) => {
  await signs(page);
  assert.equal(await visible_details(page), 0);
  await picture(page, "light");
  for (const cell of sample()) {
    await page.locator(selector(cell)).click();
    await says_all(page, cell);
    const head = await page.locator("thead th").first().boundingBox();
    const header = await page.locator("header").boundingBox();
    assert.equal(Math.round(header.y), 0, `the header stays: ${selector(cell)}`);
    assert.ok(head.y >= header.height - 1);
    // The cell that was clicked is not behind its own detail.
    const [box, open] = [await page.locator(selector(cell)).boundingBox(), await page.locator(detail(cell)).boundingBox()];
    assert.ok(box.y + box.height <= open.y + 1, `the cell is seen: ${selector(cell)}`);
  }
  await picture(page, "detail");
  await page.locator(".detail:visible").getByRole("button", { name: "Close" }).click();
  assert.equal(await visible_details(page), 0);
};

const keyboard = async (page) => {
  // The whole matrix is one stop of Tab.
  await page.locator("button[type=reset]").focus();
  await page.keyboard.press("Tab");
  // A scrolled area may be a stop by itself.
  if (!(await page.evaluate(() => document.activeElement.matches("td")))) await page.keyboard.press("Tab");
  await says_all(page, cells[0]);
  await page.keyboard.press("ArrowRight");
  await says_all(page, cells[1]);
  await page.keyboard.press("ArrowDown");
  const width = matrix.architectures.length;
  const below = cells[width + 1];
  await says_all(page, below);
  await page.keyboard.press("ArrowLeft");
  await says_all(page, cells[width]);
  await page.keyboard.press("ArrowUp");
  await says_all(page, cells[0]);
  await page.keyboard.press("ArrowUp");
  await says_all(page, cells[0]);
  assert.equal((await hash(page)).get("cell"), `${cells[0].feature.subsystem}/${cells[0].feature.name}:${cells[0].arch}`);
  await page.keyboard.press("Escape");
  assert.equal(await visible_details(page), 0);
  // Focus returns to the same place.
  await page.locator(selector(below)).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  assert.equal(await visible_details(page), 0, "Escape closes from the button, too");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.name), "feature");
};

const shown_cells = (page) => page.locator("td[data-arch]:visible").evaluateAll((all) => all
  .filter((cell) => getComputedStyle(cell).visibility === "visible")
  .map((cell) => `${cell.parentNode.dataset.feature} ${cell.dataset.arch}`));
const names = (some) => some.map((cell) => `${cell.feature.subsystem}/${cell.feature.name} ${cell.arch}`);

const filters = async (page) => {
  const feature = cells.at(-1).feature.name;
  const arch = matrix.architectures[1];
  const is_named = (cell) => `${cell.feature.subsystem}/${cell.feature.name}`.toLowerCase().includes(feature.toLowerCase());
  await page.getByLabel("Feature").fill(feature);
  assert.equal((await hash(page)).get("feature"), feature);
  assert.deepEqual(await shown_cells(page), names(cells.filter(is_named)));
  await page.getByLabel("Architectures").fill(`${arch}, ${matrix.architectures[0]}`);
  const archs = matrix.architectures.slice(0, 2);
  assert.deepEqual(await shown_cells(page), names(cells.filter((cell) => is_named(cell) && archs.includes(cell.arch))));
  await page.getByRole("button", { name: "Reset filters" }).click();
  await page.waitForFunction(() => !location.hash);
  assert.equal((await shown_cells(page)).length, cells.length);
  for (const status of ["conditional", "TODO", "agrees", "claimed", "none"]) {
    const fits = cells.filter((cell) => [cell.state, cell.agreement, cell.documented?.status ?? "none"].includes(status));
    await page.getByLabel("Status").selectOption(status);
    assert.equal((await hash(page)).get("status"), status);
    assert.deepEqual(await shown_cells(page), names(fits), status);
    assert.equal(await page.locator("output").innerText(), fits.length === 1 ? "1 cell" : `${fits.length} cells`);
    const heads = await page.locator("thead th:visible").allTextContents();
    const used = matrix.architectures.filter((arch) => fits.some((cell) => cell.arch === arch));
    assert.deepEqual(heads.slice(1).map((head) => head.trim()), used, "no column is empty");
    await picture(page, `status-${status}`);
  }
  // The number of contradictions is a click away from the cells.
  const against = cells.filter((cell) => ["claimed", "denied"].includes(cell.agreement));
  const button = page.getByRole("button", { name: "contradict Kconfig" });
  assert.equal(await button.innerText(), `${against.length} of ${cells.length} cells contradict Kconfig`);
  if (against.length) {
    await button.click();
    assert.equal((await hash(page)).get("status"), "against");
    assert.deepEqual(await shown_cells(page), names(against));
    const total = await page.locator("tfoot td.sum").last().innerText();
    assert.equal(total, `${against.filter((cell) => cell.actual === "yes").length} !${against.length}`);
    await picture(page, "against");
  }
  await page.getByRole("button", { name: "Reset filters" }).click();
  const sums = await page.locator("tbody td.sum").allInnerTexts();
  assert.deepEqual(sums.map((sum) => parseInt(sum, 10)), matrix.features.map((feature) => feature.cells.filter((cell) => cell.actual === "yes").length));
  // The address brings everything back.
  const conditional = cells.find((cell) => cell.state === "conditional") ?? cells[0];
  const state = new URLSearchParams({ status: conditional.state, arch: conditional.arch, cell: `${conditional.feature.subsystem}/${conditional.feature.name}:${conditional.arch}` });
  await page.goto("about:blank");
  await page.goto(`${page_url}#${state}`);
  assert.equal(await page.getByLabel("Status").inputValue(), conditional.state);
  assert.equal(await page.getByLabel("Architectures").inputValue(), conditional.arch);
  await says_all(page, conditional);
  assert.deepEqual(await shown_cells(page), names(cells.filter((cell) => cell.state === conditional.state && cell.arch === conditional.arch)));
};

const sticky = async (page) => {
  const head = page.locator("thead th").nth(1);
  const name = page.locator("tbody th[scope=row]").last();
  const corner = page.locator("thead th").first();
  const boxes = () => Promise.all([head, name, corner].map((locator) => locator.boundingBox()));
  for (const [width, height] of [[320, 200], [480, 600]]) {
    await page.setViewportSize({ width, height });
    // Of a very low window all belongs to the table.
    await page.locator(".scroll").evaluate((area) => { area.scrollIntoView(); area.scrollTo(0, 0); });
    const before = await boxes();
    const [right, down] = await page.locator(".scroll").evaluate((area) => {
      area.scrollTo(area.scrollWidth, area.scrollHeight);
      return [area.scrollLeft, area.scrollTop];
    });
    assert.ok(height > 200 || (down > 0 && right > 0), "there is something to scroll");
    const after = await boxes();
    assert.ok(Math.abs(after[0].y - before[0].y) < 1, "architectures stay above");
    assert.ok(Math.abs(after[0].x + right - before[0].x) < 1, "and go with their columns");
    assert.ok(Math.abs(after[1].x - before[1].x) < 1, "features stay at the left");
    assert.ok(Math.abs(after[2].x - before[2].x) < 1 && Math.abs(after[2].y - before[2].y) < 1, "the corner stays");
  }
};

const colors = async (page) => {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    assert.deepEqual(await contrast(page), [], scheme);
    // With a detail of each kind open, too.
    const kinds = new Map(cells.map((cell) => [`${cell.state} ${cell.agreement}`, cell]));
    for (const cell of kinds.values()) {
      await page.locator(selector(cell)).click();
      assert.deepEqual(await contrast(page), [], `${scheme}: ${selector(cell)}`);
    }
    await picture(page, `${scheme}-detail`);
    await page.keyboard.press("Escape");
    await picture(page, scheme);
  }
  const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), dark);
};

const paper = async (page) => {
  await page.locator(selector(cells[0])).click();
  await page.emulateMedia({ media: "print" });
  // A4 across with its margins, in CSS pixels.
  await page.setViewportSize({ width: 1062, height: 733 });
  assert.equal(await visible_details(page), 0);
  assert.equal(await page.locator("form:visible").count(), 0);
  assert.equal((await shown_cells(page)).length, cells.length);
  assert.ok((await overflow(page)) <= 0, "it fits the paper");
  const [area, table] = [await page.locator(".scroll").boundingBox(), await page.locator("table").boundingBox()];
  assert.ok(table.width <= area.width && table.height <= area.height + 1, "nothing is cut off");
  assert.equal(await page.locator("thead").evaluate((head) => getComputedStyle(head).display), "table-header-group", "each sheet repeats the head");
  assert.deepEqual(await contrast(page), []);
  await picture(page, "print");
  const pdf = await page.pdf({ preferCSSPageSize: true });
  const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  assert.ok(sheets <= 1 + Math.ceil(matrix.features.length / 20), `${sheets} sheets`);
  if (pictures) fs.writeFileSync(path.join(pictures, "print.pdf"), pdf);
};

const phone = (name) => async (page) => {
  assert.ok((await overflow(page)) <= 0, "the page is not wider than the phone");
  await picture(page, `${name}-top`);
  for (const cell of [cells[0], cells[Math.floor(cells.length / 2)], cells.at(-1)]) {
    await page.locator(selector(cell)).tap();
    await says_all(page, cell);
    const [box, open] = [await page.locator(selector(cell)).boundingBox(), await page.locator(detail(cell)).boundingBox()];
    assert.ok(box.width >= 24 && box.height >= 24, "a finger hits it");
    assert.ok(box.y >= 0 && box.y + box.height <= open.y + 1, `the cell is seen: ${selector(cell)}`);
    await picture(page, `${name}-detail`);
    await page.locator(".detail:visible").getByRole("button", { name: "Close" }).tap();
    assert.equal(await visible_details(page), 0);
  }
  assert.ok((await overflow(page)) <= 0);
  // The filters are folded until the user opens them.
  assert.ok(!(await page.getByLabel("Feature").isVisible()));
  await page.getByText("Filters", { exact: true }).tap();
  await page.getByLabel("Feature").fill(cells[0].feature.name);
  assert.ok((await shown_cells(page)).length >= matrix.architectures.length);
};

// On a wide screen the detail stands beside the table.
const wide = async (page) => {
  await picture(page, "wide");
  const cell = cells[Math.floor(cells.length / 2)];
  await page.locator(selector(cell)).click();
  await says_all(page, cell);
  const [area, open] = [await page.locator(".scroll").boundingBox(), await page.locator(detail(cell)).boundingBox()];
  assert.ok(area.x + area.width <= open.x + 1 && open.height > area.height / 2, "it is beside the table");
  await picture(page, "wide-detail");
};

const plain = async (page) => {
  assert.equal(await page.locator("form:visible").count(), 0);
  assert.equal((await page.locator("td[data-arch]:visible").count()), cells.length);
  assert.deepEqual(
    (await page.locator("thead th").allTextContents()).map((text) => text.trim()), ["Feature", ...matrix.architectures]);
  await picture(page, "no-script");
  const cell = cells.find((cell) => cell.agreement === "claimed") ?? cells[0];
  await page.locator(selector(cell)).click();
  await says_all(page, cell);
  await picture(page, "no-script-detail");
};

const main = async () => {
  // The directory of the profile is made for this run, and removed after it.
  const browser = await chromium.launch({ executablePath: program, args: FLAGS });
  try {
    const looks = { mouse, keyboard, filters, sticky, colors, paper, wide, phone: phone("phone"), aside: phone("phone-aside"), plain };
    const options = { wide: { viewport: { width: 1920, height: 1000 } }, phone: PHONE, aside: PHONE_ASIDE, plain: { javaScriptEnabled: false } };
    const waiting = Object.entries(looks);
    const lane = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [name, look] = next;
        const since = Date.now();
        await visit(browser, options[name] ?? {}, look).catch((error) => {
          throw new Error(`${name}: ${error.message}`, { cause: error });
        });
        console.log(`${name}: ${Date.now() - since} ms`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await browser.close();
  }
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
