/** What the HAL knows of a misuse when Windows would stop for it: how much of what is left. */
import type { Finding } from "../../trace/event.ts";
import type { CrashFigures } from "../bug_checks.ts";
import type { Hal } from "./hal.ts";

/** The figures of a finding: those of its adapter, or of the only one there is, and those of the whole HAL. */
export function crashFigures(hal: Hal, { resource, rule }: Finding): CrashFigures {
  const { adapters } = hal;
  const adapter = adapters.find(({ name }) => name === resource) ?? (adapters.length === 1 ? adapters[0] : undefined);
  const counters = (adapter === undefined ? adapters : [adapter]).map((each) => each.counters);
  const listsBuilt = counters.reduce((sum, each) => sum + each.listsBuilt, 0);
  const listsPut = counters.reduce((sum, each) => sum + each.listsPut, 0);
  return {
    listsBuilt,
    // The one too many is none of ours, and counts on Windows.
    listsPut: listsPut + (rule === "SglDoublePut" ? 1 : 0),
    listsLeft: listsBuilt - listsPut,
    lockedPages: hal.memory.space.lockedUserPages,
    ...(adapter === undefined ? {} : {
      commonBuffersLeft: adapter.life.context.commonBuffers,
      registersLeft: adapter.counters.registersHeld,
      registersGranted: adapter.numberOfMapRegisters,
      references: 1 + adapter.life.context.lists,
    }),
  };
}
