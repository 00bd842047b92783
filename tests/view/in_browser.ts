/// <reference lib="dom" />
/**
 * The page in a real browser, from `deno task view` to the screen: prints a line for each thing that holds or does not.
 * `--screenshot FILE` renews the picture of the README. Driven by a test; runs alone with
 * `deno run -A tests/view/in_browser.ts`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { BURST_TIMES, PerfettoTracer, runBurst } from "../../mod.ts";
import { chromiumPath } from "./chromium.ts";
import { build, event, get, init, on } from "../check/log.ts";

const { screenshot } = parseArgs(Deno.args, { string: ["screenshot"] });
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };
const MEASURE = "dmactor draw";
const TEN_THOUSAND = "?story=burst&transfers=10000&strategy=new-model&engine=table&bytes=4096";

const failures: string[] = [];

/** Says whether something holds. */
function hold(sentence: string, holds: boolean, why: unknown = ""): void {
  console.log(`${holds ? "ok    " : "FAILED"} ${sentence}${holds ? "" : `: ${why}`}`);
  if (!holds) failures.push(sentence);
}

/** The server as the task starts it, with the task's permissions. */
async function startServer(...args: string[]): Promise<{ url: string; child: Deno.ChildProcess }> {
  const script = new URL("../../tools/view.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-net=127.0.0.1", "--allow-read", "--allow-run", script, "--port=0", ...args],
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let said = "";
  for await (const bytes of child.stdout.values({ preventCancel: true })) {
    said += decoder.decode(bytes, { stream: true });
    if (said.includes("\n")) break;
  }
  return { url: said.match(/http:\S+/)?.[0] ?? "", child };
}

/** A request without a browser's help: it may lie about its host. Returns the first line of the answer. */
async function rawAnswer(port: number, lines: readonly string[]): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode([...lines, "connection: close", "", ""].join("\r\n")));
  const text = await new Response(connection.readable).text();
  return text.split("\r\n")[0] ?? "";
}

async function opened(browser: Browser, url: string, dark = false, size = WIDE): Promise<Page> {
  const page = await browser.newPage({ viewport: size, colorScheme: dark ? "dark" : "light" });
  page.on("pageerror", ({ message }) => hold("no script of the page fails", false, message));
  page.on("console", (message) => {
    if (message.type() === "error") hold("the browser has nothing to complain about", false, message.text());
  });
  await page.goto(url);
  await isTold(page);
  return page;
}

async function isTold(page: Page): Promise<void> {
  await page.waitForFunction(
    () => /byte came back|closed form|events|makes/i.test(document.getElementById("verdict")?.textContent ?? ""),
    null,
    { timeout: 30_000 },
  );
  await frames(page);
}

/** What was changed is drawn. */
async function frames(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** The text of the first element that fits. */
async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().textContent() ?? "").trim();
}

/** How many colours a canvas shows: an empty one has one. */
function coloursOf(page: Page, selector: string): Promise<number> {
  return page.evaluate((each) => {
    const canvas = document.querySelector<HTMLCanvasElement>(each)!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  }, selector);
}

async function drop(page: Page, name: string, contents: string): Promise<void> {
  await page.evaluate(([fileName, text]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text!], fileName!));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
  }, [name, contents]);
}

/** What `--trace` writes of a small run. */
function savedTimeline(): string {
  let text = "";
  const trace = new PerfettoTracer((piece) => text += piece, { channels: ["h2c0"] });
  runBurst({ strategy: "new-model", transferCount: 8, times: BURST_TIMES, transferBytes: 4096, trace });
  trace.close();
  return text;
}

// The page draws, plays and steps -------------------------------------------------------------------------------------

