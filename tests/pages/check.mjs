// Opens pages of reports in headless Chromium as readers do: on three widths, with the pointer, with
// the keyboard alone, and with axe-core. `node check.mjs FOLDER...` fails at the first page that has a
// message on its console, scrolls sideways, hides something from the keyboard, or tells other
// numbers than the CSV files beside it.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WIDTHS = [400, 900, 1600];
const MOST_MS = 1000;
const MOST_BYTES = 5e6;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
  "--disable-background-networking", "--disable-component-update", "--disable-quic"];

const rows = (folder, name) => {
  const [header, ...lines] = readFileSync(join(folder, name), "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, n) => [names[n], cell])));
};
const toldNumbers = (page, box) => page.$$eval(`${box} dd[data-value]`, (cells) =>
  Object.fromEntries(cells.map((cell) => [cell.dataset.name, cell.dataset.value])));
// Pages have picojoules and picoseconds, files microjoules and microseconds.
const same = (told, row, names, what) => {
  for (const name of names) {
    const column = name.replace(/_pj$/, "_uj").replace(/_ps$/, "_us");
    const [of, by] = [Number(row[column]), Number(told[name]) / (column === name ? 1 : 1e6)];
    assert.ok(Math.abs(of - by) <= 1e-9 * Math.abs(of), `${what}: ${name}: ${by}, in files ${of}`);
  }
};

// Points at the chosen core, chooses it, and goes on with an arrow key.
async function chip(page, folder) {
  const cores = rows(folder, "cores.csv");
  const names = ["spikes", "packets", "packets_in", "synaptic_operations", "energy_dynamic_pj"];
  await page.click("#chip-busiest");
  const core = Number(await page.$eval("#chip-told", (box) => box.dataset.core));
  const load = (row) => Number(row.packets) + Number(row.packets_in);
  assert.equal(load(cores[core]), Math.max(...cores.map(load)), "the busiest core");
  same(await toldNumbers(page, "#chip-told"), cores[core], names, `core ${core}`);
  const flows = rows(folder, "flows.csv").filter((row) => Number(row.from_core) === core);
  const most = flows.sort((a, b) => b.packets - a.packets)[0];
  const said = await page.textContent("#chip-told");
  if (most) assert.ok(said.includes(`core ${most.to_core} (`), `a partner of core ${core}: ${said}`);

  await page.focus("#chip-mesh");
  await page.keyboard.press("Escape");
  const box = await page.locator("#chip-mesh").boundingBox();
  let pointed = null;
  for (let n = 0; n < 400 && pointed === null; n += 1) {
    const [across, down] = [(n % 20 + 0.5) / 20, (Math.floor(n / 20) + 0.5) / 20];
    await page.mouse.move(box.x + box.width * across, box.y + box.height * down);
    const title = await page.textContent("#chip-told strong");
    pointed = /^Core (\d+)/.exec(title)?.[1] ?? null;
  }
  assert.notEqual(pointed, null, "no core is told where the pointer is");
  same(await toldNumbers(page, "#chip-told"), cores[pointed], names, `core ${pointed}`);

  await page.focus("#chip-mesh");
  await page.keyboard.press("ArrowRight");
  const keyed = await page.$eval("#chip-told", (told) => told.dataset.core);
  same(await toldNumbers(page, "#chip-told"), cores[keyed], names, `core ${keyed}`);
  for (const metric of await page.$$eval("#chip-metric option", (all) => all.map((o) => o.value))) {
    await page.selectOption("#chip-metric", metric);
  }
}

async function steps(page, folder) {
  const latency = rows(folder, "latency.csv");
  const box = await page.locator("#step-times").boundingBox();
  await page.locator("#step-times").scrollIntoViewIfNeeded();
  await page.hover("#step-times", { position: { x: box.width * 0.6, y: box.height / 2 } });
  const step = Number(/(\d+)$/.exec(await page.textContent("#step-told strong"))[1]);
  const names = ["step_time_ps", "generation_ps", "receive_ps", "network_ps", "sync_ps"];
  same(await toldNumbers(page, "#step-told"), latency[step - 1], names, `step ${step}`);
  await page.focus("#step-raster");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const told = await toldNumbers(page, "#step-told");
  const next = Math.min(step + 1, latency.length);
  same(told, rows(folder, "steps.csv")[next - 1], ["spikes"], `step ${next}`);
}

// Every control and every figure takes the focus, in an order, and lets it go.
async function keyboard(page) {
  const wanted = await page.$$eval(
    "a[href], button, select, input, [tabindex='0'], summary",
    (all) => all.filter((one) => one.checkVisibility({ visibilityProperty: true })).length,
  );
  await page.evaluate(() => { document.activeElement.blur(); window.scrollTo(0, 0); });
  const reached = await page.evaluate(async () => {
    const able = [...document.querySelectorAll("a[href], button, select, input, [tabindex='0'], summary")]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }));
    return able.filter((one) => { one.focus(); return document.activeElement === one; }).length;
  });
  assert.equal(reached, wanted, "something cannot be focused");
  for (let n = 0; n < 5; n += 1) await page.keyboard.press("Tab");
}

async function tips(page) {
  const shown = await page.$$("[data-tip]");
  for (const one of shown.slice(0, 3)) {
    const tip = await one.getAttribute("data-tip");
    if (!(await one.isVisible())) continue;
    await one.hover();
    assert.equal(await page.textContent("#tip"), tip);
    assert.equal(await page.isVisible("#tip"), true);
  }
}

async function check(browser, folder) {
  const path = join(folder, "report.html");
  assert.ok(statSync(path).size < MOST_BYTES, `${path} is too large`);
  for (const width of WIDTHS) {
    const colorScheme = width === 900 ? "dark" : "light";
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) said.push(request.url());
    });
    await page.goto(pathToFileURL(path).href);
    const ms = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
    const [inner, outer] = await page.evaluate(() =>
      [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(inner <= outer, `${path} scrolls sideways at ${width}: ${inner} > ${outer}`);
    await tips(page);
    if (await page.$("#chip-mesh")) await chip(page, folder);
    if (await page.$("#step-times") && existsSync(join(folder, "latency.csv"))) await steps(page, folder);
    await keyboard(page);
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => window.axe.run());
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    assert.deepEqual(serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((n) => n.html)]), []);
    assert.deepEqual(said, [], `messages of ${path} at ${width}`);
    if (width === 1600) {
      console.log(`${path}: ${statSync(path).size} bytes, loaded in ${Math.round(ms)} ms`);
      assert.ok(ms < MOST_MS, `${path} takes ${ms} ms`);
    }
    await context.close();
  }
}

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  for (const folder of process.argv.slice(2)) await check(browser, resolve(folder));
} finally {
  await browser.close();
}
