/** A held channel: who holds it, who asks for it all the same, and how it is let go. */
import { moveContext } from "./contexts.ts";
import type { AdapterRecord, Holder } from "./records.ts";
import type { World } from "./world.ts";

/** Names the second request of a held channel; `granted` where its line says that it got the channel all the same. */
export function judgeHeld(
  world: World,
  call: string,
  adapter: AdapterRecord,
  misuses: ReturnType<AdapterRecord["life"]["send"]>,
  granted = false,
): void {
  const [misuse] = misuses;
  const { holder } = adapter;
  if (misuse === undefined || holder?.accused === true) return;
  // No line says that the holder got the channel; that another gets it says that the holder did not.
  const suspected = holder?.list?.unsure === true;
  if (suspected && granted) return;
  world.judge.report(misuse.rule, {
    call,
    resource: `adapter 0x${adapter.pointer}`,
    state: adapter.life.state,
    expected: adapter.life.legal,
    since: holder?.line ?? null,
    suspected,
    details: holder === null ? undefined : `held since line ${holder.line} by ${holderText(holder)}`,
  });
  if (holder !== null) holder.accused = true;
}

/** Who holds the channel, in words. */
export function holderText({ list, grant }: Holder): string {
  if (list !== null) return list.pointer === null ? "a list" : `list 0x${list.pointer}`;
  return grant?.base === null || grant?.base === undefined ? "an allocation" : `map registers 0x${grant.base}`;
}

/** The HAL granted although the chart says held: a line is missing, or Windows let it pass. The log is right. */
export function letGo(adapter: AdapterRecord): void {
  moveContext(adapter.holder?.context ?? null, "RELEASE");
  const { state } = adapter.life;
  if (state === "live.inListRoutine" || state === "live.inChannelRoutine") {
    adapter.life.send({ type: "ROUTINE_RETURNED", action: "DeallocateObject" });
  } else if (state === "live.heldByList") {
    adapter.life.send({ type: "FREE_ADAPTER_OBJECT", action: "DeallocateObjectKeepRegisters" });
  } else adapter.life.send({ type: "FREE_ADAPTER_CHANNEL" });
  adapter.holder = null;
}
