// Photographs of pages for the documents, of the first screen, of one part or of `all`:
// `node shot.mjs FOLDER WIDTH FILE.png [light|dark] [SELECTOR]`.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [folder, width, file, scheme, part] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const viewport = { width: Number(width), height: 1000 };
const context = await browser.newContext({ viewport, colorScheme: scheme === "dark" ? "dark" : "light" });
const page = await context.newPage();
await page.goto(pathToFileURL(resolve(folder, "report.html")).href);
// Beyond the first screen, a core is chosen.
if (part && await page.$("#chip-busiest")) await page.click("#chip-busiest");
const path = resolve(file);
if (part === "all") await page.screenshot({ path, fullPage: true });
else if (part) await page.locator(part).screenshot({ path });
else await page.screenshot({ path });
await browser.close();
