/** What the owner and its Workers say by message: at the beginning, at the end, and a bell when it fell asleep. */
import type { SharedParts } from "./shared_parts.ts";
import type { Place } from "./team.ts";
import type { CardSettings } from "./worker_card.ts";

/** What a Worker is told, once. */
export interface WorkerOrder {
  /** Its place in the team. */
  readonly place: Place;
  /** The memory. */
  readonly parts: SharedParts;
  /** The card, for the Worker that has it. */
  readonly card: CardSettings;
}

/** What the card had to say at the end. */
export interface CardReport {
  /** Its virtual time, in nanoseconds. */
  readonly nowNs: number;
  /** What it saw and a person should know; the first few. */
  readonly notices: readonly string[];
}

/** What a Worker says. `bell`: there is something in its completion ring. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "bell" }
  | { readonly kind: "stopped"; readonly card: CardReport | null }
  | { readonly kind: "died"; readonly why: string };
