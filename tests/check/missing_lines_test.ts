/**
 * A line that could not be read, or was not understood, may be the one that explains what seems wrong behind it: an
 * error is certain, so it becomes a warning. What such a line cannot explain stays certain.
 */
import { assertEquals } from "@std/assert";
import { build, BUILT, checked, END, event, free, get, init, mdl, on, put, putAdapter } from "./log.ts";

const told = (lines: readonly string[]): string[] =>
  checked(lines).findings.filter(({ severity }) => severity !== "note")
    .map(({ line, rule, severity }) => `${line} ${severity} ${rule}`);
const damaged = `{"call":"Pu`;

Deno.test("whatever a damaged line may explain is suspected, and no error", () => {
  // The line of the Build, of FreeAdapterObject, of the Put, of device-done.
  assertEquals(told([get(), init(), damaged, free(), ...END]), ["4 warning ChannelDoubleFree", "5 warning PutUnknown"]);
  const again = [build({ DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2", Mdl: "0x52" }), free()];
  const second = put({ ScatterGather: "0xB2" });
  const other = init({ DmaTransferContext: "0xC2" });
  const twice = [get(), init(), other, build(), damaged, ...again, put(), second, putAdapter()];
  assertEquals(told(twice), ["6 warning ChannelOverlap"]);
  assertEquals(told([...BUILT, damaged, putAdapter()]), ["6 warning PutAdapterWithSgl"]);
  const [bell, done] = ["doorbell", "device-done"].map((name) => event(name, { channel: "h2c0", sgl: "0xB1" }));
  const use = [init(), build(), free(), bell!];
  const early = [get(), ...use, done!, put(), ...use, damaged, put(), putAdapter()];
  assertEquals(told(early), ["13 warning PutWhileDeviceActive"]);
});

Deno.test("what was wrong before the damage, began behind it, or shows by itself, stays an error", () => {
  assertEquals(told([...BUILT, putAdapter(), damaged]), ["5 error PutAdapterWithSgl"]);
  assertEquals(told([damaged, ...BUILT, putAdapter()]), ["6 error PutAdapterWithSgl"]);
  assertEquals(told([damaged, ...BUILT, put(), put(), putAdapter()]), ["7 error SglDoublePut"]);
  const passive = on("PutScatterGatherList", { ScatterGather: "0xB1" }, undefined, undefined, { irql: "PASSIVE" });
  assertEquals(told([damaged, ...BUILT, passive, putAdapter()]), ["6 error WrongIrql"]);
  const empty = build({ Length: 0 }, "STATUS_INVALID_PARAMETER");
  assertEquals(told([damaged, get(), mdl(), init(), empty, putAdapter()]), ["5 error ZeroLengthMap"]);
});

Deno.test("a line whose name was misspelt is missing too, and an odd name that is like none is not", () => {
  const misspelt = put().replace("PutScatterGatherList", "PutScaterGatherList");
  assertEquals(told([...BUILT, misspelt, putAdapter()]), ["6 warning PutAdapterWithSgl"]);
  const argument = put().replace('"ScatterGather"', '"ScatterGatherList"');
  assertEquals(told([...BUILT, argument, putAdapter()]), ["6 warning PutAdapterWithSgl"]);
  const own = `{"call":"MyDriverSaysHello"}`;
  assertEquals(told([...BUILT, own, putAdapter()]), ["6 error PutAdapterWithSgl"]);
});
