/**
 * The bad luck of a random world: a plan drawn from its seed, and what strikes where.
 *
 * ```text
 * allocatorFailure   the kernel pool has no memory            GetScatterGatherList is refused
 * interruptLost      a message never arrives                  the timer finds it
 * dpcDelayed         a DPC comes late                         even after one that was requested later
 * descriptorRead     a descriptor fetch ends with an error    status bits 23:19
 * dataRead           a data read ends with an error           status bits 13:9
 * dataWrite          a data write gets lost                   posted: neither card nor driver is told
 * writeBack          a poll-mode write-back gets lost         posted, too: the timer finds it
 * brokenDescriptor   the card sees a wrong magic              status bit 4
 * engineHangs        descriptor fetch is halted              busy for ever: the timer resets the function
 * cardMemory         a place on the card answers with errors  C2H status bits 10:9; H2C a silent stop: the timer
 * earlyInterrupt     the message comes before the status      the ISR finds an engine at work
 * ```
 * A driver in such a world has a timer, or a lost interrupt would be the end of it. Nothing strikes before the driver
 * has started: what it needs for its whole life it has. PCI Express, posted requests; PG195, channel status register.
 */
import { assert } from "../../sim/assert.ts";
import { linkTimeNs } from "../../sim/card/link.ts";
import { COMMON } from "../../sim/card/registers.ts";
import { drawFaultPlan, FaultSource, NO_FAULTS } from "../../sim/faults.ts";
import type { FaultPlan } from "../../sim/faults.ts";
import type { BusStatus } from "../../sim/ports.ts";
import { Prng } from "../../sim/prng.ts";
import type { Address, Nanoseconds } from "../../sim/units.ts";
import type { System } from "../system.ts";
import type { FilePart } from "./round_trip.ts";
import { ToldChannel } from "./told_channel.ts";
import { Watchdog } from "./watchdog.ts";
import type { WatchdogAct } from "./watchdog.ts";

/** Faults of the bus and of the card, beside those of the host. */
const CARD_FAULTS = [
  "descriptorRead",
  "dataRead",
  "dataWrite",
  "writeBack",
  "brokenDescriptor",
  "earlyInterrupt",
  "engineHangs",
  "cardMemory",
] as const;

/** A fault that can strike in a random world. */
export type WorldFault = "allocatorFailure" | "interruptLost" | "dpcDelayed" | typeof CARD_FAULTS[number];

/** Lists are kept and used again, so allocations are rare; pieces of data are many, and a reset hits every channel. */
const WEIGHTS: Readonly<Record<string, number>> = {
  allocatorFailure: 3,
  dataRead: 0.1,
  dataWrite: 0.1,
  engineHangs: 0.3,
  cardMemory: 0.3,
  iommuFault: 0,
  busError: 0,
};
/** Of so many worlds, one has faults. */
const FAULTY_ONE_IN = 3;
/** Of so many drivers in worlds with faults, one is impatient; about how much. */
const IMPATIENT_ONE_IN = 6;
const IMPATIENT_NS_MIN: Nanoseconds = 2_000;
const IMPATIENT_NS_MAX: Nanoseconds = 22_000;
const EARLY_NS_MAX: Nanoseconds = 50_000;
/** A transfer ends in time if it shares its direction with seven others, and its status comes late. */
const SHARERS = 8;
const LATENCY_NS: Nanoseconds = 2 * EARLY_NS_MAX;
const SGDMA_COMMON = 0x6000;
/** By then a world has come to its end, whatever was lost. */
const END_NS: Nanoseconds = 500_000_000;
const RESERVE_COUNTS = [0, 0, 1, 3] as const;

/** What goes wrong in a world, and what its driver keeps for that day. */
export interface WorldTrouble {
  /** The faults; none in a world without trouble. */
  readonly plan: FaultPlan;
  /** Emergency sets of a driver that asks for lists by Get. 0: it has none, and is refused when memory has run out. */
  readonly reserveCount: number;
  /** Its timer has less patience than a transfer may take, and gives up what would have ended by itself. */
  readonly impatient: boolean;
}

/** Nothing goes wrong. */
export const NO_TROUBLE: WorldTrouble = { plan: NO_FAULTS, reserveCount: 0, impatient: false };

/** Draws the trouble of the world of a seed, apart from all else; `always`: none is spared. */
export function drawTrouble(seed: number, always = false): WorldTrouble {
  const prng = new Prng(seed).fork("faults");
  const faulty = prng.below(FAULTY_ONE_IN) === 0;
  const reserveCount = prng.pick(RESERVE_COUNTS);
  const impatient = prng.below(IMPATIENT_ONE_IN) === 0;
  if (!faulty && !always) return NO_TROUBLE;
  const plan = drawFaultPlan({
    seed: `world ${seed}`,
    cardFaults: CARD_FAULTS,
    weights: WEIGHTS,
    maxProbability: 0.3,
    participation: 0.4,
    maxDelayNs: EARLY_NS_MAX,
  });
  return { plan, reserveCount, impatient };
}

/** The faults of one run. */
export class WorldFaults {
  /** Parts of the file whose way back to the host was lost: who asked for them was told that they arrived. */
  readonly lostWrites: FilePart[] = [];
  readonly #struck = new Map<string, number>();
  readonly #brokenBytes: Address[] = [];
  /** Its driver gives up what would have ended by itself. */
  readonly impatient: boolean;
  readonly #plan: FaultPlan;
  readonly #source: FaultSource;
  readonly #prng: Prng;
  #dog: Watchdog | null = null;

