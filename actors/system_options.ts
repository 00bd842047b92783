/** What a person may choose about a world. */
import type { RuleName } from "../machines/rule.ts";
import type { LinkOptions, LinkPreset } from "../sim/card/link.ts";
import type { Timing } from "../sim/card/options.ts";
import type { XdmaCard } from "../sim/card/xdma_card.ts";
import type { HostMemory, Layout, PoolFaults } from "../sim/memory/mod.ts";
import type { Card } from "../sim/ports.ts";
import type { Tracer } from "../trace/event.ts";
import type { Inspector } from "./chart_lives.ts";
import type { DeviceKit } from "./device/device_kit.ts";
import type { Hal } from "./hal/hal.ts";
import type { Lives } from "./life.ts";
import type { ChannelDriver } from "./scheduler/channel_driver.ts";
import type { Costs } from "./scheduler/costs.ts";
import type { ListSource } from "./scheduler/driver.ts";
import type { Strategy, StrategyName } from "./scheduler/strategy.ts";

/** What a person may choose whatever the card is. Every field has a default. */
export interface WorldOptions {
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** Default `isr-reprogram`. */
  readonly strategy?: StrategyName | Strategy;
  /** Default {@link BURST_COSTS}. */
  readonly costs?: Costs;
  /** `chart` (default): resources and requests are XState actors. `table`: rows compiled from the same charts. */
  readonly engine?: "chart" | "table";
  /** Completion by the card's write-back instead of interrupts. Default false. */
  readonly polling?: boolean;

  /** RAM in bytes. Default 64 GiB; costs nothing until written. */
  readonly physicalBytes?: number;
  /** How whole free memory is. Default `mixed`. */
  readonly layout?: Layout;
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Devices snoop the CPU's cache. Default true. */
  readonly coherent?: boolean;
  /** Failures of the kernel's pool. Default none. */
  readonly poolFaults?: PoolFaults;
  /** Size of the map-register pool. Default: the HAL's. */
  readonly mapRegisters?: number;

  /** Longest transfer in bytes. Default 1 MiB. */
  readonly maximumTransferBytes?: number;
  /** Requests a channel takes before it holds further ones back. Default 64. */
  readonly queueDepth?: number;
  /** Processors on which dispatch routines run: each direction has its own, from two on. Default 1. */
  readonly processors?: number;
  /** `shared`: one adapter for all channels. `per-channel`: one each (S0-14). Default `shared`. */
  readonly adapters?: "shared" | "per-channel";
  /** One KDPC per request instead of one per channel that drains. Default false. */
  readonly dpcPerRequest?: boolean;
  /** How lists are obtained, in place of GetScatterGatherList. */
  readonly lists?: (system: SystemParts) => ListSource;

  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
  /** XState inspection of the actor system (engine `chart`). */
  readonly inspect?: Inspector;
  /**
   * Stop at the first error: throws a `BugCheck` with stop code, parameters and what led to it where Windows has one,
   * else a `StrictFinding`. Default false.
   */
  readonly strict?: boolean;
  /** Rules that this world breaks knowingly: their findings become notes (S3-20). Default none. */
  readonly optOut?: readonly RuleName[];
  /** Compare every access of the card with what the driver shares with it (S1-5, S2-10). Default false. */
  readonly watchDeviceAccess?: boolean;
  /** GetDmaAdapterInfo lets drivers bypass the API, where the platform really allows it. Default false. */
  readonly apiBypass?: boolean;
}

/** The options of a world around any card. */
export interface CardSystemOptions<KindOfCard extends Card> extends WorldOptions {
  /** Who builds the card, and opens its channels. */
  readonly device: DeviceKit<KindOfCard>;
}

/** The options of a world around an XDMA card. Every field has a default. */
export interface SystemOptions extends WorldOptions {
  /** H2C channels, 0 to 4. Default 4. */
  readonly h2cCount?: number;
  /** C2H channels, 0 to 4. Default 4. */
  readonly c2hCount?: number;
  /** Default `gen3x16`. */
  readonly link?: LinkPreset | LinkOptions;
  /** Default: as the link has it. */
  readonly timing?: Timing;
  /** Address lines of the device: below 64, high memory is bounced through map registers. Default 64. */
  readonly addressBits?: number;
  /** The device can take many elements. False: the HAL copies into one contiguous run. Default true. */
  readonly scatterGather?: boolean;
  /** A bus master. False, a subordinate of the system's DMA controller, is refused (S2-30). Default true. */
  readonly master?: boolean;
  /** An XDMA card with further options, in place of what the fields above say. Default: they say it all. */
  readonly device?: DeviceKit<XdmaCard>;
}

/** What a list policy may build on. */
export interface SystemParts {
  /** The HAL of this world. */
  readonly hal: Hal;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** The host's memory. */
  readonly memory: HostMemory;
  /** Every channel; to be asked later, there are none yet. */
  readonly channels: () => readonly ChannelDriver[];
}
