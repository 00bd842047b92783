/** A request that is refused its list ends alone: those behind it on the channel still go. */
import { assertEquals } from "@std/assert";
import { allocateBuffer } from "../../actors/runs/buffers.ts";
import { System } from "../../actors/system.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";

for (const strategy of ["new-model", "prealloc-queue", "isr-reprogram", "three-stage"] as const) {
  Deno.test(`under ${strategy} a list refused for want of memory does not hold up the requests behind it [X-4, S4-1]`, () => {
    const system = new System({ strategy, h2cCount: 1, c2hCount: 0, poolFaults: { failAll: true }, engine: "table" });
    const ended: NtStatus[] = [];
    system.scheduler.onCompleted(({ status }) => {
      // Memory comes back after two requests were refused.
      if (ended.push(status) === 2) system.memory.pool.setFaults({});
    });
    system.scheduler.start([]);
    for (let tag = 0; tag < 6; tag++) {
      const { mdl } = allocateBuffer(system, 8192);
      system.scheduler.submit({ channelIndex: 0, mdl, lengthBytes: 8192, cardAddress: 0, tag, directIo: true });
    }
    system.run();
    const refused: NtStatus = "STATUS_INSUFFICIENT_RESOURCES";
    const expected: NtStatus[] = [refused, refused, ...Array<NtStatus>(4).fill("STATUS_SUCCESS")];
    assertEquals(ended, expected);
    assertEquals(system.irps.outstanding, 0);
    assertEquals(system.findings.errors, []);
  });
}
