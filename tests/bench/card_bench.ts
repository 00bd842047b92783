/**
 * How fast the simulated card is: transfers of one 4 KiB descriptor, host to card, as a driver makes them (doorbell,
 * interrupt, status, count), against the simplest host memory. One iteration is 1000 transfers, so thousands of
 * iterations a second are millions of transfers a second. Run: `deno bench tests/bench/card_bench.ts`.
 */
import { SILENT } from "../../trace/event.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { BUS_OK } from "../../sim/ports.ts";
import type { BusStatus, HostMemoryPort } from "../../sim/ports.ts";
import { CONTROL_COMPLETED, CONTROL_STOP, writeDescriptor } from "../../sim/card/descriptor.ts";
import { enableMsix } from "../../sim/card/msix.ts";
import type { XdmaOptions } from "../../sim/card/options.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";

const HOST_BYTES = 1 << 20;
const TRANSFERS = 1000;
const CONTROL_RUN = 0x00f83e1f;

class PlainMemory implements HostMemoryPort {
  readonly bytes: Uint8Array = new Uint8Array(HOST_BYTES);

  read(busAddress: number, target: Uint8Array, targetOffset: number, lengthBytes: number): BusStatus {
    target.set(this.bytes.subarray(busAddress, busAddress + lengthBytes), targetOffset);
    return BUS_OK;
  }

  write(busAddress: number, source: Uint8Array, sourceOffset: number, lengthBytes: number): BusStatus {
    this.bytes.set(source.subarray(sourceOffset, sourceOffset + lengthBytes), busAddress);
    return BUS_OK;
  }
}

/** A card whose interrupts start the next transfer of their channel. Returns what runs 1000 of them. */
function driver(options: XdmaOptions, channelCount: number): () => void {
  const clock = new VirtualClock();
  const memory = new PlainMemory();
  const card = new XdmaCard(options);
  let left = 0;
  const start = (channel: number): void => {
    card.write32(0, channel * 0x100 + 0x4080, 0x1000 * (channel + 1));
    card.write32(0, channel * 0x100 + 0x4088, 0);
    card.write32(0, channel * 0x100 + 0x04, CONTROL_RUN);
  };
  const interrupts = {
    message(vector: number): void {
      card.read32(0, vector * 0x100 + 0x44);
      card.read32(0, vector * 0x100 + 0x48);
      card.write32(0, vector * 0x100 + 0x0c, 1);
      if (--left >= channelCount) start(vector);
    },
    level(): void {},
  };
  card.plug({ clock, memory, interrupts, trace: SILENT });
  enableMsix(card);
  card.write32(0, 0x20a0, 0x03020100);
  card.write32(0, 0x2014, 0xf);
  const view = new DataView(memory.bytes.buffer);
  for (let channel = 0; channel < channelCount; channel++) {
    card.write32(0, channel * 0x100 + 0x90, 0x00f83e1e);
    writeDescriptor(view, 0x1000 * (channel + 1), {
      control: CONTROL_STOP | CONTROL_COMPLETED,
      nextAdjacent: 0,
      lengthBytes: 4096,
      sourceAddress: 0x1_0000 + channel * 4096,
      destinationAddress: channel * 4096,
      nextAddress: 0,
    });
  }
  return () => {
    left = TRANSFERS;
    for (let channel = 0; channel < channelCount; channel++) start(channel);
    clock.run();
  };
}

const FIXED: XdmaOptions = { timing: { kind: "fixed", dmaNs: 1000 } };

Deno.bench("1000 transfers of 4 KiB, timing by the link, 1 channel", driver({}, 1));
Deno.bench("1000 transfers of 4 KiB, timing by the link, 4 channels", driver({}, 4));
Deno.bench("1000 transfers of 4 KiB, fixed timing, 1 channel", driver(FIXED, 1));
Deno.bench("1000 transfers of 4 KiB, fixed timing, 4 channels", driver(FIXED, 4));
