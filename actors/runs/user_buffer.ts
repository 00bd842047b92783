/**
 * The driver of seed 001, as it was posted and as it should have been. A process gives a buffer to an IOCTL
 * (METHOD_OUT_DIRECT); the driver asks the WDM adapter below its enabler how large a list for it would be.
 *
 * ```text
 * a  packet, MaximumLength 128, version 3   Mdl->StartVa of a heap buffer
 * b                                         Mdl->MappedSystemVa
 * c                                         what MmMapLockedPagesSpecifyCache(MmNonCached) returned
 * d                                         what MmGetSystemAddressForMdlSafe returned, 4 MiB of large pages
 * e                                         Mdl->StartVa, 4 MiB of large pages
 * f  scatter/gather, MaximumLength 1024*4   what MmGetSystemAddressForMdlSafe returned, 4 MiB of large pages
 * ```
 * S1-11, S1-14 … S1-16, S1-18 … S1-20.
 */
import type { InsufficientReason, NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import { LARGE_PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { Finding } from "../../trace/event.ts";
import { driverUnload } from "../hal/driver_unload.ts";
import type { DmaAdapter } from "../hal/dma_operations.ts";
import type { Irp, LivingMdl } from "../kernel/mod.ts";
import {
  WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER,
  wdfDeviceCreate,
  wdfDmaEnablerConfigInit,
  wdfDmaEnablerCreate,
  wdfDmaEnablerWdmGetDmaAdapter,
  wdfObjectDelete,
} from "../wdf/mod.ts";
import type { WdfDevice, WdfDmaEnabler, WdfDmaEnablerConfig } from "../wdf/mod.ts";
import { DriverBench } from "./driver_bench.ts";
import type { BenchOptions } from "./driver_bench.ts";

/** What was passed as CurrentVa. `mdlVa` is right: MmGetMdlVirtualAddress. */
export type PassedVa = "startVa" | "mappedSystemVa" | "mappedNonCached" | "systemAddress" | "mdlVa";

/** One call of CalculateScatterGatherList, and what led to it. */
export interface UserBufferOptions extends BenchOptions {
  /** `packet`: WdfDmaProfilePacket64, single transfer, version 3. `duplex`: ScatterGather64Duplex, version 2. */
  readonly profile: "packet" | "duplex";
  /** MaximumLength of the enabler, in bytes. */
  readonly maximumLength: number;
  /** `heap`: 60 bytes inside a page. `large`: 4 MiB of large pages. */
  readonly buffer: "heap" | "large";
  /** What was passed as CurrentVa. */
  readonly passedVa: PassedVa;
}

/** What the routine said. */
export interface UserBufferResult {
  /** Its NTSTATUS. */
  readonly status: NtStatus;
  /** Which of the four causes of STATUS_INSUFFICIENT_RESOURCES it is; null with any other status. */
  readonly reason: InsufficientReason | null;
  /** The numbers that decided. */
  readonly why: string;
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time of the run. */
  readonly simulatedNs: number;
}

/** The six observations of the thread, in its order. */
export const USER_BUFFER_OBSERVATIONS: { readonly [Name in "a" | "b" | "c" | "d" | "e" | "f"]: UserBufferOptions } = {
  a: { profile: "packet", maximumLength: 128, buffer: "heap", passedVa: "startVa" },
  b: { profile: "packet", maximumLength: 128, buffer: "heap", passedVa: "mappedSystemVa" },
  c: { profile: "packet", maximumLength: 128, buffer: "heap", passedVa: "mappedNonCached" },
  d: { profile: "packet", maximumLength: 128, buffer: "large", passedVa: "systemAddress" },
  e: { profile: "packet", maximumLength: 128, buffer: "large", passedVa: "startVa" },
  f: { profile: "duplex", maximumLength: 1024 * 4, buffer: "large", passedVa: "systemAddress" },
};

/** A device under the framework, with one enabler and the adapter for what the device writes. */
export interface EnabledDma {
  /** The framework's device. */
  readonly device: WdfDevice;
  /** Its enabler. */
  readonly enabler: WdfDmaEnabler;
  /** WdfDmaEnablerWdmGetDmaAdapter, WdfDmaDirectionReadFromDevice. */
  readonly reader: DmaAdapter;
}

/** Device and enabler of this bench. */
export function enableDma(bench: DriverBench, config: WdfDmaEnablerConfig): EnabledDma {
  const device = wdfDeviceCreate(bench.hal, { name: bench.deviceObject.name });
  const created = wdfDmaEnablerCreate(device, config);
  assert(created.status === "STATUS_SUCCESS", `WdfDmaEnablerCreate: ${created.status}`);
  const enabler = created.dmaEnabler;
  return { device, enabler, reader: wdfDmaEnablerWdmGetDmaAdapter(enabler, "WdfDmaDirectionReadFromDevice") };
}

/** The process calls DeviceIoControl with a buffer that the device will write. */
export function callIoctl(
  bench: DriverBench,
  buffer: "heap" | "large",
): { readonly irp: Irp; readonly mdl: LivingMdl } {
  const { mdl } = buffer === "heap"
    ? bench.allocateBuffer(60, { byteOffset: 0x123 })
    : bench.allocateBuffer(2 * LARGE_PAGE_SIZE, { pageSize: LARGE_PAGE_SIZE });
  bench.tell("mdl", { mdl: bench.door.pointers.of(mdl), pool: "user", cache: mdl.cache });
  const length = mdl.byteCount;
  const irp = bench.irps.create({ mdl, length, writeToDevice: false, channel: "c2h0", directIo: true });
  assert(irp !== null, "The I/O manager can lock the buffer");
  return { irp, mdl };
}

/**
 * Runs one observation.
 *
 * @throws {StrictFinding} with `strict`, at the first error.
 */
export function runUserBuffer(options: UserBufferOptions): UserBufferResult {
  const { profile, maximumLength, passedVa } = options;
  const bench = new DriverBench(options);
  const { enabler, reader } = enableDma(
    bench,
    profile === "packet"
      ? {
        ...wdfDmaEnablerConfigInit("WdfDmaProfilePacket64", maximumLength),
        wdmDmaVersionOverride: 3,
        flags: WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER,
      }
      : wdfDmaEnablerConfigInit("WdfDmaProfileScatterGather64Duplex", maximumLength),
  );
  const { irp, mdl } = callIoctl(bench, options.buffer);
  const currentVa = addressOf(bench, mdl, passedVa);
  const { calculateScatterGatherList } = reader.dmaOperations;
  assert(calculateScatterGatherList !== undefined, "Versions 2 and 3 have the routine");
  const result = calculateScatterGatherList({ mdl, currentVa, length: mdl.byteCount });

  // Whatever it said, the request is completed; nothing is unmapped, as in the thread.
  if (result.status !== "STATUS_SUCCESS") bench.irps.step(irp, "FAIL");
  bench.irps.ioCompleteRequest(irp, result.status);
  wdfObjectDelete(enabler);
  driverUnload(bench.hal);
  const { status } = result;
  return {
    status,
    reason: status === "STATUS_SUCCESS" ? null : result.reason ?? null,
    why: status === "STATUS_SUCCESS"
      ? `${result.numberOfMapRegisters} map registers, ${result.scatterGatherListSize} bytes of list`
      : result.why ?? "",
    findings: [...bench.findings.all],
    simulatedNs: bench.clock.nowNs,
  };
}

function addressOf({ mdls }: DriverBench, mdl: LivingMdl, passedVa: PassedVa): Address {
  switch (passedVa) {
    case "startVa":
      return mdl.startVa;
    case "mdlVa":
      return mmGetMdlVirtualAddress(mdl);
    case "mappedNonCached":
      return mapped(mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmNonCached"));
    case "systemAddress":
      return mapped(mdls.mmGetSystemAddressForMdlSafe(mdl));
    case "mappedSystemVa":
      mdls.mmGetSystemAddressForMdlSafe(mdl);
      return mdl.mappedSystemVa;
  }
}

function mapped(address: Address | null): Address {
  assert(address !== null, "The system has addresses left");
  return address;
}
