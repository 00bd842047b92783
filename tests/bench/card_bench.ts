/**
 * How fast the simulated card is: transfers of one 4 KiB descriptor, host to card, as a driver makes them (doorbell,
 * interrupt, status, count), against the simplest host memory. Run: `deno run -A tests/bench/card_bench.ts`.
 */
import { SILENT } from "../../trace/event.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { BUS_OK } from "../../sim/ports.ts";
import type { BusStatus, HostMemoryPort, InterruptLines } from "../../sim/ports.ts";
import { CONTROL_COMPLETED, CONTROL_STOP, writeDescriptor } from "../../sim/card/descriptor.ts";
import { enableMsix } from "../../sim/card/msix.ts";
import type { XdmaOptions } from "../../sim/card/options.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";

const HOST_BYTES = 1 << 20;
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

/** Runs `count` transfers over `channels` H2C channels; each interrupt starts the channel's next. */
function run(options: XdmaOptions, channels: number, count: number): { perSecond: number; simulatedNs: number } {
  const clock = new VirtualClock();
  const memory = new PlainMemory();
  const card = new XdmaCard(options);
  let left = count;
  const ring = (channel: number): void => {
    card.write32(0, channel * 0x100 + 0x4080, 0x1000 * (channel + 1));
    card.write32(0, channel * 0x100 + 0x4088, 0);
    card.write32(0, channel * 0x100 + 0x04, CONTROL_RUN);
  };
  const interrupts: InterruptLines = {
    message(vector) {
      const base = vector * 0x100;
      card.read32(0, base + 0x44);
      card.read32(0, base + 0x48);
      card.write32(0, base + 0x0c, 1);
      if (--left >= channels) ring(vector);
    },
    level() {},
  };
  card.plug({ clock, memory, interrupts, trace: SILENT });
  enableMsix(card);
  card.write32(0, 0x20a0, 0x03020100);
  card.write32(0, 0x2014, 0xf);
  const view = new DataView(memory.bytes.buffer);
  for (let channel = 0; channel < channels; channel++) {
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
  const before = performance.now();
  for (let channel = 0; channel < channels; channel++) ring(channel);
  clock.run();
  return { perSecond: count / ((performance.now() - before) / 1000), simulatedNs: clock.nowNs };
}

function report(name: string, options: XdmaOptions, channels: number): void {
  const count = 500_000;
  run(options, channels, 100_000);
  const rounds = Array.from({ length: 5 }, () => run(options, channels, count));
  const perSecond = rounds.map((round) => round.perSecond).sort((left, right) => left - right)[2]!;
  const perTransferNs = rounds[0]!.simulatedNs / count;
  console.log(
    `${name.padEnd(28)} ${Math.round(perSecond).toLocaleString("en").padStart(10)} transfers/s, ` +
      `${(1e9 / perSecond).toFixed(0)} ns each (simulated: ${perTransferNs.toFixed(1)} ns each)`,
  );
}

report("link, 1 channel", {}, 1);
report("link, 4 channels", {}, 4);
report("fixed 1000 ns, 1 channel", { timing: { kind: "fixed", dmaNs: 1000 } }, 1);
report("fixed 1000 ns, 4 channels", { timing: { kind: "fixed", dmaNs: 1000 } }, 4);
