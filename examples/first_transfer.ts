/** One transfer: 64 KiB go to the card, and what lies there afterwards is what was sent. Run it with `deno run`. */
import { allocateBuffer, fillBuffer, Prng, System } from "../mod.ts";

const prng = new Prng("first transfer");
const sent = Uint8Array.from({ length: 65_536 }, () => prng.below(256));
const system = new System({ strategy: "isr-reprogram" });
const buffer = allocateBuffer(system, sent.length);
fillBuffer(system, buffer, sent);
system.scheduler.onCompleted(({ status, completedNs }) => console.log(`${status} after ${completedNs / 1000} µs`));
const { mdl } = buffer;
const request = { channelIndex: 0, mdl, lengthBytes: sent.length, cardAddress: 0, tag: 1, directIo: true };
system.scheduler.start([request]);
system.scheduler.submit(request);
system.run();
system.close();
const arrived = system.card.cardMemory.read(0, sent.length);
const equal = sent.every((byte, index) => byte === arrived[index]);
console.log(equal ? "ok: the card holds what was sent" : "not ok: the card holds something else");
if (!equal) Deno.exit(1);
