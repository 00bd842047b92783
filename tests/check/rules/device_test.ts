/** The device's side, from doorbells to bus accesses: each rule provoked, and nothing else. */
import { build, buildLater, BUILT, END, event, get, init, on, provokes, put, putAdapter, silent } from "../log.ts";

const doorbell = (over = {}): string => event("doorbell", { channel: "h2c0", sgl: "0xB1", ...over });
const done = (over = {}): string =>
  event("device-done", { channel: "h2c0", sgl: "0xB1", status: "STATUS_SUCCESS", ...over });
const written = (descriptors: unknown, format = "xdma"): string =>
  event("descriptors-written", { channel: "h2c0", sgl: "0xB1", descriptors, format });
const GOOD = [["0x10000000", 4096, "0xad4b", "0x30000020"], ["0x20001000", 4096, "0xad4b", "0x0"]];

Deno.test("a list that is written, started, finished and put is clean", () => {
  silent([...BUILT, written(GOOD), doorbell(), done(), ...END]);
});

Deno.test("PutWhileDeviceActive: put between doorbell and device-done [S0-19]", () => {
  provokes("PutWhileDeviceActive", [...BUILT, doorbell(), put(), done(), putAdapter()], { line: 6, since: 3 });
  silent([...BUILT, doorbell(), ...END]);
});

Deno.test("SglReadAfterPut: descriptors copied from a list that was put", () => {
  provokes("SglReadAfterPut", [...BUILT, put(), written(GOOD), putAdapter()], { line: 6, since: 5 });
});

Deno.test("SglUsedBeforeCallback: descriptors copied before the routine ran [S1-12]", () => {
  const ran = ["routine-enter", "routine-leave"]
    .map((name) => event(name, { routine: "AdapterListControl", adapter: "0xA1", sgl: "0xB1" }));
  const lines = [get(), init(), buildLater(), written(GOOD), ...ran, ...END];
  provokes("SglUsedBeforeCallback", lines, { line: 4, since: 3 });
});

Deno.test("StatusNotChecked: the device started on a list whose Build failed", () => {
  const lines = [get(), init(), build({}, "STATUS_INSUFFICIENT_RESOURCES"), doorbell(), putAdapter()];
  provokes("StatusNotChecked", lines, { line: 4, since: 3, severity: "warning" });
});

Deno.test("DescriptorFilledWrong: magic, address, length and next told apart [S0-28, S0-29]", () => {
  const [first, second] = GOOD;
  const kinds: [string, unknown][] = [
    ["magic", [["0x10000000", 4096, "0xad4c", "0x30000020"], second]],
    ["address", [first, ["0x20002000", 4096, "0xad4b", "0x0"]]],
    ["length", [["0x10000000", 8192, "0xad4b", "0x0"]]],
    ["next", [["0x10000000", 4096, "0xad4b", "0x30000021"], second]],
  ];
  for (const [kind, descriptors] of kinds) {
    provokes("DescriptorFilledWrong", [...BUILT, written(descriptors), ...END], { line: 5, since: 3, kind });
  }
});

const word = (control: string, next?: string, address = "0x20001000"): unknown[] => [address, 4096, control, next];
const WORDS = [word("0xAD4B0000", "0x30000020", "0x10000000"), word("0xAD4B0013", "0x0")];

Deno.test("DescriptorFilledWrong: Stop missing at the end, or set before it", () => {
  const [first, last] = WORDS;
  const late = { line: 5, since: 3, kind: "stop", severity: "error" } as const;
  silent([...BUILT, written(WORDS), doorbell(), done(), ...END]);
  // Nothing behind it, and no Stop: the engine fetches from address 0.
  provokes("DescriptorFilledWrong", [...BUILT, written([first, word("0xAD4B0012", "0x0")]), ...END], late);
  // Linked on, as in a ring, or said nothing about: legal as far as anybody can tell.
  silent([...BUILT, written([first, word("0xAD4B0012", "0x30000000")]), ...END]);
  silent([...BUILT, written([first, word("0xAD4B0012").slice(0, 3)]), ...END]);
  // A batch that does not reach the end of the list may still be linked to the next.
  silent([...BUILT, written([word("0xAD4B0000", "0x0", "0x10000000")]), ...END]);
  // Behind a Stop the device may be started once more, unless the rest is of the same block.
  const stopped = [word("0xAD4B0013", "0x30000020", "0x10000000"), last];
  provokes("DescriptorFilledWrong", [...BUILT, written(stopped), ...END], { ...late, severity: "warning" });
  const elements = [["0x10000000", 4096], ["0x20001000", 4096], ["0x30001000", 4096]];
  const three = [get(), init(), build({ Length: 12_288 }, "STATUS_SUCCESS", { elements }), BUILT[3]!];
  const block = [
    word("0xAD4B0100", "0x30000020", "0x10000000"),
    word("0xAD4B0013", "0x30000040"),
    word("0xAD4B0013", "0x0", "0x30001000"),
  ];
  provokes("DescriptorFilledWrong", [...three, written(block), ...END], late);
});

