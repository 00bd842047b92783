/**
 * A process gives a driver a buffer and ends. Whether its pages are still locked then depends on who locked them and
 * who unlocked them: five drivers, three of them wrong (S1-26 … S1-29; Windows, bug checks 0x76 and 0xCB).
 */
import { assert } from "../../sim/assert.ts";
import type { Finding } from "../../trace/event.ts";
import { driverUnload } from "../hal/driver_unload.ts";
import { DriverBench } from "./driver_bench.ts";
import type { BenchBuffer, BenchOptions } from "./driver_bench.ts";
import { patternBytes, sameBytes } from "./pattern.ts";

/**
 * `no-unlock`: METHOD_NEITHER, the driver locks and never unlocks. `no-unmap`: it unlocks, but leaves its own mapping.
 * `unlocks-direct`: METHOD_OUT_DIRECT, and it unlocks what the I/O manager locked. `locks-itself` and `direct` are
 * right.
 */
export type LockedPagesDriver = "no-unlock" | "no-unmap" | "unlocks-direct" | "locks-itself" | "direct";

/** Which driver. */
export interface LockedPagesOptions extends BenchOptions {
  /** Which of the five. */
  readonly driver: LockedPagesDriver;
}

/** How it went. */
export interface LockedPagesResult {
  /** User pages locked when the driver has the request, after its completion, and when the process has ended. */
  readonly lockedPages: readonly [held: number, completed: number, exited: number];
  /** The process found what the driver wrote through its mapping. */
  readonly intact: boolean;
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time of the run. */
  readonly simulatedNs: number;
}

const BUFFER_BYTES = 4 * 4096;

/**
 * Runs one driver from the request to the end of the process, and to its own.
 *
 * @throws {StrictFinding} with `strict`, at the first error.
 */
export function runLockedPages(options: LockedPagesOptions): LockedPagesResult {
  const { driver } = options;
  const bench = new DriverBench(options);
  const { irps, mdls, memory, findings, clock } = bench;
  const { space } = memory;
  const buffer = bench.allocateBuffer(BUFFER_BYTES);
  const { mdl } = buffer;
  const directIo = driver === "direct" || driver === "unlocks-direct";
  const irp = irps.create({ mdl, length: BUFFER_BYTES, writeToDevice: false, channel: "c2h0", directIo });
  assert(irp !== null, "The I/O manager takes the request");
  if (!directIo) mdls.mmProbeAndLockPages(mdl, "UserMode", "IoWriteAccess");
  const held = space.lockedUserPages;

  // The driver writes through a system address. For direct I/O it takes the shared mapping, which goes with the unlock.
  const va = directIo
    ? mdls.mmGetSystemAddressForMdlSafe(mdl)
    : mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached");
  assert(va !== null, "The system has addresses left");
  const sent = patternBytes(BUFFER_BYTES);
  space.write(va, sent, 0, BUFFER_BYTES);

  if (driver === "locks-itself" || driver === "no-unlock") mdls.mmUnmapLockedPages(va, mdl);
  if (driver !== "no-unlock" && driver !== "direct") mdls.mmUnlockPages(mdl);
  irps.ioCompleteRequest(irp, "STATUS_SUCCESS", BUFFER_BYTES);
  const completed = space.lockedUserPages;
  const intact = reads(bench, buffer, sent);
  // An MDL whose pages are locked cannot be freed; the other one forgets it.
  if (driver === "locks-itself") mdls.ioFreeMdl(mdl);
  const exited = mdls.processExit();
  driverUnload(bench.hal);
  const lockedPages = [held, completed, exited] as const;
  return { lockedPages, intact, findings: [...findings.all], simulatedNs: clock.nowNs };
}

function reads({ memory }: DriverBench, { region }: BenchBuffer, sent: Uint8Array): boolean {
  const found = new Uint8Array(sent.length);
  memory.space.read(region.va, found, 0, found.length);
  return sameBytes(found, sent);
}
