/**
 * A random driver that does everything right: some adapters of any version, transfers of every form that overlap as the
 * recipe allows, and a way out on which nothing is left.
 */
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from "../../sim/kernel/irql.ts";
import { Prng } from "../../sim/prng.ts";
import { bytesToPages, PAGE_SIZE } from "../../sim/units.ts";
import type { DriverStep, Form, GetAdapter, ObtainList } from "./step.ts";

/** Numbers from here on are of no request. */
const NO_REQUEST = 1_000_000;

/** A driver, and what its machine is like. */
export interface LegalDriver {
  readonly seed: number;
  /** Size of the pool that devices with 32 address lines take from. */
  readonly mapRegisters: number;
  /** Lengths in bytes of the driver's buffers. */
  readonly regions: readonly number[];
  readonly steps: readonly DriverStep[];
}

const LENGTHS_BYTES = [16 * 1024, 64 * 1024, 1024 * 1024];
const TRANSFERS_MAX = 8;
const LIST_BYTES = 4096;
const passive = { irql: PASSIVE_LEVEL } as const;
const dispatch = { irql: DISPATCH_LEVEL } as const;

/** Steps that stay together, after each other. */
type Group = readonly DriverStep[];

/** One transfer: what is done in its turn, and what is left for the way out. */
interface Transfer {
  readonly groups: readonly Group[];
  readonly cancels: Group;
  readonly returns: Group;
  readonly last: Group;
}

/** The driver of a seed. */
export function legalDriver(seed: number): LegalDriver {
  const random = new Prng(seed).fork("driver");
  const adapters = Array.from({ length: random.between(1, 3) }, (_, number) => drawAdapter(random, number));
  const regions = Array.from({ length: random.between(1, 4) }, () => random.between(1, 4) * PAGE_SIZE);
  const mapRegisters = random.between(20, 60);
  const writer = new Writer(random, adapters, regions, mapRegisters);
  const transfers = Array.from({ length: random.between(1, TRANSFERS_MAX) }, (_, number) => writer.transfer(number));
  const steps: DriverStep[] = [...adapters, ...interleaved(random, transfers.map(({ groups }) => groups))];

  // The way out: nobody waits any more, everything goes back, and whoever was served by that returns it too.
  steps.push(...transfers.flatMap(({ cancels }) => cancels));
  for (let pass = 0; pass < transfers.length; pass++) steps.push(...transfers.flatMap(({ returns }) => returns));
  steps.push(...transfers.flatMap(({ last }) => last));
  for (const { adapter } of adapters) steps.push({ ...passive, call: "PutDmaAdapter", adapter });
  return { seed, mapRegisters, regions, steps };
}

function drawAdapter(random: Prng, adapter: number): GetAdapter {
  return {
    ...passive,
    call: "IoGetDmaAdapter",
    adapter,
    version: random.pick([1, 2, 3, 3, 3]),
    addressBits: random.chance(0.5) ? 32 : 64,
    scatterGather: random.chance(0.8),
    maximumLength: random.pick(LENGTHS_BYTES),
  };
}

function interleaved(random: Prng, transfers: readonly (readonly Group[])[]): DriverStep[] {
  const left = transfers.map((groups) => [...groups]).filter((groups) => groups.length > 0);
  const steps: DriverStep[] = [];
  while (left.length > 0) {
    const at = random.below(Math.min(3, left.length));
    steps.push(...left[at]!.shift()!);
    if (left[at]!.length === 0) left.splice(at, 1);
  }
  return steps;
}

/** Writes transfers, each with variables of its own. */
class Writer {
  readonly #random: Prng;
  readonly #adapters: readonly GetAdapter[];
  readonly #regions: readonly number[];
  readonly #mapRegisters: number;
  /** Registers that Classic transfers of an adapter may keep at a time. */
  readonly #kept = new Map<number, number>();

  constructor(random: Prng, adapters: readonly GetAdapter[], regions: readonly number[], mapRegisters: number) {
    this.#random = random;
    this.#adapters = adapters;
    this.#regions = regions;
    this.#mapRegisters = mapRegisters;
  }