Deno.test("ElementTooLong: a descriptor beyond 28 bits of length", () => {
  provokes("ElementTooLong", [...BUILT, written([["0x10000000", 0x1000_0000]]), ...END], { line: 5, linux: "L20" });
});

Deno.test("BadLutEntry: a table entry that leaves its element, or is not aligned [S1-8]", () => {
  const elements = [["0x10000000", 131_072], ["0x20001000", 65_536]];
  const lines = [get(), init(), build({ Length: 196_608 }, "STATUS_SUCCESS", { elements }), BUILT[3]!];
  const bad = written([["0x10000000", 65_536], ["0x10010000", 65_536], ["0x20001000", 65_536]], "lut64k");
  provokes("BadLutEntry", [...lines, bad, ...END], { line: 5, since: 3 });
  const good = written([["0x10000000", 65_536], ["0x10010000", 65_536]], "lut64k");
  silent([...lines, good, ...END]);
});

Deno.test("DeviceGivenRawPhysical: a doorbell with an address that nothing maps [S0-31]", () => {
  const raw = doorbell({ sgl: undefined, address: "0x55550000" });
  provokes("DeviceGivenRawPhysical", [...BUILT, raw, ...END], { line: 5 });
  const info = on("GetDmaAdapterInfo", {}, "STATUS_SUCCESS", { Flags: 2 });
  silent([...BUILT, info, raw, ...END]);
});

Deno.test("DeviceAccessOutsideMapping: a bus access after Put, and to a foreign address [S0-31]", () => {
  const access = event("device-access", { channel: "h2c0", address: "0x10000100", length: 64, write: false });
  silent([...BUILT, access, ...END]);
  provokes("DeviceAccessOutsideMapping", [...BUILT, put(), access, putAdapter()], { line: 6, since: 5 });
  const foreign = event("device-access", { channel: "h2c0", address: "0x66660000", length: 64, write: true });
  provokes("DeviceAccessOutsideMapping", [...BUILT, foreign, ...END], { line: 5, verifier: "0x26" });
});

Deno.test("DeviceAccessOutsideMapping: the device writes where it may only read [S0-31]", () => {
  const write = event("device-access", { channel: "h2c0", address: "0x10000100", length: 64, write: true });
  provokes("DeviceAccessOutsideMapping", [...BUILT, write, ...END], { line: 5, since: 3, verifier: "0x26" });
  const from = [get(), init(), build({ WriteToDevice: false }), BUILT[3]!, write, put({ WriteToDevice: false })];
  silent([...from, putAdapter()]);
  // Another list lets it write there.
  const over = { DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2", WriteToDevice: false };
  const both = [...BUILT, init({ DmaTransferContext: "0xC2" }), build(over), BUILT[3]!, write, put()];
  silent([...both, put({ ScatterGather: "0xB2", WriteToDevice: false }), putAdapter()]);
});

Deno.test("BufferOverrun: the device runs over the end of an element, or of a common buffer", () => {
  const access = event("device-access", { channel: "c2h0", address: "0x10000FC0", length: 128, write: true });
  provokes("BufferOverrun", [...BUILT, access, ...END], { line: 5, since: 3, kind: "5" });
  const common = on("AllocateCommonBuffer", { Length: 64 }, "0xFFFF8000", { LogicalAddress: "0x30000000" });
  const gone = on("FreeCommonBuffer", { Length: 64, LogicalAddress: "0x30000000", VirtualAddress: "0xFFFF8000" });
  const over = event("device-access", { channel: "c2h0", address: "0x30000020", length: 64, write: true });
  provokes("BufferOverrun", [get(), common, over, gone, putAdapter()], { line: 3, since: 2, kind: "2" });
});
