/**
 * One transfer whose descriptors a driver fills by itself, with one mistake that it may make. Each mistake stops the
 * engine at a wrong magic word, and the diagnosis tells them apart (S0-28, S0-29, S0-32).
 */
import { assert } from "../../sim/assert.ts";
import {
  adjacentCount,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_MAGIC,
  DESCRIPTOR_WORDS,
  WORD_CONTROL,
  WORD_LENGTH,
  WORD_NEXT,
  WORD_SOURCE,
} from "../../sim/card/descriptor.ts";
import { CHANNEL, CONTROL_RUN, SGDMA, STATUS_LOGGED_BITS } from "../../sim/card/registers.ts";
import { addressFromHalves, highHalf, lowHalf, PAGE_SIZE } from "../../sim/units.ts";
import { hexText } from "../../trace/event.ts";
import type { Finding, TraceValue } from "../../trace/event.ts";
import { diagnoseDescriptors, readDescriptors } from "../device/descriptor_diagnosis.ts";
import type { DescriptorTable } from "../device/descriptor_diagnosis.ts";
import { XDMA_INTERRUPT_ENABLE } from "../device/xdma_channel.ts";
import type { XdmaChannel } from "../device/xdma_channel.ts";
import type { CommonBuffer } from "../hal/dma_operations.ts";
import { driverUnload } from "../hal/driver_unload.ts";
import { DriverBench } from "./driver_bench.ts";
import type { BenchOptions, Version3Operations } from "./driver_bench.ts";
import { patternBytes, sameBytes } from "./pattern.ts";

/**
 * `magic`: one descriptor has another constant in its upper half. `adjacent`: the count of adjacent descriptors ignores
 * the edge of 4 KiB. `cached`: descriptors lie in ordinary cached memory that a list maps once, and are written after
 * that; right where devices snoop, stale where they do not.
 */
export type DescriptorMistake = "none" | "magic" | "adjacent" | "cached";

/** Which driver, on which platform. */
export interface DescriptorOptions extends BenchOptions {
  /** Default `none`. */
  readonly mistake?: DescriptorMistake;
}

/** How it went. */
export interface DescriptorResult {
  /** The engine's status word after the transfer, bits 23:1. */
  readonly engineStatus: number;
  /** Descriptors that the engine completed. */
  readonly completedDescriptors: number;
  /** Descriptors that there were. */
  readonly descriptorCount: number;
  /** Every byte is in the card's memory. */
  readonly intact: boolean;
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time of the run. */
  readonly simulatedNs: number;
}

const TRANSFER_BYTES = 16 * PAGE_SIZE;
/** Two descriptors stand before the edge of the page. */
const FIRST_OFFSET = PAGE_SIZE - 2 * DESCRIPTOR_BYTES;
const BUFFER_BYTES = 2 * PAGE_SIZE;
/** H2C channel 0: registers and SGDMA block (PG195, register space). */
const REGISTERS = 0x0000;
const SGDMA_BLOCK = 0x4000;

/**
 * Runs one transfer.
 *
 * @throws {StrictFinding} with `strict`, at the first error.
 */
export function runDescriptors(options: DescriptorOptions = {}): DescriptorResult {
  const { mistake = "none" } = options;
  const bench = new DriverBench({ layout: "fragmented", ...options });
  const { mdls, memory, card, clock, findings, door } = bench;
  const { operations, dmaAdapter } = bench.getAdapter();
  const place = mistake === "cached" ? inCachedMemory(bench, operations) : inCommonBuffer(operations);
  const descriptors = behind(place.buffer, FIRST_OFFSET);
  const channel = bench.openChannel("h2c", descriptors);

  const { region, mdl } = bench.allocateBuffer(TRANSFER_BYTES);
  mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const sent = patternBytes(TRANSFER_BYTES);
  memory.space.write(region.va, sent, 0, TRANSFER_BYTES);

  const list = bench.build(operations, mdl, true, bench.createListBuffer(4096));
  bench.freeChannel(operations);
  const pieces = list.list;
  const table: DescriptorTable = { ...descriptors, direction: "h2c", pieces, cardAddress: 0 };
  channel.prepare(0, pieces, 0);
  blunder(bench, mistake, table);
  bench.tell("descriptors-written", {
    channel: channel.name,
    sgl: hexText(list.va),
    descriptors: described(bench, table),
  });
  pieces.life.send({ type: "DOORBELL" });
  ring(bench, channel, descriptors.logicalAddress, pieces.numberOfElements);
  clock.run();
  const completedDescriptors = card.read32(card.configBar, REGISTERS + CHANNEL.completedCount);
  if (channel.service() !== "completed") {
    const trouble = diagnoseDescriptors(memory.space, memory.port(bench.deviceObject.name), table);
    assert(trouble !== null, "An engine that stops has met something that its driver or the cache did");
    door.misuse(trouble.rule, "engine stopped", list.name, trouble.details, trouble.field ?? undefined);
  }
  pieces.life.send({ type: "DEVICE_DONE" });
  bench.atDispatch(() => operations.putScatterGatherList({ scatterGather: pieces, writeToDevice: true }));
  const intact = sameBytes(card.cardMemory.read(0, TRANSFER_BYTES), sent);

  mdls.mmUnlockPages(mdl);
  mdls.ioFreeMdl(mdl);
  place.free();
  dmaAdapter.dmaOperations.putDmaAdapter();
  driverUnload(bench.hal);
  return {
    engineStatus: channel.lastStatus & STATUS_LOGGED_BITS,
    completedDescriptors,
    descriptorCount: table.pieces.numberOfElements,
    intact,
    findings: [...findings.all],
    simulatedNs: clock.nowNs,
  };
}