  transfer(number: number): Transfer {
    const random = this.#random;
    const adapter = random.pick(this.#adapters);
    const kind = random.below(10);
    if (kind === 0) return this.#commonBuffer(number, adapter);
    if (kind === 1) return this.#queue(number);
    const region = random.below(this.#regions.length);
    const bytes = this.#regions[region]!;
    const start = random.chance(0.5) ? 0 : random.below(bytes);
    const length = random.between(1, bytes - start);
    const offset = random.chance(0.7) ? 0 : random.below(length);
    const range = { mdl: number, offset, length: length - offset, writeToDevice: random.chance(0.5) };
    const described: DriverStep = { ...passive, call: "IoAllocateMdl", mdl: number, region, offset: start, length };
    const { before, after } = this.#locking(number, range.writeToDevice);
    // Versions 1 and 2 cannot take a request back, so what waits is served on the way out, and its memory stays.
    const body = kind === 2 || kind === 3
      ? this.#classic(number, adapter, range, start + offset)
      : this.#list(number, adapter, range);
    const groups = [[described, ...before], ...body.groups];
    if (body.waits) return { groups, cancels: body.cancels, returns: body.returns, last: after };
    return { groups: [...groups, after], cancels: body.cancels, returns: body.returns, last: [] };
  }

  /** A buffer of a direct I/O request, or one that the driver locks itself. */
  #locking(number: number, writeToDevice: boolean): { before: Group; after: Group } {
    const random = this.#random;
    if (random.chance(0.5)) {
      const received = { ...passive, call: "a request comes", irp: number, mdl: number, writeToDevice } as const;
      return {
        before: [received, { ...passive, call: "IoMarkIrpPending", irp: number }],
        after: [{ ...dispatch, call: "IoCompleteRequest", irp: number }],
      };
    }
    const on = (call: "MmProbeAndLockPages" | "MmUnlockPages" | "IoFreeMdl"): DriverStep => ({
      ...passive,
      call,
      mdl: number,
    });
    const mapped: Group = random.chance(0.3)
      ? [{ ...dispatch, call: "MmGetSystemAddressForMdlSafe", mdl: number }]
      : random.chance(0.3)
      ? [{ ...dispatch, call: "MmMapLockedPagesSpecifyCache", mdl: number }, {
        ...dispatch,
        call: "MmUnmapLockedPages",
        mdl: number,
      }]
      : [];
    return { before: [on("MmProbeAndLockPages"), ...mapped], after: [on("MmUnlockPages"), on("IoFreeMdl")] };
  }

  #list(number: number, got: GetAdapter, range: Pick<ObtainList, "mdl" | "offset" | "length" | "writeToDevice">) {
    const random = this.#random;
    const { adapter, version } = got;
    const forms: readonly Form[] = version === 3 ? ["kept", "kept", "routine", "later"] : ["later"];
    const form = random.pick(forms);
    const builds = version > 1 && random.chance(0.6);
    const call = version === 3
      ? builds ? "BuildScatterGatherListEx" : "GetScatterGatherListEx"
      : builds
      ? "BuildScatterGatherList"
      : "GetScatterGatherList";
    // A context that one transaction is through with may serve the next one.
    const context = form === "later" ? number : 100 + random.below(2);
    const build = {
      ...dispatch,
      ...range,
      call,
      adapter,
      context,
      form,
      list: number,
      buffer: number,
      bufferBytes: LIST_BYTES,
    } as const;
    const init = { ...dispatch, call: "InitializeDmaTransferContext", adapter, context } as const;
    const obtained = { ...dispatch, only: "obtained" } as const;
    const keepRegisters: IoAllocationAction = "DeallocateObjectKeepRegisters";
    const of = { list: number };
    const free = { ...obtained, call: "FreeAdapterObject", adapter, action: keepRegisters, of } as const;
    const put = { ...obtained, call: "PutScatterGatherList", adapter, list: number } as const;
    const putBack = { ...put, writeToDevice: range.writeToDevice };
    const asked: DriverStep[] = version === 3 ? [init, build] : [build];
    if (version > 1 && random.chance(0.3)) {
      const { mdl, offset, length } = range;
      asked.unshift({ ...dispatch, call: "CalculateScatterGatherList", adapter, mdl, offset, length });
    }
    // The order of an error path: Put first, the channel afterwards.
    const early = form === "kept" && random.chance(0.15);
    if (early) asked.push(putBack, free);
    else if (form === "kept") asked.push(free);
    const device: Group[] = [
      [{ ...obtained, call: "descriptors-written", list: number }, { ...obtained, call: "doorbell", list: number }],
      [{ ...obtained, call: "device-done", list: number }],
    ];
    const waits = form === "later";
    return {
      groups: early ? [asked] : [asked, ...device, [putBack]],
      waits,
      cancels: waits && version === 3 ? [{ ...dispatch, call: "CancelAdapterChannel", adapter, context } as const] : [],
      returns: waits ? [{ ...putBack, only: "left" } as const] : [],
    };
  }

