/** `--inspect`: Stately's three messages over a WebSocket of this machine, in virtual time, for whoever comes late. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES } from "../../actors/mod.ts";
import { irpMachine } from "../../machines/mod.ts";
import type { StatelyMessage } from "../../trace/stately.ts";
import { demo } from "../../examples/demo.ts";
import type { Host } from "../../examples/story.ts";
import { chromiumPath } from "../view/chromium.ts";
import { listening } from "./teller.ts";

const ROOT = new URL("../../", import.meta.url);
const VIEWER = new URL("./inspector_viewer.ts", import.meta.url);
const BROWSER = new URL("./inspector_browser.ts", import.meta.url);

/** A line that keeps what it gets. */
function keeping(): { host: Host; sent: StatelyMessage[]; ports: number[] } {
  const sent: StatelyMessage[] = [];
  const ports: number[] = [];
  const openInspector: Host["openInspector"] = (port) => {
    ports.push(port);
    return { url: "http://here/", send: (text) => void sent.push(JSON.parse(text)), ended: () => Promise.resolve() };
  };
  return { host: { ...listening().host, openInspector }, sent, ports };
}

/** Reads a stream to its end; the first hit comes as soon as it is there. */
function reading(stream: ReadableStream<Uint8Array>, pattern: RegExp): { hit: Promise<string>; end: Promise<void> } {
  const { promise: hit, resolve } = Promise.withResolvers<string>();
  const end = (async () => {
    let text = "";
    // Not TextDecoderStream: beside the page's types of the DOM it is another one.
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      const piece = decoder.decode(bytes, { stream: true });
      text += piece;
      const [found] = text.match(pattern) ?? [];
      if (found !== undefined) resolve(found);
    }
    resolve(text);
  })();
  return { hit, end };
}

/** A burst that is told in a process of its own. */
interface Told {
  /** Where it waits for an inspector. */
  readonly url: string;
  /** How it ends. If nobody has let it go by now, nobody will: it does not wait for ever. */
  readonly ended: () => Promise<number>;
}

const PATIENCE_MS = 10_000;

