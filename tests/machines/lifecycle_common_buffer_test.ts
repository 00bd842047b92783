/** The life of a common buffer, and of a vector of them: shared all the time, freed exactly as it was made. */

import { assertEquals } from "@std/assert";
import { commonBufferMachine, commonBufferVectorMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const ALLOCATE = { type: "ALLOCATE_COMMON_BUFFER" } as const;
const ACCESS = { type: "DEVICE_ACCESS" } as const;
const free = (sameLength = true, sameAddresses = true) =>
  ({ type: "FREE_COMMON_BUFFER", sameLength, sameAddresses }) as const;
const buffer = () => watch(commonBufferMachine);

Deno.test("common buffer: device and driver share it from allocation to free, without build or flush", () => {
  const life = buffer().goes("allocated", ALLOCATE, ACCESS, ACCESS);
  assertEquals(life.has("shared"), true);
  assertEquals(life.goes("freed", free()).has("shared"), false);
});

Deno.test("common buffer: freed with other values or twice is named by what is wrong", () => {
  buffer().goes("allocated", ALLOCATE).breaks("FreeSizeMismatch", free(false)).is("freed");
  buffer().goes("allocated", ALLOCATE).breaks("FreeVaMismatch", free(true, false)).is("freed");
  buffer().goes("freed", ALLOCATE, free()).breaks("CommonBufferDoubleFree", free());
  buffer().breaks("PutUnknown", free()).is("absent");
});

Deno.test("common buffer: access before and after its life, and beyond its end, is named", () => {
  buffer().breaks("DeviceAccessOutsideMapping", ACCESS);
  buffer().goes("freed", ALLOCATE, free()).breaks("DeviceAccessOutsideMapping", ACCESS);
  buffer().goes("allocated", ALLOCATE).breaks("BufferOverrun", { type: "OVERRUN" }).is("allocated");
});

const RULE = "CommonBufferVectorMisuse";
const FREE_VECTOR = { type: "FREE_COMMON_BUFFER_VECTOR" } as const;
const get = (index: number) => ({ type: "GET_COMMON_BUFFER", index }) as const;
const drop = (index: number) => ({ type: "FREE_COMMON_BUFFER", index }) as const;
const vector = () => watch(commonBufferVectorMachine, { count: 2 });

Deno.test("vector: each buffer is fetched and freed by index, in any order, then the vector goes", () => {
  vector().goes("allocated", get(0), get(1), drop(1), get(0), drop(0)).goes("gone", FREE_VECTOR);
});

Deno.test("vector: bug check 0x1DC has five kinds, and each is met", () => {
  vector().breaks(RULE, { type: "WRONG_IRQL" }, "1");
  vector().goes("allocated", drop(0)).breaks(RULE, FREE_VECTOR, "2").is("gone");
  for (const index of [-1, 2]) vector().breaks(RULE, get(index), "3").breaks(RULE, drop(index), "3");
  vector().goes("allocated", drop(0)).breaks(RULE, get(0), "4").breaks(RULE, drop(0), "4").goes("allocated", drop(1));
  vector().breaks(RULE, { type: "LEAK" }, "5");
  vector().goes("gone", drop(0), drop(1), FREE_VECTOR).breaks(RULE, get(0), "4").breaks(RULE, FREE_VECTOR, "4");
});