  #classic(
    number: number,
    got: GetAdapter,
    range: Pick<ObtainList, "mdl" | "offset" | "length" | "writeToDevice">,
    startInPage: number,
  ) {
    const { adapter, version } = got;
    const registers = bytesToPages(startInPage % PAGE_SIZE + range.length);
    const limit = Math.min(bytesToPages(got.maximumLength) + 1, this.#mapRegisters);
    const kept = (this.#kept.get(adapter) ?? 0) + registers;
    const none = { groups: [] as Group[], waits: false, cancels: [] as Group, returns: [] as Group };
    if (kept > limit) return none;
    this.#kept.set(adapter, kept);
    const ex = version === 3 && this.#random.chance(0.6);
    const form: Form = ex ? this.#random.pick<Form>(["kept", "routine", "later"]) : "later";
    const action: IoAllocationAction = "DeallocateObjectKeepRegisters";
    const of = { grant: number };
    const obtained = { ...dispatch, only: "obtained" } as const;
    const allocate = {
      ...dispatch,
      call: ex ? "AllocateAdapterChannelEx" : "AllocateAdapterChannel",
      adapter,
      context: number,
      grant: number,
      registers,
      form,
      action,
    } as const;
    const asked: DriverStep[] = ex
      ? [{ ...dispatch, call: "InitializeDmaTransferContext", adapter, context: number }, allocate]
      : [allocate];
    if (form === "kept") asked.push({ ...obtained, call: "FreeAdapterObject", adapter, action, of });
    const transfer = { ...obtained, ...range, adapter, grant: number };
    const give = { ...dispatch, only: "left", call: "FreeMapRegisters", adapter, grant: number, registers } as const;
    const waits = form === "later";
    // What was granted only after the turn to map has no transfer: the flush must not come alone.
    const moved: Group = [{ ...transfer, call: "MapTransfer" }, { ...transfer, call: "FlushAdapterBuffers" }];
    const apart = !waits && this.#random.chance(0.7);
    return {
      groups: apart ? [asked, [moved[0]!], [moved[1]!], [give]] : [asked, moved, [give]],
      waits,
      cancels: waits && ex ? [{ ...dispatch, call: "CancelAdapterChannel", adapter, context: number } as const] : [],
      returns: waits ? [give] : [],
    };
  }

  #commonBuffer(buffer: number, { adapter }: GetAdapter): Transfer {
    const length = this.#random.between(1, 3 * PAGE_SIZE);
    const allocate = { ...passive, call: "AllocateCommonBuffer", adapter, buffer, length } as const;
    const groups = [[allocate], [{ ...allocate, call: "FreeCommonBuffer" } as const]];
    return { groups, cancels: [], returns: [], last: [] };
  }

  #queue(queue: number): Transfer {
    // No request has this number: its LIST_ENTRY would be gone with it.
    const at = { ...dispatch, queue, entry: NO_REQUEST + queue };
    const groups: Group[] = Array.from({ length: 2 + this.#random.below(3) }, (_, index) => [{
      ...at,
      call: index % 2 === 0 ? "ExInterlockedInsertTailList" : "ExInterlockedRemoveHeadList",
    }]);
    return { groups, cancels: [], returns: [], last: [] };
  }
}