/** Where descriptors lie, and how that memory goes back. */
interface Place {
  readonly buffer: CommonBuffer;
  readonly free: () => void;
}

/** Right: memory that CPU and device share. */
function inCommonBuffer(operations: Version3Operations): Place {
  const buffer = operations.allocateCommonBuffer({ length: BUFFER_BYTES, cacheEnabled: true });
  assert(buffer !== null, "No common buffer for descriptors");
  return { buffer, free: () => operations.freeCommonBuffer(buffer) };
}

/** Wrong where devices do not snoop: the Build routine cleans the cache, and what is written later stays there. */
function inCachedMemory(bench: DriverBench, operations: Version3Operations): Place {
  const { region, mdl } = bench.allocateBuffer(BUFFER_BYTES, { contiguous: true });
  bench.mdls.mmProbeAndLockPages(mdl, "KernelMode", "IoReadAccess");
  const { list } = bench.build(operations, mdl, true, bench.createListBuffer(4096));
  bench.freeChannel(operations);
  const logicalAddress = list.addresses[0]!;
  list.life.send({ type: "READ" });
  return {
    buffer: { virtualAddress: region.va, logicalAddress, length: BUFFER_BYTES, cacheEnabled: true },
    free: () => {
      bench.atDispatch(() => operations.putScatterGatherList({ scatterGather: list, writeToDevice: true }));
      bench.mdls.mmUnlockPages(mdl);
      bench.mdls.ioFreeMdl(mdl);
    },
  };
}

/** The driver's bug, written over descriptors that were right. */
function blunder(
  { memory }: DriverBench,
  mistake: DescriptorMistake,
  { virtualAddress, pieces }: DescriptorTable,
): void {
  const { space } = memory;
  if (mistake === "magic") {
    const third = virtualAddress + 2 * DESCRIPTOR_BYTES;
    space.write32(third, (space.read32(third) & 0xffff) | 0xad4a << 16);
  }
  if (mistake === "adjacent") {
    const adjacent = pieces.numberOfElements - 2;
    space.write32(virtualAddress, (space.read32(virtualAddress) & 0xff) | DESCRIPTOR_MAGIC << 16 | adjacent << 8);
  }
}

/** The doorbell: the first descriptor is a block of its own, so that the driver's own counts decide. */
function ring({ card }: DriverBench, channel: XdmaChannel, first: number, count: number): void {
  channel.life.send({ type: "START" });
  const bar = card.configBar;
  card.write32(bar, REGISTERS + CHANNEL.controlW1C, CONTROL_RUN);
  card.write32(bar, SGDMA_BLOCK + SGDMA.firstLow, lowHalf(first));
  card.write32(bar, SGDMA_BLOCK + SGDMA.firstHigh, highHalf(first));
  card.write32(bar, SGDMA_BLOCK + SGDMA.firstAdjacent, adjacentCount(first, Math.min(1, count)));
  card.write32(bar, REGISTERS + CHANNEL.control, XDMA_INTERRUPT_ENABLE | CONTROL_RUN);
}

/** The descriptors as a driver's own tracing says them: address, length, control word, next. */
function described({ memory }: DriverBench, table: DescriptorTable): TraceValue {
  const words = readDescriptors(memory.space, table);
  assert(words !== null, "A driver can read its own descriptors");
  return Array.from({ length: table.pieces.numberOfElements }, (_, index) => {
    const at = index * DESCRIPTOR_WORDS;
    const address = (word: number): string => hexText(addressFromHalves(words[at + word]!, words[at + word + 1]!));
    return [address(WORD_SOURCE), words[at + WORD_LENGTH]!, hexText(words[at + WORD_CONTROL]!), address(WORD_NEXT)];
  });
}

function behind({ virtualAddress, logicalAddress, length, cacheEnabled }: CommonBuffer, offset: number): CommonBuffer {
  return {
    virtualAddress: virtualAddress + offset,
    logicalAddress: logicalAddress + offset,
    length: length - offset,
    cacheEnabled,
  };
}
