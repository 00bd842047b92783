/** Whether a routine may be called at the level of its line, and where to call it instead. */
import type { CallLine } from "./log_line.ts";
import type { AdapterRecord } from "./records.ts";
import { ADAPTER_ROUTINES } from "./routine_table.ts";
import type { Level } from "./routine_table.ts";
import { irqlText, pointer } from "./values.ts";
import type { World } from "./world.ts";

const PASSIVE_LEVEL = 0;
const APC_LEVEL = 1;
const DISPATCH_LEVEL = 2;

const AT_PASSIVE = "Call it at PASSIVE_LEVEL: while the device starts or stops, or from a work item.";
const UP_TO_DISPATCH = "Raise to DISPATCH_LEVEL around the call (KeRaiseIrql), or make it in a DPC.";
const DOWN_TO_DISPATCH = "Leave the call to a DPC: IoRequestDpc from the ISR.";

/** `vector`: bug check 0x1DC names a wrong level of the vector routines. `atIsr`: an ISR runs on this processor. */
export function judgeLevel(
  { judge }: World,
  line: CallLine,
  level: Level,
  adapter: AdapterRecord | null,
  { atIsr = false, vector = false }: { readonly atIsr?: boolean; readonly vector?: boolean } = {},
): void {
  const { irql, name: call } = line;
  const state = adapter?.life.state ?? "";
  const site = { call, resource: subjectOf(line), state, since: null, beside: true, byItself: !atIsr };
  const dmaRoutine = ADAPTER_ROUTINES.has(call) || call === "IoGetDmaAdapter";
  if (dmaRoutine && (atIsr || (irql !== null && irql > DISPATCH_LEVEL))) {
    const details = atIsr ? "an ISR runs on this processor" : "called at DIRQL";
    judge.report("HalCallAtDirql", { ...site, details });
    return;
  }
  if (irql === null || level === "any") return;
  const exact = level === "=PASSIVE" ? PASSIVE_LEVEL : level === "=DISPATCH" ? DISPATCH_LEVEL : null;
  const highest = exact ?? (level === "<=APC" ? APC_LEVEL : DISPATCH_LEVEL);
  if (exact === null ? irql <= highest : irql === exact) return;
  const details = `called at ${irqlText(irql)}, expected ${exact === null ? "at most " : ""}${irqlText(highest)}`;
  const fix = highest === PASSIVE_LEVEL ? AT_PASSIVE : irql < highest ? UP_TO_DISPATCH : DOWN_TO_DISPATCH;
  if (vector) judge.report("CommonBufferVectorMisuse", { ...site, details, fix, kind: "1" });
  else if (exact !== null) judge.report("WrongIrql", { ...site, details, fix, kind: dmaRoutine ? "1" : "kernel" });
  else judge.report("IrqlTooHigh", { ...site, details, fix, kind: dmaRoutine ? "2" : "kernel" });
}

/** What a routine is called on: its first argument that has a life, or the routine itself. */
function subjectOf({ name, args }: CallLine): string {
  for (const [parameter, what] of SUBJECTS) {
    const at = pointer(args[parameter]);
    if (at !== null) return `${what} 0x${at}`;
  }
  return name;
}

const SUBJECTS: readonly (readonly [parameter: string, what: string])[] = [
  ["DmaAdapter", "adapter"],
  ["Irp", "irp"],
  ["MemoryDescriptorList", "mdl"],
  ["Mdl", "mdl"],
  ["DmaTransaction", "transaction"],
  ["DmaEnabler", "enabler"],
  ["Object", "object"],
];
