/** Routines that are for one kind of device only: those of system DMA, and the lists of version 3 for bus masters. */
import type { CallLine } from "./log_line.ts";
import type { AdapterRecord } from "./records.ts";
import type { World } from "./world.ts";

/** Windows DDI, the page of each routine: true for bus masters, false for system DMA. */
const FOR_MASTERS: ReadonlyMap<string, boolean> = new Map([
  ["GetScatterGatherListEx", true],
  ["BuildScatterGatherListEx", true],
  ["ReadDmaCounter", false],
  ["ConfigureAdapterChannel", false],
  ["CancelMappedTransfer", false],
]);

/** Names a routine of the other kind, where the log says what kind of device it is. */
export function judgeKind({ judge }: World, { name: call }: CallLine, adapter: AdapterRecord): void {
  const forMasters = FOR_MASTERS.get(call);
  const { master } = adapter;
  if (forMasters === undefined || master === null || master === forMasters) return;
  const details = `the description says ${master ? "bus master" : "system DMA"}`;
  const { state } = adapter.life;
  judge.report("RoutineNotForDevice", {
    call,
    resource: `adapter 0x${adapter.pointer}`,
    state,
    since: adapter.line,
    details,
  });
}
