/**
 * What the packet engine of NetAdapterCx, which is built on the same recipe, makes of the status of a Build call
 * (S0-25). From the public source of microsoft/Network-Adapter-Class-Extension.
 */
import type { NtStatus } from "../../machines/ntstatus.ts";

/** `program`: use the list. `retryLater`: when a list was put. `bounce`: copy into a buffer of the engine's own. */
export type NetAdapterStep = "program" | "retryLater" | "bounce";

/**
 * The engine's next step. It cannot tell a lack that passes from one that does not: a packet that needs more map
 * registers than the adapter was granted is retried for ever, so the engine sizes its packets first.
 */
export function netAdapterStep(status: NtStatus): NetAdapterStep {
  if (status === "STATUS_SUCCESS") return "program";
  return status === "STATUS_INSUFFICIENT_RESOURCES" ? "retryLater" : "bounce";
}