async function told(...options: string[]): Promise<Told> {
  const args = ["run", "--quiet", "--no-check", "--allow-read", "--allow-net=127.0.0.1", "examples/main.ts", "burst"];
  const story = new Deno.Command(Deno.execPath(), {
    args: [...args, "--strategy", "isr-reprogram", ...options],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { hit, end } = reading(story.stderr, /http:\/\/127\.0\.0\.1:\d+\//);
  const ended = async (): Promise<number> => {
    const timer = setTimeout(() => story.kill(), PATIENCE_MS);
    const { code } = await story.status;
    clearTimeout(timer);
    await end;
    return code;
  };
  return { url: await hit, ended };
}

Deno.test("a viewer that comes when the run is over gets every message in order, strangers get none, then the story ends", async () => {
  const { url, ended } = await told("--engine", "table", "--inspect", "0", "--watch", "irp:7,channel:h2c0");
  const viewer = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-config", "--allow-net=127.0.0.1", VIEWER.href, url],
  }).output();
  assertEquals([await ended(), viewer.code], [0, 0]);
  const [page, ...more] = new TextDecoder().decode(viewer.stdout).trimEnd().split("\n");
  assertEquals(page, "HTTP/1.1 200 OK");
  assertEquals(more.splice(0, 3), Array(3).fill("HTTP/1.1 403 Forbidden"));

  const messages = more.map((line): StatelyMessage => JSON.parse(line));
  assertEquals(new Set(messages.map(({ sessionId }) => sessionId)).size, 2);
  const irp = messages.filter(({ sessionId }) => sessionId === "burst-isr-reprogram/irp:7");
  const [actor, ...steps] = irp;
  assert(actor?.type === "@xstate.actor");
  assertEquals([actor.name, actor.snapshot.value], ["irp:7", "dispatched"]);
  assertEquals(JSON.parse(actor.definition ?? ""), JSON.parse(JSON.stringify(irpMachine.config)));
  // Event and snapshot take turns, and every state of a life without trouble is there.
  assertEquals(
    steps.map(({ type }) => type),
    steps.map((_, index) => index % 2 === 0 ? "@xstate.event" : "@xstate.snapshot"),
  );
  const states = steps.flatMap((message) => message.type === "@xstate.snapshot" ? [message.snapshot.value] : []);
  assertEquals(
    states.filter((state, index) => state !== states[index - 1]),
    ["pending", "mapped", "mappedQueued", "inDevice", "readyToComplete", "unmapped", "completed"],
  );
  // Virtual time: the eighth list is ready after eight setups, one after the other.
  const mapped = steps.find((message) => message.type === "@xstate.snapshot" && message.snapshot.value === "mapped");
  assertEquals(Date.parse(mapped!.createdAt) * 1e6, 8 * BURST_TIMES.setupNs - 8 * BURST_TIMES.setupNs % 1e6);
  assertEquals(mapped!.createdAt, "1970-01-01T00:00:00.001280000Z");
});

const hasBrowser = chromiumPath() !== undefined;

Deno.test({
  name: `the page that a story serves lists its actors, and lights the present state of the chosen one${
    hasBrowser ? "" : " (skipped: there is no Chromium here)"
  }`,
  ignore: !hasBrowser,
  fn: async () => {
    const [page, frame] = await Promise.all([[], ["--framed"]].map(async (more) => {
      const { url, ended } = await told("--inspect", "0", "--watch", "channel:h2c0,adapter");
      const args = ["run", "--quiet", "--no-check", "-A", BROWSER.pathname, url, ...more];
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
      const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
      assertEquals([await ended(), text(stderr)], [0, ""]);
      return text(stdout);
    }));
    assert(page !== undefined && frame !== undefined);
    const texts = ["<h2>burst-isr-reprogram</h2>", "channel:h2c0<small>idle</small>", '<li class="lit">released</li>'];
    for (const text of texts) assert(page.includes(text), `${text} is not on the page`);
    // Whoever sits in the frame gets every message, those from before it was there too.
    const [, count] = page.match(/>(\d+) messages; the run is over/) ?? [];
    assertEquals(frame, `${count} @xstate.actor\n`);
  },
});

Deno.test("every run is a world of its own to the inspector, and the default shows resources and the first request", async () => {
  const { host, sent, ports } = keeping();
  const args = ["burst", "--strategy", "copy,classic", "--inspect", "--engine", "table"];
  assertEquals(await demo(args, host), 0);
  assertEquals(ports, [8080]);
  assertEquals([...new Set(sent.map(({ rootId }) => rootId))], ["burst-copy", "burst-classic"]);
  const actors = sent.flatMap((message) => message.type === "@xstate.actor" ? [message.sessionId] : []);
  assertEquals(new Set(actors).size, actors.length);
  for (const name of ["scheduler", "adapter:0", "channel:h2c0", "irp:0"]) assert(actors.includes(`burst-copy/${name}`));
  assert(!actors.some((name) => name.includes("sgl:")));
});

Deno.test("what runs on table rows is mirrored as XState actors would be, message for message", async () => {
  const told = await Promise.all(["chart", "table"].map(async (engine) => {
    const { host, sent } = keeping();
    const args = ["burst", "--strategy", "isr-reprogram", "--inspect", "--watch", "irp", "--engine", engine];
    assertEquals(await demo(args, host), 0);
    return sent;
  }));
  assert(told[0]!.length > 100);
  assertEquals(told[1], told[0]);
});

Deno.test("where nobody can listen, that is one sentence and exit 2", async () => {
  const sentence = "Cannot --inspect at port 80: no";
  const hosts = { [sentence]: { openInspector: () => sentence }, "Cannot --inspect here: nobody can connect": {} };
  for (const [expected, more] of Object.entries(hosts)) {
    const { host, heard } = listening();
    assertEquals(await demo(["burst", "--inspect", "80"], { ...host, ...more }), 2);
    assertEquals(heard, { out: "", err: `${expected}\n` });
  }
});
