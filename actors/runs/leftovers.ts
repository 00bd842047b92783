/** What a world still holds after its driver was unloaded: nothing, if all went well, whatever else went wrong. */
import type { Card } from "../../sim/ports.ts";
import type { CardSystem } from "../card_system.ts";
import { RecoverableChannel } from "../device/recoverable_channel.ts";
import type { ChannelDriver } from "../scheduler/channel_driver.ts";

/** One sentence for each thing that is still held, queued, locked, mapped or at work. The world ends with it. */
export function leftovers(system: CardSystem<Card>): string[] {
  const found: string[] = [];
  const none = (count: number, what: string): void => {
    if (count !== 0) found.push(`after the end: ${count} ${what}`);
  };
  const { hal, memory, irps, clock, channels, deviceObject } = system;
  none(irps.outstanding, "requests under way");
  none(clock.pendingCount, "timers pending");
  none(memory.space.lockedUserPages, "user pages locked");
  none(memory.port(deviceObject.name).domain.mappedPages, "pages mapped for the device");
  for (const { name, size, free, line } of hal.pools) {
    none(size - free, `map registers of ${name} held`);
    none(line.length, `requests in line for ${name}`);
  }
  for (const { name, counters } of hal.adapters) none(counters.listsBuilt - counters.listsPut, `lists of ${name}`);
  for (const channel of channels) {
    const { device, parts: { workToDo, waitingForDevice, readyToComplete } } = channel;
    none(workToDo.depth + waitingForDevice.depth + readyToComplete.depth, `requests in the queues of ${device.name}`);
    none(device.slotCount - freeSlots(channel), `descriptor slots of ${device.name} taken`);
    if (channel.busy) found.push(`after the end: nobody gave the busy token of ${device.name} back`);
    if (device.life.state !== "idle") found.push(`after the end: ${device.name} is ${device.life.state}`);
    if (device instanceof RecoverableChannel && device.atWork) found.push(`after the end: ${device.name} is at work`);
  }
  return found;
}

/** How many slots can be had; then they are taken. */
function freeSlots(channel: ChannelDriver): number {
  let count = 0;
  while (channel.takeSlot() >= 0) count++;
  return count;
}