async function storyIsShown(browser: Browser, url: string): Promise<void> {
  const page = await opened(browser, url);
  hold("two strategies stand beside each other", await page.locator(".run").count() === 2);
  hold("eight lanes are drawn in colours", await coloursOf(page, ".run canvas") > 4);
  hold("queues are plotted", await page.locator("#plots canvas").count() >= 2);
  hold("a chart is shown with its state lit", (await text(page, "#chart .state.lit text")).startsWith("idle"));
  hold("the story says its verdict", (await text(page, "#verdict")).includes("isr-reprogram"));

  const numbers: number[] = [];
  for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft"]) {
    await page.keyboard.press(key);
    await frames(page);
    numbers.push(parseInt((await text(page, "#event-number")).slice("event ".length)));
  }
  const [first = NaN, second = NaN, third = NaN] = numbers;
  hold("arrows step to the next event and back", first > 0 && second > first && third === first, numbers);
  const shown = await text(page, ".event.now time");
  hold("the list shows where the position is", shown === await text(page, "#clock"), shown);

  await page.keyboard.press("Space");
  await page.waitForTimeout(300);
  await page.keyboard.press("Space");
  await frames(page);
  const played = await text(page, "#clock");
  hold("the space bar plays", !played.startsWith("0.000"), played);
  await page.waitForTimeout(150);
  hold("and pauses", await text(page, "#clock") === played);

  await page.fill("#filter", "PutScatterGatherList");
  await page.waitForFunction(() => document.querySelector(".event b")?.textContent === "PutScatterGatherList");
  const rows = await page.locator(".event b").allTextContents();
  hold("the event list is filtered", rows.length > 3 && rows.every((each) => each === "PutScatterGatherList"), rows);
  await page.locator(".event").nth(2).click();
  hold("a click on an event goes there", await text(page, ".event.now time") === await text(page, "#clock"));
  await page.fill("#filter", "");

  await page.fill("#actor", "irp:3");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() =>
    document.querySelector("#chart-picture")?.getAttribute("aria-label")?.includes("irp")
  );
  hold("any actor's chart is shown", await page.locator("#chart title").count() > 0);
  await page.locator("#overview").focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.getElementById("state")!.textContent === "completed");
  hold("and follows the position", true);

  const before = await text(page, ".run .head span");
  await page.fill("#seed", "7");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.search.includes("seed=7"));
  await isTold(page);
  hold("another seed is told again", page.url().includes("seed=7"), before);
  await page.selectOption("#strategy-b", "copy");
  await page.waitForFunction(() => document.querySelectorAll(".run h2")[1]?.textContent === "copy");
  hold("another strategy stands there instead", true);
  await page.close();
}

async function filesAreOpened(browser: Browser, url: string): Promise<void> {
  const page = await opened(browser, url);
  const put = on("PutScatterGatherList", { ScatterGather: "0xB1", WriteToDevice: true });
  const log = [get(), init(), build(), event("doorbell", { channel: "h2c0", sgl: "0xB1" })];
  log.push(event("device-done", { channel: "h2c0", sgl: "0xB1", status: "STATUS_SUCCESS" }), put, put);
  await drop(page, "driver.jsonl", log.join("\n"));
  await page.waitForSelector(".finding-card");
  const card = await text(page, ".finding-card");
  hold("a call log that is dropped shows its finding", card.includes("SglDoublePut") && card.includes("Line 7"), card);
  hold("with what to do instead", /Put|list/.test(await text(page, ".finding-card .fix")));
  await page.click(".finding-card");
  await page.waitForFunction(() => document.getElementById("clock")!.textContent!.startsWith("6.000"));
  hold("a click on a finding goes to its time", true);
  await drop(page, "burst.json", savedTimeline());
  await page.waitForFunction(() => document.querySelector(".run h2")?.textContent === "burst.json");
  await frames(page);
  hold("a saved timeline that is dropped shows its lanes", await coloursOf(page, ".run canvas") > 4);
  hold("and its queues", await page.locator("#plots canvas").count() === 1);
  await drop(page, "photo.png", "\u0089PNG");
  await page.waitForSelector("#verdict.refused");
  hold("another file is refused with a sentence", (await text(page, "#verdict")).startsWith('Cannot open "photo.png"'));
  await page.close();
}

