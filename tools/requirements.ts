/**
 * The acceptance list: every claim of the five texts the project started from, as one numbered requirement each, and
 * the invariants that every random run holds. A requirement is done when a test that names its number in brackets in
 * its title would fail without it; `deno task seeds` counts them.
 *
 * Where the sources err, the claim is the corrected one (S0-24, S3-4).
 */

/** What a requirement asks for: a thing that works, a misuse that gets its name, or an invariant of every run. */
export type RequirementKind = "works" | "misuse" | "invariant";

/** One row of the acceptance list. */
export interface Requirement {
  /** Its number, such as `S0-1` or `X-6`. */
  readonly id: string;
  /** The text it comes from (`S0` … `S4`), or `X` for the invariants. */
  readonly group: string;
  readonly kind: RequirementKind;
  /** What must hold, in one line. */
  readonly claim: string;
}

/** Requirements of the first two texts that only ask for a misuse to be named; they come with the checker. */
const NAMED_MISUSES: ReadonlySet<string> = new Set([
  ...["S0-2", "S0-3", "S0-4", "S0-8", "S0-19", "S0-29"],
  ...["S1-5", "S1-10", "S1-12", "S1-18", "S1-20", "S1-27", "S1-29", "S1-33", "S1-34"],
]);

/** Number → claim, in order. */
const CLAIMS: Readonly<Record<string, string>> = {
  // S0: ownership of a scatter/gather list in the synchronous form; an XDMA card with 4 + 4 channels
  "S0-1": "synchronous Get…Ex works with a routine and with an out pointer; both lists equal, covering the MDL",
  "S0-2": "a list (or the channel) still held at PutDmaAdapter is named; crash model 0xE6/0x0A, 0x08",
  "S0-3": "every list obtained, with or without callback, must be put; leaving it out is named",
  "S0-4": "the form without callback needs FreeAdapterObject(DeallocateObjectKeepRegisters); else named",
  "S0-5": "FreeAdapterObject does not replace PutDmaAdapter: the adapter lives on, its Put is still due",
  "S0-6": "after FreeAdapterObject the adapter starts the next transaction with the first list outstanding",
  "S0-7": "each outstanding list holds a reference; PutDmaAdapter is legal only at none",
  "S0-8": "the transfer context is initialised before every transaction; reuse without it is named",
  "S0-9": "at least 24 lists may be outstanding on one adapter",
  "S0-10": "building in a loop ends with INSUFFICIENT_RESOURCES exactly at floor(pool / R)",
  "S0-11": "the loop resumes on a Put with as many builds as fit, and on new I/O alone",
  "S0-12": "a second Build before FreeAdapterObject is refused (channelBusy) and named, also from another CPU",
  "S0-13": "the one-at-a-time limit is per adapter: two adapters interleave freely",
  "S0-14": "IoGetDmaAdapter may be called again: 8 adapters carry 8 transfers at the same time",
  "S0-15": "8 adapters wait less for the HAL's lock than one under the same load",
  "S0-16": "the six steps in order are accepted; every swap and omission is classified",
  "S0-17": "a transfer by the six steps makes four HAL calls",
  "S0-18": "waiting for the hardware by interrupt or by polling gives the same result",
  "S0-19": "putting a list before the hardware is done with the memory is named",
  "S0-20": "Build uses the caller's memory, Get allocates and then caches; the lists are equal",
  "S0-21": "a list that the HAL allocated differs in allocation cost only",
  "S0-22": "the asynchronous form still exists beside the synchronous one: the whole matrix of forms",
  "S0-23": "below 100 000 IOPS the framework is advised; our fast path goes beyond 100 000 a second",
  "S0-24": "the framework offers immediate execution with a callback only, never without a routine",
  "S0-25": "a netadapter preset follows the recipe with its order of calls and its mapping of statuses",
  "S0-26": "descriptors live in a pool of common buffers that stays constant over 10 000 transfers",
  "S0-27": "common buffers answer an aligned logical address for masks 31, 63, 4095 and 65535",
  "S0-28": "a wrong magic stops the engine; the report gives channel, descriptor, found and expected",
  "S0-29": "on a coherent platform a wrongly filled descriptor is named so, never blamed on the cache",
  "S0-30": "intermittent failures come from a seeded fault plan and repeat bit for bit",
  "S0-31": "an element's address is logical: with an IOMMU it differs from the physical one, which faults",
  "S0-32": "x64 is coherent, ARM is not: without a flush only the raw path on the latter corrupts data",
  "S0-33": "a callback façade and an object façade stand over the same lifecycles",
  "S0-34": "three stages (pre, transfer, post) own a request in turn, each list passing once",
  "S0-35": "with (pre + post) = 0.2 × transfer three stages are 1.20 times as fast; in general 1/max against 1/sum",
  "S0-36": "once filled, the engine idles between transfers for the interrupt path only",
  "S0-37": "the pipelined throughput reaches 95 % of the configured link",
  "S0-38": "4 H2C and 4 C2H channels are busy at once, each keeping its order",
  // S1: a user buffer, a pending direct I/O request, CalculateScatterGatherList
  "S1-1": "a list gives logical addresses, MmGetSystemAddressForMdlSafe a virtual one: two answers",
  "S1-2": "2 GiB of 2 MiB pages are 1024 scattered elements, fewer where the allocator coalesces",
  "S1-3": "reserving at boot succeeds in constant time; late 2 GiB contiguous fails; 1024 pages take varying time",
  "S1-4": "memory reserved before the device exists is mapped later; else a common buffer; one element each",
  "S1-5": "a device given raw physical addresses is named, unless ADAPTER_INFO_API_BYPASS is on",
  "S1-6": "no way back from list to virtual address: under bounce the list shows other pages",
  "S1-7": "look-up table entries of 64 KiB: 32 for a 2 MiB page, 32 768 for 2 GiB",
  "S1-8": "entries are logical + k · 64 KiB inside an element; a misaligned or short element is named",
  "S1-9": "offset in the 2 GiB buffer ↔ table slot, computed once, there and back for each block",
  "S1-10": "a kernel buffer mapped to user mode works and is called unsafe",
  "S1-11": "the planned order of calls, from DeviceAdd to the card's table, runs when the limits are right",
  "S1-12": "a list read before the asynchronous routine ran is named; the synchronous form cures it",
  "S1-13": "coherent memory is visible without a flush, bounced or non-coherent only after flush or Put",
  "S1-14": "INVALID_PARAMETER appears in the four reported cases a–d",
  "S1-15": "INSUFFICIENT_RESOURCES (0xC000009A) in cases e and f prints N = 2, R = 1024 as the reason",
  "S1-16": "MaximumLength 4 186 112 fails and 4 186 113 passes for an aligned 4 MiB; 4 194 304 for any",
  "S1-17": "the member is CalculateScatterGatherList, its type PCALCULATE_SCATTER_GATHER_LIST_SIZE",
  "S1-18": "mapping cached memory a second time as non-cached is named",
  "S1-19": "REQUIRE_SINGLE_TRANSFER without WdmDmaVersionOverride = 3 is INVALID_PARAMETER",
  "S1-20": "a maximum transfer length that looks like a TLP's 128 bytes is remarked on",
  "S1-21": "the _INIT defaults: no callbacks, overrides 0, flags 0",
  "S1-22": "a 32-bit device above 4 GiB is bounced: data right, element addresses below 4 GiB",
  "S1-23": "a 1 MiB request through a 64 KiB window makes exactly 16 EvtProgramDma calls",
  "S1-24": "single transfer then fails (map registers, too many transfers) instead of splitting",
  "S1-25": "the card's own burst size never changes the number of transfers",
  "S1-26": "METHOD_xx_DIRECT locks before and unlocks at completion; the driver unlocks nothing",
  "S1-27": "MmMapLockedPages without MmUnmapLockedPages is named",
  "S1-28": "MmGetSystemAddressForMdlSafe maps without locking and refuses an MDL that is not locked",
  "S1-29": "pages still locked at process exit are bug check 0x76, parameter 0",
  "S1-30": "user writes 0xDEADBEEF0BADC0DE, driver reads it, writes all ones, user sees them",
  "S1-31": "large pages need the privilege, the flags and whole 2 MiB; 4 MiB are 2 pages",
  "S1-32": "a pending request keeps its list for the whole run, hinders nobody, and can be cancelled",
  "S1-33": "a list buffer from paged pool is named",
  "S1-34": "a duplex enabler has two adapters; putting a list at the other one is named",
  "S1-35": "the fallback works: a 2 GiB common buffer from boot, exposed, with the remark of S1-10",
  // S2: the X-DMA article: pre-allocate then queue, reprogram in the ISR
  "S2-1": "the device is described and the adapter obtained once, at init",
  "S2-2": "KeFlushIoBuffers before each transfer, without effect where caches are coherent",
  "S2-3": "map registers and adapter must be had before a transfer begins",
  "S2-4": "both come from one call; the callback runs only when everything is granted",
  "S2-5": "the callback programs the device, at DISPATCH_LEVEL",
  "S2-6": "the interrupt runs the ISR first, which requests the DPC",
  "S2-7": "the DPC flushes (Classic) or puts the list (New Model), then continues or completes",
  "S2-8": "starting the next request before IoCompleteRequest is an option, and its gain is measurable",
  "S2-9": "waiting for resources and ISR → DPC are two metrics and two slices",
  "S2-10": "stuffing MmGetPhysicalAddress into the device is no option, and is named",
  "S2-11": "blocking a second time for DMA resources in the Classic model is named",
  "S2-12": "pre-allocate then queue: the list exists before the device is free, so nothing waits between transfers",
  "S2-13": "no request overtakes one that was queued earlier",
  "S2-14": "its cost shows: more of the pool is occupied than in the naive scheme",
  "S2-15": "with the pool exhausted the callback comes later, and nothing fails",
  "S2-16": "a competing adapter is treated less fairly, by a figure",
  "S2-17": "a 64-bit device with scatter/gather uses no registers, and is unfair to nobody",
  "S2-18": "started from the ISR, the gap between transfers holds no DPC latency",
  "S2-19": "queues touched above DISPATCH_LEVEL are interlocked throughout; mixing is named",
  "S2-20": "work-to-do, waiting-for-device, ready-to-complete: in that order, never in two",
  "S2-21": "dispatch: validate, mark pending, flush, get the list (at DISPATCH_LEVEL), STATUS_PENDING",
  "S2-22": "callback: busy → work-to-do; free → into waiting before the start, then look again",
  "S2-23": "ISR: match, waiting → ready, program the next, request the DPC; no HAL call, no allocation",
  "S2-24": "DPC: drain ready-to-complete, putting the list before completing each request",
  "S2-25": "one request in a channel by default; deeper only with completion in order",
  "S2-26": "with work queued the device idles for ISR latency + reprogramming, to the nanosecond",
  "S2-27": "utilisation equals T / (T + a + b)",
  "S2-28": "the checker has nothing to say about the scheme",
  "S2-29": "the scheme is advised against where the device is no bottleneck or the pool is scarce",
  "S2-30": "packet-based bus masters only: other adapters are refused",
  "S2-31": "for a device without scatter/gather the HAL makes a list of one element",
  "S2-32": "typical → pre-allocated → reprogrammed in the ISR: the gap shrinks at each step",
  // S3: permanently mapped buffers
  "S3-1": "10 buffers of 70 MB, kept locked by a pending request: 17 090 pages each (17 920 for 70 MiB)",
  "S3-2": "the baseline builds a list for every DMA",
  "S3-3": "8 µs to initialise + 152 µs to execute are 160 µs of setup",
  "S3-4": "160 of 360 µs are 44.4 % of the DMA, 30.8 % of the whole: both are shown",
  "S3-5": "bursts of 8 to 24 DMAs, serialised by the device",
  "S3-6": "strictly in sequence the setup costs the last of 8 1.28 ms, the last of 24 3.84 ms",
  "S3-7": "overlapped, the last of 8 ends at 3040 instead of 4160 µs; the rate gains 520/360",
  "S3-8": "frame budgets of 8.33 ms (120 Hz) and 4.17 ms (240 Hz) are reported against",
  "S3-9": "registers belong to a transfer: nothing static is offered, long-held lists show as occupancy",
  "S3-10": "keeping lists of all buffers exhausts a pool where registers are needed, not with 64-bit SG",
  "S3-11": "a list reused after Put works with identity mapping and faults (0x26) behind an IOMMU",
  "S3-12": "pinned means locked, and is a state apart from mapped for the device",
  "S3-13": "the pager passes over locked pages",
  "S3-14": "24 ready lists are programmed from the ISR one after the other",
  "S3-15": "a common buffer is one element; copying 30 MB costs 2–3 ms, the direct path nothing",
  "S3-16": "locking does not change the speed of resident memory",
  "S3-17": "30 MB at 240 Hz are 57.6 Gbit/s",
  "S3-18": "a link preset for gen 3 × 16",
  "S3-19": "a kernel buffer mapped to users is called unsafe here too",
  "S3-20": "a closed system may opt out of a rule, knowingly, and the report records it",
  "S3-21": "every clean scenario passes unchanged with the IOMMU off and on",
  // S4: BuildScatterGatherList and forward progress
  "S4-1": "GetScatterGatherList allocates, so it fails when the allocator does (noMemory)",
  "S4-2": "BuildScatterGatherList uses the buffer it is given and allocates nothing",
  "S4-3": "a list buffer holds private bookkeeping too: it is larger than the list",
  "S4-4": "CalculateScatterGatherList gives the size: one byte less is BUFFER_TOO_SMALL",
  "S4-5": "with an MDL, chained MDLs count: a chain of three is the sum",
  "S4-6": "without an MDL the pages follow from CurrentVa and Length",
  "S4-7": "with the allocator failing always, all I/O still completes",
  "S4-8": "allocate; else the emergency set; else wait for it: one request at most holds each set",
  "S4-9": "a set serves a stated maximum length; a longer request is split or refused by name",
  "S4-10": "waiting requests resume in order when the set comes back, and none is forgotten",
  "S4-11": "the Classic channel needs no memory and carries one request at a time",
  "S4-12": "a page-in fails with Get and succeeds with Build and the emergency set",
  "S4-13": "the emergency path never answers noMemory",
  // X: what every random run holds
  "X-1": "registers free + allocated = size; lists built − put = outstanding = adapter references",
  "X-2": "while the device owns it, each byte of a request is in exactly one element of one live list",
  "X-3": "no request is lost or completed twice; each channel first in, first out",
  "X-4": "without new input everything reaches completion",
  "X-5": "every INSUFFICIENT_RESOURCES carries one of its four reasons",
  "X-6": "every injected misuse is reported by its name, and a clean run reports nothing",
};

/** The whole list in order: S0-1 … S4-13, then X-1 … X-6. */
export const REQUIREMENTS: readonly Requirement[] = Object.entries(CLAIMS).map(([id, claim]) => {
  const group = id.slice(0, id.indexOf("-"));
  return { id, group, kind: group === "X" ? "invariant" : NAMED_MISUSES.has(id) ? "misuse" : "works", claim };
});
