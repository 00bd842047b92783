/** The thread of the 4 MiB large-page buffer, as the driver would have logged it. */
import { assertEquals } from "@std/assert";
import { call, checked, event, on } from "./log.ts";

const LENGTH = 4_194_304;
const MDL = event("mdl", { mdl: "0x51", startVa: "0x10000000", byteOffset: 0, byteCount: LENGTH, locked: true });
const enabler = (Config: Record<string, unknown>): string[] => [
  call("WdfDmaEnablerCreate", { Config }, "STATUS_SUCCESS", { DmaEnablerHandle: "0xE0" }),
  call("WdfDmaEnablerWdmGetDmaAdapter", { DmaEnabler: "0xE0" }, "0xA1"),
];
const calculate = (CurrentVa: string, status: string): string =>
  on("CalculateScatterGatherList", { Mdl: "0x51", CurrentVa, Length: LENGTH }, status);
const PACKET64 = { Profile: "WdfDmaProfilePacket64", MaximumLength: 128, Flags: 2, WdmDmaVersionOverride: 3 };

function said(...lines: string[]): string[] {
  const { findings } = checked([...lines, event("end")]);
  return findings.filter(({ severity }) => severity !== "note").map(({ line, severity, rule }) =>
    `${line} ${severity} ${rule}`
  );
}

Deno.test("observations a to d: an address outside the MDL, and a MaximumLength like a packet's [S1-14, S1-20]", () => {
  const lines = [...enabler(PACKET64), MDL, calculate("0xFFFFE00000000000", "STATUS_INVALID_PARAMETER")];
  assertEquals(said(...lines), ["1 warning MaxLengthLooksLikeTlp", "4 error VaOutsideMdl"]);
});

Deno.test("observation e: the right address fails for good, and the lint is an error [S1-15, S1-20]", () => {
  const lines = [...enabler(PACKET64), MDL, calculate("0x10000000", "STATUS_INSUFFICIENT_RESOURCES")];
  assertEquals(said(...lines), ["1 error MaxLengthLooksLikeTlp"]);
});

Deno.test("observation f: one page of MaximumLength for 4 MiB, and 4 186 113 is enough [S1-15, S1-16]", () => {
  const duplex = { Profile: "WdfDmaProfileScatterGather64Duplex", MaximumLength: 4096 };
  const fails = calculate("0x10000000", "0xC000009A");
  assertEquals(said(...enabler(duplex), MDL, fails), ["4 error MaxLengthLooksLikeTlp"]);
  assertEquals(said(...enabler({ ...duplex, MaximumLength: 4_186_112 }), MDL, fails), [
    "4 warning MaxLengthLooksLikeTlp",
  ]);
  // From here on the failure is none of its: the checker blames nobody.
  assertEquals(said(...enabler({ ...duplex, MaximumLength: 4_186_113 }), MDL, fails), []);
});

Deno.test("the lint that a failure makes an error names the line that failed, and is told once", () => {
  const inside = call("IoGetDmaAdapter", { DeviceDescription: { Version: 3, MaximumLength: 128 } }, "0xA1", {
    NumberOfMapRegisters: 2,
  });
  const lines = [inside, ...enabler(PACKET64), MDL, calculate("0x10000000", "STATUS_INSUFFICIENT_RESOURCES")];
  const { findings } = checked([...lines, event("end")]);
  const lints = findings.filter(({ rule }) => rule === "MaxLengthLooksLikeTlp");
  assertEquals(lints.map(({ line, severity }) => `${line} ${severity}`), ["1 error"]);
  assertEquals(lints[0]?.message.endsWith(", and CalculateScatterGatherList of line 5 fails for it."), true);
});

Deno.test("an offset outside the MDL is cured by an offset, not by an address", () => {
  const args = { Mdl: "0x51", Offset: LENGTH, Length: 4096, Flags: "DMA_SYNCHRONOUS_CALLBACK", WriteToDevice: true };
  const get = on("GetScatterGatherListEx", args, "STATUS_INVALID_PARAMETER");
  const [finding] = checked([MDL, get]).findings;
  assertEquals([finding?.rule, finding?.fix.split(" ").slice(0, 3)], ["VaOutsideMdl", ["Pass", "an", "Offset"]]);
});
