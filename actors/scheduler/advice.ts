/**
 * Advice: legal things that a knowledgeable colleague would still raise an eyebrow at. Never findings, because nothing
 * is broken; one sentence with the figures it rests on.
 */
import type { RuleName } from "../../machines/rule.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { Card } from "../../sim/ports.ts";
import type { CardSystem } from "../card_system.ts";
import type { DeviceDescription } from "../hal/device_description.ts";
import { LivingMdl } from "../kernel/living_mdl.ts";
import type { StrategyName } from "./strategy.ts";

/** What advice is about. */
export type AdviceName =
  | "PreallocationGainsNothing"
  | "PreallocationTakesScarceRegisters"
  | Extract<RuleName, "MaxLengthLooksLikeTlp" | "KernelMemoryMappedToUser">;

/** One piece of advice. */
export interface Advice {
  /** What it is about. */
  readonly name: AdviceName;
  /** One sentence with the figures. */
  readonly sentence: string;
}

/** What a run says about the load: the figures that advice on pre-allocation rests on. */
export interface LoadFigures {
  /** The name of the strategy that ran. */
  readonly strategy: string;
  /** Times that an engine was started. */
  readonly transferCount: number;
  /** Interrupts at which the next request was already waiting for the engine. */
  readonly waitedCount: number;
  /** Engines that were started at all: the first start of each cannot have waited. */
  readonly channelCount: number;
  /** The most map registers that the adapters of this device held at one time, each taken by itself. */
  readonly registersPeak: number;
  /** Map registers of all devices together. */
  readonly registersSize: number;
}

/** Obtain resources before the device is free. */
const PREALLOCATING: ReadonlySet<string> = new Set<StrategyName>([
  "prealloc-queue",
  "isr-reprogram",
  "xdma-literal",
  "three-stage",
  "sync-recipe",
  "registered",
]);

/** Below this share of transfers that found their successor waiting, the device is not what requests wait for. */
const BOTTLENECK_SHARE = 0.5;
/** Above this share of the pool, one device's registers are missed by the others. */
const FAIR_SHARE = 0.5;
/** The largest payload of a packet that anybody takes for a transfer; a transfer of one page is already longer. */
const TLP_PAYLOAD_MAX = 512;

/** The figures of a system that has run. */
export function loadFigures({ strategy, channels, hal, deviceObject }: CardSystem<Card>): LoadFigures {
  const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
  const adapters = hal.adapters.filter(({ domain }) => domain.device === deviceObject.name);
  return {
    strategy: strategy.name,
    transferCount: sum(channels.map(({ startedCount }) => startedCount)),
    waitedCount: sum(channels.map(({ idleWithWorkCount }) => idleWithWorkCount)),
    channelCount: channels.filter(({ startedCount }) => startedCount > 0).length,
    registersPeak: sum(adapters.map(({ counters }) => counters.registersPeak)),
    registersSize: hal.mapRegisters.size,
  };
}

/**
 * Obtaining resources early is not for every driver (S2-29): it gains nothing where requests do not wait for the
 * device, and it takes map registers from others where they are scarce.
 */
export function adviseOnPreallocation(figures: LoadFigures): readonly Advice[] {
  const { strategy, transferCount, waitedCount, channelCount, registersPeak, registersSize } = figures;
  if (!PREALLOCATING.has(strategy)) return [];
  const advice: Advice[] = [];
  const followers = transferCount - channelCount;
  if (followers > 0 && waitedCount < BOTTLENECK_SHARE * followers) {
    const sentence = `The device is not the bottleneck: only ${waitedCount} of ${followers} requests waited for it, ` +
      `so ${strategy} gains little over new-model`;
    advice.push({ name: "PreallocationGainsNothing", sentence });
  }
  if (registersPeak > FAIR_SHARE * registersSize) {
    const sentence = `Map registers are scarce: ${strategy} held ${registersPeak} of ${registersSize} at one time, ` +
      "which other devices had to wait for";
    advice.push({ name: "PreallocationTakesScarceRegisters", sentence });
  }
  return advice;
}

/**
 * MaximumLength is the longest transfer, not the payload of one packet (S1-20): with 128, every request longer than a
 * page or two is refused.
 */
export function adviseOnMaximumLength({ maximumLength }: DeviceDescription): readonly Advice[] {
  if (maximumLength > TLP_PAYLOAD_MAX) return [];
  const sentence = `MaximumLength is ${maximumLength} bytes, which looks like the payload of a PCI Express packet: ` +
    "it is the longest transfer, and map registers are granted by it";
  return [{ name: "MaxLengthLooksLikeTlp", sentence }];
}

/**
 * Kernel memory, such as a common buffer, that a process sees works and is unsafe (S1-10, S3-19): the process can
 * change what the driver has checked, it sees what else lies on the pages, and its exit takes the mapping away.
 */
export function adviseOnMapping(mdl: Mdl): readonly Advice[] {
  if (!(mdl instanceof LivingMdl) || mdl.userMapping === null || !mdl.bornNonPaged) return [];
  const { va, lengthBytes } = mdl.userMapping;
  const sentence = `${lengthBytes} bytes of kernel memory are mapped into a process at 0x${va.toString(16)}: ` +
    "it can change them at any moment, and sees the rest of their pages";
  return [{ name: "KernelMemoryMappedToUser", sentence }];
}

/** Everything there is to say about a system that has run. */
export function advise(system: CardSystem<Card>): readonly Advice[] {
  const descriptions = system.hal.adapters.map(({ description }) => description);
  return [
    ...adviseOnPreallocation(loadFigures(system)),
    ...descriptions.flatMap((description) => adviseOnMaximumLength(description)),
  ];
}
