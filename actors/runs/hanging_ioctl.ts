/**
 * The driver of seed 001 as it should have been: limits for the whole buffer, the synchronous Build, a list buffer of
 * non-paged memory, a request that stays pending while the device streams, and a cancel that gives everything back. Or
 * with the latent bugs of the posted one, once its limits are right (S1-7, S1-11, S1-12, S1-32, S1-33).
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import { LARGE_PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import { hexText } from "../../trace/event.ts";
import type { Finding } from "../../trace/event.ts";
import { driverUnload } from "../hal/driver_unload.ts";
import type { ListBuffer } from "../hal/list_buffer.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { Irp, LivingMdl } from "../kernel/mod.ts";
import { wdfDmaEnablerConfigInit, wdfObjectDelete } from "../wdf/mod.ts";
import { DriverBench } from "./driver_bench.ts";
import type { BenchOptions, Version3Operations } from "./driver_bench.ts";
import { patternBytes, sameBytes } from "./pattern.ts";
import { callIoctl, enableDma } from "./user_buffer.ts";
import type { EnabledDma } from "./user_buffer.ts";

/** Which driver. */
export interface HangingIoctlOptions extends BenchOptions {
  /** `true`: BuildScatterGatherList at PASSIVE_LEVEL into paged pool, as posted. Default false. */
  readonly asPosted?: boolean;
}

/** How it went. */
export interface HangingIoctlResult {
  /** Entries of the device's table. */
  readonly entries: number;
  /** The process found what the device had streamed. */
  readonly intact: boolean;
  /** What the request was completed with. */
  readonly status: NtStatus;
  /** Pages locked while the request was pending, and after it. */
  readonly lockedPages: readonly [pending: number, after: number];
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time of the run. */
  readonly simulatedNs: number;
}

const BLOCK_BYTES = 0x1_0000;

/**
 * Runs it: map, stream, cancel, unload.
 *
 * @throws {StrictFinding} with `strict`, at the first error.
 */
export function runHangingIoctl(options: HangingIoctlOptions = {}): HangingIoctlResult {
  const { asPosted = false } = options;
  const bench = new DriverBench(options);
  const { irps, memory, clock, findings } = bench;
  const enabled = enableDma(bench, {
    ...wdfDmaEnablerConfigInit("WdfDmaProfileScatterGather64Duplex", 2 * LARGE_PAGE_SIZE),
    wdmDmaVersionOverride: 3,
  });
  const { irp, mdl } = callIoctl(bench, "large");
  irps.ioMarkIrpPending(irp);
  const buffer = asPosted ? buildAsPosted(bench, enabled, mdl) : build(bench, enabled, mdl);
  const { list } = buffer;
  irps.step(irp, "MAP");
  const table = entriesOf(list);
  bench.tell("descriptors-written", {
    channel: "c2h0",
    sgl: hexText(buffer.va),
    format: "lut64k",
    descriptors: table.map((address) => [hexText(address), BLOCK_BYTES]),
  });
  if (!asPosted) bench.freeChannel(operationsOf(enabled));

  // The request hangs; the device streams.
  list.life.send({ type: "DOORBELL" });
  irps.step(irp, "START");
  const pending = memory.space.lockedUserPages;
  const sent = patternBytes(mdl.byteCount);
  const port = memory.port(bench.deviceObject.name);
  for (const [block, address] of table.entries()) port.write(address, sent, block * BLOCK_BYTES, BLOCK_BYTES);

  cancel(bench, enabled, irp, list);
  const found = new Uint8Array(mdl.byteCount);
  memory.space.read(mmGetMdlVirtualAddress(mdl), found, 0, found.length);
  wdfObjectDelete(enabled.enabler);
  driverUnload(bench.hal);
  return {
    entries: table.length,
    intact: sameBytes(found, sent),
    status: irp.status,
    lockedPages: [pending, memory.space.lockedUserPages],
    findings: [...findings.all],
    simulatedNs: clock.nowNs,
  };
}

function operationsOf({ reader }: EnabledDma): Version3Operations {
  return reader.dmaOperations as Version3Operations;
}

/** As it should have been: sized by GetDmaTransferInfo, non-paged, at DISPATCH_LEVEL, the list there on return. */
function build(bench: DriverBench, enabled: EnabledDma, mdl: LivingMdl): ListBuffer {
  const operations = operationsOf(enabled);
  const length = mdl.byteCount;
  const info = operations.getDmaTransferInfo({ mdl, offset: 0, length, writeOnly: false, version: 1 });
  assert(info.status === "STATUS_SUCCESS", `GetDmaTransferInfo: ${info.status}`);
  const scatterGatherBuffer = bench.createListBuffer(info.transferInfo.scatterGatherListSize);
  return bench.build(operations, mdl, false, scatterGatherBuffer);
}

/** As posted: at whatever IRQL the IOCTL came, into paged pool, with a routine that does nothing. */
function buildAsPosted(bench: DriverBench, enabled: EnabledDma, mdl: LivingMdl): ListBuffer {
  const operations = operationsOf(enabled);
  const range = { mdl, currentVa: mmGetMdlVirtualAddress(mdl), length: mdl.byteCount };
  const sized = operations.calculateScatterGatherList(range);
  assert(sized.status === "STATUS_SUCCESS", `CalculateScatterGatherList: ${sized.status}`);
  const scatterGatherBuffer = bench.createListBuffer(sized.scatterGatherListSize, "paged");
  bench.tell("memory", { va: hexText(scatterGatherBuffer.va), length: scatterGatherBuffer.lengthBytes, pool: "paged" });
  const { status } = operations.buildScatterGatherList({
    ...range,
    deviceObject: enabled.device.deviceObject,
    executionRoutine: () => {},
    context: null,
    writeToDevice: false,
    scatterGatherBuffer,
    scatterGatherLength: scatterGatherBuffer.lengthBytes,
  });
  assert(status === "STATUS_SUCCESS", `BuildScatterGatherList: ${status}`);
  return scatterGatherBuffer;
}

/** The device is stopped first, the list goes back, then the request: its pages are unlocked by the I/O manager. */
function cancel(bench: DriverBench, enabled: EnabledDma, irp: Irp, list: ScatterGatherList): void {
  const { irps } = bench;
  irps.ioCancelIrp(irp);
  list.life.send({ type: "DEVICE_DONE" });
  irps.step(irp, "DEVICE_DONE");
  bench.atDispatch(() => operationsOf(enabled).putScatterGatherList({ scatterGather: list, writeToDevice: false }));
  irps.step(irp, "PUT");
  irps.ioCompleteRequest(irp, "STATUS_CANCELLED");
}

/** Logical addresses of all blocks, by arithmetic inside each element (S1-8). */
function entriesOf({ numberOfElements, addresses, lengths }: ScatterGatherList): Address[] {
  const entries: Address[] = [];
  for (let element = 0; element < numberOfElements; element++) {
    for (let at = 0; at < lengths[element]!; at += BLOCK_BYTES) entries.push(addresses[element]! + at);
  }
  return entries;
}