async function fitsAndIsReadable(browser: Browser, url: string): Promise<void> {
  for (const [size, dark] of [[WIDE, true], [NARROW, false]] as const) {
    const page = await opened(browser, url, dark, size);
    const { scrollWidth, paper } = await page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      paper: getComputedStyle(document.documentElement).backgroundColor,
    }));
    const name = `${size.width} pixels wide, ${dark ? "dark" : "light"}`;
    hold(`nothing sticks out at ${name}`, scrollWidth <= size.width, scrollWidth);
    const brightness = Math.max(...paper.match(/\d+/g)!.map(Number));
    hold(`the paper is ${dark ? "dark" : "light"} at ${name}`, dark === brightness < 128, paper);
    await page.close();
  }
}

async function otherStories(browser: Browser, url: string): Promise<void> {
  const page = await opened(browser, `${url}?story=burst&strategy=classic`);
  hold("a story's address opens that story, alone", await page.locator(".run").count() === 1);
  await page.goto(`${url}?strategy=classic,copy,registered&file=64+KiB`);
  await page.waitForFunction(() => document.querySelectorAll(".run select option").length === 6);
  await page.locator(".run select").nth(1).selectOption({ label: "registered" });
  await page.waitForFunction(() => document.querySelectorAll("#plots b")[1]?.textContent === "Queues, registered");
  hold("of three runs any two can stand beside each other", true);
  await page.selectOption("#story", "races");
  await page.waitForFunction(() => document.getElementById("verdict")!.textContent!.includes("token"), null, {
    timeout: 20_000,
  });
  hold("a story without a run says what it says", (await text(page, "#told pre")).length > 100);
  await page.goto(`${url}?story=dance`);
  await page.waitForFunction(() => document.getElementById("verdict")!.textContent!.startsWith("There is no story"));
  hold("an address with no story of ours says so", (await page.locator(".run").count()) === 0);
  await page.close();
}

// Ten thousand requests -----------------------------------------------------------------------------------------------

async function staysSmooth(browser: Browser, url: string): Promise<void> {
  const page = await opened(browser, url + TEN_THOUSAND);
  for (const [what, zooms] of [["the whole run", 0], ["a 64th of it", 6]] as const) {
    for (let i = 0; i < zooms; i++) await page.keyboard.press("+");
    const { draws, gaps } = await page.evaluate(scrub, MEASURE);
    const [usual, worst] = [draws[draws.length >> 1] ?? NaN, draws.at(-1) ?? NaN];
    const figures = `drawn in ${usual.toFixed(1)} ms, at worst ${worst.toFixed(1)}; frames ${
      (gaps[gaps.length >> 1] ?? NaN).toFixed(1)
    } ms apart, at worst ${(gaps.at(-1) ?? NaN).toFixed(1)}`;
    console.log(`figure 10 000 requests, ${what}: ${figures}`);
    hold(
      `every frame of scrubbing ${what} was drawn, the usual one under 50 ms`,
      draws.length >= 40 && usual < 50,
      figures,
    );
  }
  await page.close();
}

/** Runs in the page: drags the position over the strip, a step a frame, and says how long frames took. */
async function scrub(measure: string): Promise<{ draws: number[]; gaps: number[] }> {
  const strip = document.getElementById("overview")!;
  const { left, top, width } = strip.getBoundingClientRect();
  const gaps: number[] = [];
  strip.setPointerCapture = () => {};
  strip.hasPointerCapture = () => true;
  const point = (type: string, x: number): void => {
    strip.dispatchEvent(new PointerEvent(type, { clientX: left + x, clientY: top + 9, pointerId: 1, bubbles: true }));
  };
  performance.clearMeasures(measure);
  point("pointerdown", 0);
  let lastMs = 0;
  for (let frame = 0; frame < 45; frame++) {
    const nowMs = await new Promise<number>((drawn) => requestAnimationFrame(drawn));
    if (lastMs > 0) gaps.push(nowMs - lastMs);
    lastMs = nowMs;
    point("pointermove", (frame * 37) % width);
  }
  const draws = performance.getEntriesByName(measure).map(({ duration }) => duration);
  const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);
  return { draws: sorted(draws), gaps: sorted(gaps) };
}

