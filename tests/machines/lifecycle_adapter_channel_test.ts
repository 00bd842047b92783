/** The life of a Classic grant: queue, AdapterControl, map and flush in rounds, and the way the registers go back. */

import { assertEquals } from "@std/assert";
import { adapterChannelMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const ALLOCATE = { type: "ALLOCATE_ADAPTER_CHANNEL" } as const;
const GRANT = { type: "GRANT" } as const;
const CANCEL = { type: "CANCEL" } as const;
const MAP = { type: "MAP_TRANSFER" } as const;
const KEEP = { type: "RETURN_KEEP_OBJECT" } as const;
const DEALLOCATE = { type: "RETURN_DEALLOCATE_OBJECT" } as const;
const KEEP_REGISTERS = { type: "RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS" } as const;
const FREE_CHANNEL = { type: "FREE_ADAPTER_CHANNEL" } as const;
const FREE_REGISTERS = { type: "FREE_MAP_REGISTERS" } as const;
const flush = (mappings: number) => ({ type: "FLUSH_ADAPTER_BUFFERS", mappings }) as const;

const grant = () => watch(adapterChannelMachine);
const inControl = () => grant().goes("inControl", ALLOCATE, GRANT);

Deno.test("channel: a bus master maps in AdapterControl, keeps the registers, flushes, frees them", () => {
  inControl().goes("registersOnly", MAP, KEEP_REGISTERS).goes("idle", flush(1), FREE_REGISTERS);
});

Deno.test("channel: system DMA keeps the channel, flushes, frees the channel", () => {
  inControl().goes("kept", MAP, KEEP).goes("idle", flush(1), FREE_CHANNEL);
});

Deno.test("channel: 12 pages through 5 registers are 3 rounds: several maps, one flush for all of them", () => {
  const life = inControl();
  for (let page = 0; page < 5; page++) life.goes("inControl", MAP);
  life.goes("registersOnly", KEEP_REGISTERS, flush(5));
  for (let page = 0; page < 5; page++) life.goes("registersOnly", MAP);
  life.goes("registersOnly", flush(5), MAP, MAP, flush(2)).goes("idle", FREE_REGISTERS);
});

Deno.test("channel: pieces may be flushed one by one; more than is mapped is FlushUnmappedBuffer", () => {
  const life = inControl().goes("registersOnly", MAP, MAP, KEEP_REGISTERS, flush(1));
  life.breaks("FlushUnmappedBuffer", flush(2)).goes("registersOnly", flush(1)).breaks("FlushUnmappedBuffer", flush(1));
  assertEquals(life.context.mappings, 0);
  inControl().breaks("FlushUnmappedBuffer", flush(1)).goes("kept", KEEP).breaks("FlushUnmappedBuffer", flush(1));
});

Deno.test("channel: registers freed under a mapping are FreeWhileMapped, on each of the three ways", () => {
  inControl().goes("inControl", MAP).breaks("FreeWhileMapped", DEALLOCATE).is("idle");
  inControl().goes("kept", MAP, KEEP).breaks("FreeWhileMapped", FREE_CHANNEL).is("idle");
  inControl().goes("registersOnly", MAP, KEEP_REGISTERS).breaks("FreeWhileMapped", FREE_REGISTERS).is("idle");
});

Deno.test("channel: held without a routine, FreeAdapterObject may keep the registers later, mapped or not", () => {
  inControl().goes("kept", KEEP, MAP).goes("registersOnly", KEEP_REGISTERS).breaks("FreeWhileMapped", FREE_REGISTERS);
  inControl().goes("kept", KEEP).goes("registersOnly", KEEP_REGISTERS, MAP, flush(1)).goes("idle", FREE_REGISTERS);
});

Deno.test("channel: a second request while one is queued or inside AdapterControl is named, and blocks [S2-11]", () => {
  grant().goes("queued", ALLOCATE).breaks("SecondChannelInAdapterControl", ALLOCATE).is("queued");
  inControl().breaks("SecondChannelInAdapterControl", ALLOCATE).is("inControl");
});

Deno.test("channel: before the grant there is nothing to map, flush or free", () => {
  for (const life of [grant(), grant().goes("queued", ALLOCATE)]) {
    life.breaks("RegisterBaseUnknown", MAP).breaks("FlushUnmappedBuffer", flush(1))
      .breaks("ChannelDoubleFree", FREE_CHANNEL).breaks("MapRegistersDoubleFree", FREE_REGISTERS);
  }
});

Deno.test("channel: what is freed by the wrong routine, or twice, is named", () => {
  inControl().breaks("ChannelDoubleFree", FREE_CHANNEL).breaks("FreeWithWrongFunction", FREE_REGISTERS);
  inControl().goes("kept", KEEP).breaks("FreeWithWrongFunction", FREE_REGISTERS).goes("idle", FREE_CHANNEL)
    .breaks("ChannelDoubleFree", FREE_CHANNEL);
  inControl().goes("registersOnly", KEEP_REGISTERS).breaks("ChannelDoubleFree", FREE_CHANNEL)
    .goes("idle", FREE_REGISTERS).breaks("MapRegistersDoubleFree", FREE_REGISTERS);
});

Deno.test("channel: a cancel takes a waiting request back; after the grant it answers FALSE", () => {
  grant().goes("idle", CANCEL).goes("idle", ALLOCATE, CANCEL).goes("inControl", ALLOCATE, GRANT, CANCEL);
});
