/** Names and numbers as logs really write them: misspelt, as a debugger prints them, or rare. */
import { assertEquals } from "@std/assert";
import { NTSTATUS } from "../../machines/ntstatus.ts";
import { isPointer, outcomeOf, pointer } from "../../trace/check/values.ts";
import { nearest } from "../../trace/check/nearest.ts";
import { build, buildLater, checked, free, get, init, on, provokes, put, putAdapter, silent } from "./log.ts";

const noted = (lines: readonly string[]): string[] => checked(lines).notes.map(({ message }) => message);

Deno.test("a misspelt routine or event is noted with what was probably meant", () => {
  const lines = ["PutScaterGatherList", "BuildScatterGatherlistEx", "WdfDmaEnablerCrate"].map((name) =>
    `{"call":"${name}"}`
  );
  assertEquals(noted([...lines, `{"event":"dorbell"}`, `{"call":"Frobnicate"}`]), [
    "unknown routine PutScaterGatherList, not checked; expected PutScatterGatherList",
    "unknown routine BuildScatterGatherlistEx, not checked; expected BuildScatterGatherListEx",
    "unknown routine WdfDmaEnablerCrate, not checked; expected WdfDmaEnablerCreate",
    "unknown event dorbell, not checked; expected doorbell",
    "unknown routine Frobnicate, not checked",
  ]);
});

Deno.test("the nearest name is meant only where few letters are wrong", () => {
  const known = ["PutDmaAdapter", "PutScatterGatherList", "doorbell"];
  assertEquals(nearest("putdmaadapter", known), "PutDmaAdapter");
  assertEquals(nearest("PutDmaAdaptor", known), "PutDmaAdapter");
  assertEquals(nearest("PtDmaAdaptor", known), "PutDmaAdapter");
  assertEquals(nearest("PetDimOdapto", known), null);
  assertEquals(nearest("bell", known), null);
  assertEquals(nearest("x".repeat(5000), known), null);
});

Deno.test("a misspelt status says neither success nor failure, and a note says so", () => {
  const recipe = (status: string): string[] => [get(), init(), build({}, status), free(), put(), putAdapter()];
  silent(recipe("STATUS_SUCESS"));
  assertEquals(noted(recipe("STATUS_SUCESS")), [
    "unknown status STATUS_SUCESS, so nobody knows how BuildScatterGatherListEx ended; expected STATUS_SUCCESS",
  ]);
  // The first failed in truth, was rightly not given back, and came through when it was tried again.
  const misspelt = build({}, "STATUS_INSUFFICENT_RESOURCES");
  silent([get(), init(), misspelt, init(), build(), free(), put(), putAdapter()]);
  assertEquals(checked(recipe("STATUS_INSUFFICIENT_RESOURCES")).summary.errors > 0, true);
  assertEquals(noted(recipe("STATUS_TRANSFER_WENT_UP_IN_SMOKE")), [
    "unknown status STATUS_TRANSFER_WENT_UP_IN_SMOKE, so nobody knows how BuildScatterGatherListEx ended",
  ]);
});

Deno.test("what depends on how an unknown request ended can only be suspected", () => {
  const unknown = build({}, "STATUS_SUCESS");
  const other = build({ DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2" }, "STATUS_INSUFFICIENT_RESOURCES");
  const second = init({ DmaTransferContext: "0xC2" });
  const lines = [get(), init(), second, unknown, other, free(), put(), putAdapter()];
  provokes("ChannelOverlap", lines, { line: 5, severity: "warning" });
  provokes("PutAdapterWithSgl", [get(), init(), unknown, free(), putAdapter()], { line: 5, severity: "warning" });
  provokes("PutAdapterWithChannel", [get(), init(), unknown, put(), putAdapter()], { line: 5, severity: "warning" });
  const refused = build({ DmaTransferContext: "0xC2" }, "STATUS_SUCCESS");
  const certain = [get(), init(), second, build(), refused, free(), put(), putAdapter()];
  provokes("ChannelOverlap", certain, { line: 5, severity: "error" });
});

Deno.test("NT_SUCCESS decides: informational and wait statuses are successes, warnings and errors are failures", () => {
  const successes = ["STATUS_SUCCESS", "STATUS_PENDING", "STATUS_WAIT_1", "STATUS_TIMEOUT", "0x102", "0x40000000"];
  for (const status of successes) assertEquals(outcomeOf(status), "success", status);
  const failures = ["STATUS_BUFFER_OVERFLOW", "STATUS_NO_MEMORY", "STATUS_DEVICE_BUSY", "0x80000005", "0xC000009A"];
  for (const status of failures) assertEquals(outcomeOf(status), "failure", status);
  for (const [name, value] of Object.entries(NTSTATUS)) {
    assertEquals(outcomeOf(name), value < 0x8000_0000 ? "success" : "failure", name);
  }
  // As WPP's %!STATUS! prints it.
  assertEquals(outcomeOf("0xc000009a(STATUS_INSUFFICIENT_RESOURCES)"), "failure");
  assertEquals(outcomeOf("STATUS_SUCESS"), "unknown");
  silent([get(), init(), buildLater().replace("STATUS_SUCCESS", "STATUS_WAIT_1"), put(), putAdapter()]);
});

Deno.test("pointers are read as %p and WinDbg print them", () => {
  const [own, printed, halves] = ["0xffffa00112345678", "FFFFA00112345678", "ffffa001`12345678"];
  for (const text of [own, printed, halves, `0x${halves}`]) assertEquals(pointer(text), "ffffa00112345678", text);
  assertEquals([pointer("0x1`00000000"), pointer("00000000"), pointer("0000000000000000")], ["100000000", null, null]);
  assertEquals(pointer("0X1F"), "1f");
  for (const text of ["12", "STATUS_SUCCESS", "A1", "0x", "ffffa001`1234567", "1`2`3", ""]) {
    assertEquals([isPointer(text), pointer(text === "0x" ? "STATUS" : text)], [false, null], text);
  }
  const mixed = on("PutDmaAdapter", { DmaAdapter: halves }, undefined);
  silent([get({}, printed), mixed.replace("0xA1", halves)]);
  const { damaged } = checked([on("PutDmaAdapter", { DmaAdapter: "A1" })]);
  assertEquals(damaged[0]?.message, "`DmaAdapter` must be a hex string such as 0xA1, or null");
});

Deno.test("another routine of Windows that is like one that is checked is not taken for it", () => {
  const others = [
    "IoAllocateIrp",
    "MmMapLockedPages",
    "RemoveTailList",
    "IoSetCompletionRoutine",
    "MmProtectMdlSystemAddress",
  ];
  assertEquals(
    noted(others.map((name) => `{"call":"${name}"}`)),
    others.map((name) => `unknown routine ${name}, not checked`),
  );
});
