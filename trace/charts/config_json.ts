/** A chart as JSON, the way Stately imports it: the config as written, without what JSON cannot say. */
import type { AnyStateMachine } from "xstate";

/** The config as text. Functions, such as a first context that depends on the input, fall out. */
export function configJson(machine: AnyStateMachine): string {
  return JSON.stringify(machine.config, null, 2) + "\n";
}
