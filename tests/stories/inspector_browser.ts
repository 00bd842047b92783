/**
 * The inspector's page in a real browser, as a process: `inspector_browser.ts URL` prints the page when the run is
 * over; with `--framed`, what another viewer got in a frame of that page: how many messages, and the type of the first.
 */
import { chromium } from "playwright-core";
import { chromiumPath } from "../view/chromium.ts";

const WAIT_MS = 20_000;
/** A viewer as hosted ones are: it says that it is there, rather late, and hears of everything by messages. */
const VIEWER = `<body><script>
const types = [];
addEventListener("message", ({ data }) => {
  types.push(data.type);
  document.body.textContent = types.length + " " + types[0];
});
setTimeout(() => parent.postMessage({ type: "@statelyai.connected" }, "*"), 500);
</script>`;

const [url = "", framed] = Deno.args;
const hosted = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  () => new Response(VIEWER, { headers: { "content-type": "text/html" } }),
);
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"], timeout: WAIT_MS });
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error.message));
  const query = framed === undefined ? "" : `?url=http://127.0.0.1:${hosted.addr.port}/`;
  await page.goto(url + query, { timeout: WAIT_MS });
  await page.getByText("the run is over").waitFor({ timeout: WAIT_MS });
  if (framed === undefined) console.log(await page.content());
  else {
    const got = page.frameLocator("iframe").getByText("@xstate.actor");
    await got.waitFor({ timeout: WAIT_MS });
    console.log(await got.textContent());
  }
} finally {
  await browser.close();
  await hosted.shutdown();
}
