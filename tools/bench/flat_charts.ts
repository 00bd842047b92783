/** The charts that have a flat table. */
import { StateMachine } from "xstate";
import { UncompilableChart } from "../../fastpath/rows.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import { compileTable } from "../../fastpath/table.ts";
import * as machines from "../../machines/mod.ts";

/** Every one of them, by its name in machines/. */
export function flatCharts(): [string, AnyLifecycle][] {
  return Object.entries(machines as Record<string, unknown>).filter((entry): entry is [string, AnyLifecycle] =>
    isFlat(entry[1])
  );
}

function isFlat(chart: unknown): chart is AnyLifecycle {
  if (!(chart instanceof StateMachine)) return false;
  try {
    compileTable(chart);
    return true;
  } catch (error) {
    if (error instanceof UncompilableChart) return false;
    throw error;
  }
}