  /** Of what was drawn; the same plan strikes in the same way. */
  constructor({ plan, impatient }: WorldTrouble) {
    this.impatient = impatient;
    this.#plan = plan;
    this.#source = new FaultSource(plan);
    this.#prng = new Prng(plan.seed).fork("details");
  }

  /** What the timer did. */
  get acts(): readonly WatchdogAct[] {
    return this.#dog?.acts ?? [];
  }

  /** How often a fault struck. Allocations that failed are counted by the pool. */
  struck(name: WorldFault): number {
    return this.#struck.get(name) ?? 0;
  }

  /** The same of all that struck. */
  strikes(): Record<string, number> {
    return Object.fromEntries(this.#struck);
  }

  /** Puts the faults into a world whose driver has started, and starts its timer. No transfer is longer than that. */
  attach(system: System, transferBytes: number): void {
    const { memory, deviceObject, driver, interrupts, channels } = system;
    const told = channels.map(({ device }) => {
      assert(device instanceof ToldChannel, "Faults need channels that say what they work on");
      return device;
    });
    const allocator = this.#plan.faults.find(({ name }) => name === "allocatorFailure");
    memory.pool.setFaults({ probability: allocator?.probability ?? 0 });
    interrupts.filter((vector) => this.#strikes(system, "interruptLost", `vector ${vector}`) ? "lose" : "deliver");
    driver.delayDpcs(() => this.#strikes(system, "dpcDelayed", "DPC") ? this.#source.delayNs("dpcDelayed") : 0);
    for (const channel of told) channel.onStart = () => this.#aim(system, channel);

    const port = memory.port(deviceObject.name);
    const watch = port.onAccess;
    port.onAccess = (busAddress, lengthBytes, write) => {
      watch?.(busAddress, lengthBytes, write);
      if (this.#hits(system, told, busAddress, lengthBytes, write)) {
        port.failNext(this.#prng.between(1, 5) as BusStatus);
      }
    };
    this.#dog = new Watchdog(system, this.#timeoutNs(system, transferBytes));
    this.#dog.start();
    system.clock.at(END_NS, () => {
      const { pendingCount } = system.clock;
      assert(pendingCount === 0, `the world does not come to rest: ${pendingCount} timers are pending at ${END_NS} ns`);
    });
  }

  #timeoutNs({ card: { link } }: System, transferBytes: number): Nanoseconds {
    if (this.impatient) return this.#prng.between(IMPATIENT_NS_MIN, IMPATIENT_NS_MAX);
    const transferNs = Math.max(linkTimeNs(link, "h2c", transferBytes), linkTimeNs(link, "c2h", transferBytes));
    return LATENCY_NS + Math.ceil(SHARERS * transferNs);
  }

  /** Before a doorbell: what the card itself will do wrong. */
  #aim(system: System, channel: ToldChannel): void {
    const { card, card: { faults } } = system;
    const { index, name } = channel;
    if (this.#strikes(system, "engineHangs", name)) {
      card.write32(card.configBar, SGDMA_COMMON + COMMON.descriptorControlW1S, channel.fetchBit);
    }
    if (this.#strikes(system, "brokenDescriptor", name)) {
      faults.arm({ fault: "corruptedMagic", channel: index, after: this.#prng.below(4) });
    }
    if (this.#strikes(system, "earlyInterrupt", name)) {
      faults.arm({ fault: "lateStatus", channel: index, delayNs: this.#source.delayNs("earlyInterrupt") });
    }
    this.#breakCardMemory(system, channel);
  }

  /** A byte of the card that is broken stays so: it strikes whoever comes there. */
  #breakCardMemory(system: System, { onCard: { cardAddress, lengthBytes }, name }: ToldChannel): void {
    if (this.#source.strikes("cardMemory")) {
      const byte = cardAddress + this.#prng.below(lengthBytes);
      system.card.cardMemory.setFault(byte, 1, this.#prng.pick([1, 2]));
      this.#brokenBytes.push(byte);
    }
    const isHit = this.#brokenBytes.some((byte) => byte >= cardAddress && byte < cardAddress + lengthBytes);
    if (isHit) this.#note(system, "cardMemory", name);
  }

  /** True if this access of the card fails. What is no data is a descriptor, read, or a write-back, written. */
  #hits(
    system: System,
    channels: readonly ToldChannel[],
    busAddress: Address,
    lengthBytes: number,
    write: boolean,
  ): boolean {
    const where = `0x${busAddress.toString(16)}`;
    const direction = write ? "c2h" : "h2c";
    for (const channel of channels) {
      const offset = channel.direction === direction ? channel.cardAddressOf(busAddress) : -1;
      if (offset < 0) continue;
      if (!this.#strikes(system, write ? "dataWrite" : "dataRead", where)) return false;
      if (write) this.lostWrites.push({ offset, length: lengthBytes });
      return true;
    }
    return this.#strikes(system, write ? "writeBack" : "descriptorRead", where);
  }

  #strikes(system: System, name: WorldFault, details: string): boolean {
    if (!this.#source.strikes(name)) return false;
    this.#note(system, name, details);
    return true;
  }

  #note({ trace, clock }: System, name: WorldFault, details: string): void {
    this.#struck.set(name, this.struck(name) + 1);
    if (!trace.on) return;
    const notice = { kind: "notice", source: "faults", name: "FaultInjected" } as const;
    trace.emit({ ...notice, atNs: clock.nowNs, details: `${name}: ${details}` });
  }
}
