/** `--inspect --threads`: the scheduler's actor as an inspector sees it, while its Workers run. */
import { assert, assertEquals } from "@std/assert";
import { demo } from "../../examples/demo.ts";
import { fileOf, listening } from "../stories/teller.ts";

interface Message {
  readonly type: string;
  readonly sessionId: string;
  readonly createdAt: string;
  readonly snapshot?: { readonly value: string };
}

Deno.test("an inspector sees the scheduler on threads start, run, drain and stop", async () => {
  const messages: Message[] = [];
  const { host, heard } = listening({ odd: fileOf(300_001) });
  const line = { url: "here", send: (text: string) => void messages.push(JSON.parse(text)), ended: async () => {} };
  const args = ["eight-channels", "--threads", "--file", "odd", "--inspect", "0"];
  const status = await demo(args, { ...host, openInspector: () => line });
  assertEquals([status, heard.err.split("\n")[0]], [0, "Waiting for an inspector: open here (Ctrl-C ends),"]);
  assertEquals([...new Set(messages.map(({ sessionId }) => sessionId))], ["isr-reprogram-on-threads/scheduler"]);
  const states = messages.flatMap(({ snapshot }) => snapshot === undefined ? [] : [snapshot.value]);
  const changes = states.filter((state, index) => state !== states[index - 1]);
  assertEquals(changes, ["stopped", "starting", "running", "draining", "stopped"]);
  // In the card's time, which is what the threads have in common.
  const times = messages.map(({ createdAt }) => createdAt);
  assertEquals(times, times.toSorted());
  assert(times.at(-1)! > times[0]!, times.at(-1));
});
