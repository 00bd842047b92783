/**
 * Nothing is pending any more, and requests are still under way: which actor waits for whom, from the caller down to
 * the device, with states and since when. For reports about a world that stands still.
 */
import type { Card } from "../sim/ports.ts";
import type { Nanoseconds } from "../sim/units.ts";
import type { CardSystem } from "./card_system.ts";
import type { ChannelDriver } from "./scheduler/channel_driver.ts";
import { Request } from "./scheduler/request.ts";

/** One actor that waits. */
export interface ActorWait {
  /** Who: `process`, `irp:3`, `channel:h2c0`, `adapter:0`. */
  readonly waiter: string;
  /** The state it waits in. */
  readonly state: string;
  /** Since when. */
  readonly sinceNs: Nanoseconds;
  /** For whom. */
  readonly waitsFor: string;
  /** One clause: what would have to happen. */
  readonly because: string;
}

/**
 * Who waits for whom. `engineSays` tells what the engine of a channel says of itself, if anybody can ask it: it is the
 * end of the chain, and tells a lost interrupt from an engine that hangs.
 */
export function whoWaits(
  system: CardSystem<Card>,
  engineSays: (channel: ChannelDriver) => string = () => "nobody asked the engine",
): readonly ActorWait[] {
  const requests = requestsOf(system);
  if (requests.length === 0) return [];
  const { adapters, channels, memory } = system;
  const first = requests[0]!;
  const waits: ActorWait[] = [{
    waiter: "process",
    state: `${memory.space.lockedUserPages} pages locked`,
    sinceNs: first.arrivedNs,
    waitsFor: first.life.name,
    because: `${requests.length} requests are not completed`,
  }];
  for (const request of requests) waits.push(waitOf(request, channels[request.parameters.channelIndex]!));
  for (const channel of channels) {
    const { life } = channel.device;
    if (!life.has("mayTouchMemory")) continue;
    waits.push({
      waiter: life.name,
      state: life.state,
      sinceNs: life.sinceNs,
      waitsFor: `the interrupt of ${channel.device.name}`,
      because: engineSays(channel),
    });
  }
  for (const { name } of adapters) {
    const adapter = system.hal.adapters.find((each) => each.name === name);
    const lists = adapter?.counters.listsOutstanding ?? 0;
    if (adapter === undefined || lists === 0) continue;
    const { state, sinceNs } = adapter.life;
    const because = `${lists} lists are not put`;
    waits.push({ waiter: name, state, sinceNs, waitsFor: first.life.name, because });
  }
  return waits;
}

function requestsOf({ irps }: CardSystem<Card>): Request[] {
  const requests: Request[] = [];
  let left = irps.outstanding;
  for (let number = 0; left > 0; number++) {
    const irp = irps.get(number);
    if (irp === null) continue;
    left--;
    if (irp.driverContext instanceof Request) requests.push(irp.driverContext);
  }
  return requests;
}

function waitOf({ life, list }: Request, { device, parts }: ChannelDriver): ActorWait {
  const { name: waiter, state, sinceNs } = life;
  const holds = list === null ? "" : `, with ${list.name} (${list.life.state})`;
  if (life.has("inDevice")) {
    const because = `in waiting-for-device${holds}`;
    return { waiter, state, sinceNs, waitsFor: device.life.name, because };
  }
  if (state === "mappedQueued" || state === "bareQueued") {
    const ahead = parts.waitingForDevice.first;
    const waitsFor = ahead < 0 ? device.life.name : `irp:${ahead}`;
    return { waiter, state, sinceNs, waitsFor, because: `in work-to-do${holds}` };
  }
  if (state === "dispatched" || state === "pending") {
    return { waiter, state, sinceNs, waitsFor: parts.adapter.name, because: "its list" };
  }
  return { waiter, state, sinceNs, waitsFor: "its DPC", because: `in ready-to-complete${holds}` };
}
