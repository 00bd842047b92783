/** The owner falls asleep and a Worker lays a row down: in every order of their atomic steps nothing stays unseen. */
import { assertEquals } from "@std/assert";
import { Outbox } from "../../actors/threads/outbox.ts";
import { RequestExchange } from "../../actors/threads/request_exchange.ts";
import { createSharedParts } from "../../actors/threads/shared_parts.ts";
import { threadSizes } from "../../actors/threads/sizes.ts";
import { preempted } from "./preempted.ts";

/** An owner with one request out, and the Worker that has it; `bells` counts how often it rang. */
function pair() {
  const { parts, memory } = createSharedParts(threadSizes({ requestCount: 8, ramBytes: 4096 }));
  const exchange = new RequestExchange(parts, memory);
  const seen = { rows: 0, bells: 0 };
  const outbox = new Outbox(parts.completions[0]!, new Int32Array(parts.counters), () => seen.bells++);
  exchange.send({ tag: 0, engine: 0, ramOffset: 0, cardAddress: 0, lengthBytes: 4 });
  const publish = (): void => {
    outbox.lay(0);
    outbox.publish();
  };
  const look = (): void => {
    exchange.receiveThenSleep(() => exchange.receive(() => seen.rows++));
  };
  return { seen, exchange, publish, look };
}

Deno.test("a row that is laid down at any step of falling asleep is seen, or the bell rings", () => {
  for (const asleep of [true, false]) {
    for (let at = 0; at < 24; at++) {
      const { seen, exchange, publish, look } = pair();
      if (asleep) exchange.sleep();
      let published = false;
      preempted(look, at, () => {
        publish();
        published = true;
      });
      if (!published) publish();
      // The owner is back in its event loop: only a bell makes it look again.
      if (seen.rows === 0) {
        assertEquals(seen.bells, 1, `asleep ${asleep}, step ${at}`);
        look();
      }
      assertEquals(seen.rows, 1, `asleep ${asleep}, step ${at}`);
    }
  }
});

Deno.test("an owner that looks at any step of laying down has seen the row, or hears the bell", () => {
  for (let at = 0; at < 24; at++) {
    const { seen, exchange, publish, look } = pair();
    exchange.sleep();
    preempted(publish, at, look);
    if (seen.rows === 0) {
      assertEquals(seen.bells, 1, `step ${at}`);
      look();
    }
    assertEquals(seen.rows, 1, `step ${at}`);
  }
});

Deno.test("a Worker that stops for ever at any step of laying down, right before the bell too, takes it from nobody else", () => {
  for (const asleep of [true, false]) {
    for (let at = 0; at < 12; at++) {
      const { parts, memory } = createSharedParts(threadSizes({ requestCount: 8, ramBytes: 4096 }));
      const exchange = new RequestExchange(parts, memory);
      const counters = new Int32Array(parts.counters);
      let [bells, rows] = [0, 0];
      const stop = (): never => {
        throw new Error("stopped");
      };
      const stopping = new Outbox(parts.completions[0]!, counters, stop);
      const other = new Outbox(parts.completions[1]!, counters, () => bells++);
      for (const tag of [0, 1]) exchange.send({ tag, engine: 0, ramOffset: 0, cardAddress: 0, lengthBytes: 4 });
      const look = (): number => exchange.receiveThenSleep(() => exchange.receive(() => rows++));
      if (asleep) exchange.sleep();
      try {
        stopping.lay(0);
        preempted(() => void stopping.publish(), at, stop);
      } catch { /* It stopped. */ }
      if (!asleep) look();
      other.lay(1);
      other.publish();
      assertEquals(bells, 1, `asleep ${asleep}, step ${at}`);
      look();
      // Its own comes back too, unless it had not shown it.
      assertEquals(rows === 2 || at === 0, true, `asleep ${asleep}, step ${at}`);
    }
  }
});

Deno.test("what is laid down while the bell rings, rings no second one", () => {
  const { seen, exchange, publish, look } = pair();
  exchange.sleep();
  publish();
  publish();
  assertEquals(seen.bells, 1);
  look();
  publish();
  assertEquals(seen.bells, 2);
});
