/** Waves: what they say is what happened, and GTKWave's own tools read them without loss. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { BURST_TIMES, runBurst, runRoundTrip } from "../../actors/mod.ts";
import { Recorder, tee } from "../../trace/event.ts";
import type { ChannelName } from "../../trace/event.ts";
import { VcdTracer } from "../../trace/vcd.ts";
import { VcdFile } from "../../trace/vcd_file.ts";
import { readWaves } from "./vcd_reader.ts";

const FILE = Uint8Array.from({ length: 150_000 }, (_, index) => index * 7);

/** Waves of a round trip with eight channels, and the events behind them. */
function eightChannels(): { text: string; layout: string; recorder: Recorder } {
  let text = "";
  const recorder = new Recorder();
  const vcd = new VcdTracer((piece) => text += piece);
  runRoundTrip({ bytes: FILE, strategy: "isr-reprogram", trace: tee(recorder, vcd), engine: "table" });
  vcd.close();
  return { text, layout: vcd.layout(), recorder };
}

/** What a signal is last set to at each moment, without what does not change. */
function levels(changes: readonly (readonly [number, string])[], first: string): (readonly [number, string])[] {
  const last = new Map(changes);
  let value = first;
  return [[0, last.get(0) ?? first] as const, ...[...last].filter(([at]) => at > 0)].filter(([at, next]) => {
    const isChange = at === 0 || next !== value;
    value = next;
    return isChange;
  });
}

Deno.test("states, counts, addresses and depths in the waves are those of the events", () => {
  const { text, recorder } = eightChannels();
  const { changes } = readWaves(text);
  const expected = (channel: ChannelName): Record<string, (readonly [number, string])[]> => {
    const engine = recorder.events.filter((event) => event.kind === "engine" && event.channel === channel);
    const of = <Kind extends string>(kind: Kind): typeof recorder.events =>
      recorder.events.filter((event) => event.kind === kind);
    return {
      state: engine.map((event) => [event.atNs, event.kind === "engine" ? event.state : ""]),
      run: engine.map((event) => [event.atNs, event.kind === "engine" && event.state === "running" ? "1" : "0"]),
      completed: engine.map((event) => [
        event.atNs,
        event.kind === "engine" ? event.completedCount.toString(2) : "",
      ]),
      descriptor: of("descriptor").flatMap((event) =>
        event.kind === "descriptor" && event.channel === channel ? [[event.atNs, event.address.toString(2)]] : []
      ),
      workToDo: of("queue").flatMap((event) =>
        event.kind === "queue" && event.queue === `work-to-do:${channel}` ? [[event.atNs, event.depth.toString(2)]] : []
      ),
    };
  };
  for (const channel of ["h2c0", "h2c3", "c2h0", "c2h3"] as const) {
    for (const [signal, values] of Object.entries(expected(channel))) {
      const written = changes.get(`dmactor.${channel}.${signal}`) ?? [];
      assert(signal === "workToDo" || written.length > 3, `${channel}.${signal} hardly changes`);
      // The last value at time 0 stands behind the first values of the dump.
      assertEquals(levels(written, "0"), levels(values, signal === "state" ? "idle" : "0"), `${channel}.${signal}`);
    }
  }
});

Deno.test("times of the waves never go back, and each stands there once", () => {
  const { times } = readWaves(eightChannels().text);
  assert(times.length > 100);
  assert(times.every((time, index) => index === 0 || time > times[index - 1]!));
});

Deno.test("a file that broke off after any whole line says what happened up to there", () => {
  const { text } = eightChannels();
  const lines = text.split("\n");
  const whole = readWaves(text).changes;
  for (const part of [0.5, 0.77, 0.98]) {
    const { changes } = readWaves(lines.slice(0, Math.floor(lines.length * part)).join("\n") + "\n");
    assertEquals(changes.size, whole.size);
    for (const [name, list] of changes) assertEquals(list, whole.get(name)?.slice(0, list.length), name);
  }
});

Deno.test("an interrupt line is high from the interrupt to the end of its ISR", () => {
  let text = "";
  const vcd = new VcdTracer((piece) => text += piece, { channels: ["h2c0"] });
  runBurst({ strategy: "isr-reprogram", transferCount: 3, times: BURST_TIMES, trace: vcd });
  vcd.close();
  const irq = readWaves(text).changes.get("dmactor.h2c0.irq")?.slice(1) ?? [];
  assertEquals(irq.map(([, value]) => value), ["1", "0", "1", "0", "1", "0"]);
  for (const index of [0, 2, 4]) assertEquals(irq[index + 1]![0] - irq[index]![0], BURST_TIMES.isrNs);
});

Deno.test("a file of two runs is refused: time would go back", () => {
  const vcd = new VcdTracer(() => {});
  vcd.emit({ kind: "engine", atNs: 5, channel: "h2c0", state: "running", completedCount: 0 });
  assertThrows(
    () => vcd.emit({ kind: "engine", atNs: 4, channel: "h2c0", state: "halted", completedCount: 1 }),
    RangeError,
    "time went back from 5 to 4",
  );
});

Deno.test("signals beyond the ninety-fourth get longer codes, and no two the same", () => {
  let text = "";
  const file = new VcdFile((piece) => text += piece);
  for (let index = 0; index < 300; index++) file.declare("all", `s${index}`, { type: "wire" }, index % 2);
  file.begin();
  file.close();
  const { changes } = readWaves(text);
  assertEquals([...changes.values()].map(([change]) => change?.[1]), Array.from({ length: 300 }, (_, i) => `${i % 2}`));
});

Deno.test("the GTKWave layout groups every signal of the file under its channel", () => {
  const { text, layout } = eightChannels();
  const shown = layout.split("\n").filter((line) => line.startsWith("dmactor.")).map((name) =>
    name.replace(/\[.*/, "")
  );
  assertEquals(shown.sort(), [...readWaves(text).changes.keys()].sort());
  assert(layout.includes("@200\n-c2h3\n"));
  assert(layout.includes("@22\ndmactor.h2c0.descriptor[63:0]\n"));
});

/** True if GTKWave's converters are installed. */
function hasConverters(): boolean {
  try {
    return new Deno.Command("vcd2fst", { args: ["--help"], stdout: "null", stderr: "null" }).outputSync().code >= 0;
  } catch {
    return false;
  }
}

Deno.test({
  name: "vcd2fst and fst2vcd bring every wave back as it was (skipped where GTKWave is not installed)",
  ignore: !hasConverters(),
  fn: () => {
    const { text } = eightChannels();
    const folder = Deno.makeTempDirSync();
    try {
      Deno.writeTextFileSync(`${folder}/run.vcd`, text);
      const run = (command: string, args: string[]): Uint8Array => {
        const { code, stdout, stderr } = new Deno.Command(command, { args, cwd: folder }).outputSync();
        assertEquals(code, 0, new TextDecoder().decode(stderr));
        return stdout;
      };
      run("vcd2fst", ["run.vcd", "run.fst"]);
      run("fst2vcd", ["-f", "run.fst", "-o", "back.vcd"]);
      const back = readWaves(Deno.readTextFileSync(`${folder}/back.vcd`));
      const { changes } = readWaves(text);
      assertEquals([...back.changes.keys()].sort(), [...changes.keys()].sort());
      for (const [name, list] of changes) {
        assertEquals(levels(back.changes.get(name) ?? [], ""), levels(list, ""), name);
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