// The server ----------------------------------------------------------------------------------------------------------

async function serverRefuses(url: string): Promise<void> {
  const port = Number(new URL(url).port);
  const own = `host: 127.0.0.1:${port}`;
  const answers: [string, string[], string][] = [
    ["its own page", [own], "200"],
    ["another host's name", ["host: evil.example"], "421"],
    ["another origin", [own, "origin: http://evil.example"], "403"],
    ["another site", [own, "sec-fetch-site: cross-site"], "403"],
  ];
  for (const [what, headers, status] of answers) {
    const first = await rawAnswer(port, ["GET / HTTP/1.1", ...headers]);
    hold(`the server answers ${status} to ${what}`, first.includes(` ${status}`), first);
  }
  const outside = await rawAnswer(port, ["GET /../deno.json HTTP/1.1", own]);
  hold("the server serves nothing outside its bundle", / (?:400|404)/.test(outside), outside);
  const script = new URL("../../tools/view.ts", import.meta.url).pathname;
  const args = ["run", "--no-check", "--allow-net=127.0.0.1", "--allow-read", "--allow-run", script, `--port=${port}`];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const said = new TextDecoder().decode(stderr).trim();
  hold("a taken port is one sentence", code === 1 && said.includes("is taken") && !said.includes("\n"), said);
}

async function takePicture(browser: Browser, url: string, path: string): Promise<void> {
  const page = await opened(browser, url, true, { width: 1280, height: 1044 });
  await page.fill("#actor", "channel:h2c1");
  await page.keyboard.press("Enter");
  await page.locator("#overview").focus();
  await page.keyboard.press("+");
  await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".run canvas")!;
    const { left, top, width } = canvas.getBoundingClientRect();
    const at = { clientX: left + width * 0.42, clientY: top + 40, pointerId: 1, bubbles: true };
    canvas.setPointerCapture = () => {};
    canvas.dispatchEvent(new PointerEvent("pointerdown", at));
  });
  await page.waitForTimeout(400);
  await page.locator("h1").hover();
  await page.screenshot({ path });
  await page.close();
}

const path = chromiumPath();
if (path === undefined) throw new Error("There is no Chromium here");
// A person's browser is there before the page is.
const browser = await chromium.launch({ executablePath: path, args: ["--no-sandbox"] });
const startMs = performance.now();
const { url, child } = await startServer();
const servedMs = performance.now() - startMs;
try {
  const page = await opened(browser, url);
  const drawnMs = performance.now() - startMs;
  console.log(
    `figure from the command to a drawn page: ${Math.round(drawnMs)} ms, ${
      Math.round(servedMs)
    } of them until it is served`,
  );
  await page.close();
  if (screenshot !== undefined) await takePicture(browser, url, screenshot);
  await Promise.all([
    storyIsShown(browser, url),
    filesAreOpened(browser, url).then(() => fitsAndIsReadable(browser, url)),
    otherStories(browser, url).then(() => serverRefuses(url)),
  ]);
  // Alone, because it is measured.
  await staysSmooth(browser, url);
} catch (error) {
  hold("the test comes to its end", false, error);
} finally {
  await browser.close();
  child.kill("SIGTERM");
  await child.stdout.cancel();
  await child.status;
}
console.log(
  `${failures.length === 0 ? "ok" : "FAILED"}: ${failures.length} failures, ${
    Math.round(performance.now() - startMs)
  } ms`,
);
Deno.exit(failures.length === 0 ? 0 : 1);
