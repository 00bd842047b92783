/** Small models of channels: callbacks, engines, ISRs, DPCs and somebody who cancels, over a few words. */
import {
  CHANNEL_WORDS,
  ChannelPort,
  describeChannel,
  dpcReady,
  engineReady,
  FINDING_NAMES,
  findingsAtRest,
  findingsOf,
  interruptReady,
  reachOf,
  requestName,
} from "./channel_world.ts";
import type { Model } from "./model.ts";
import type { Participant } from "./participant.ts";
import type { Recipe } from "./recipe.ts";

const CHANNELS_MAX = 3;
const REQUESTS_MAX = 4;

/** What a model is made of. */
export interface ChannelModelOptions {
  /** The driver's way. */
  readonly recipe: Recipe;
  /** How many requests each channel gets; every one has a callback of its own, and they run at the same time. */
  readonly requestCounts: readonly number[];
  /** The first request of each channel is cancelled by its requester at any time. Default: false. */
  readonly cancels?: boolean;
  /** One DPC serves all channels; otherwise every channel has its own, as IoRequestDpc gives it. Default: false. */
  readonly sharedDpc?: boolean;
}

/**
 * Builds a model. What belongs to one channel stands together: a reduced exploration then finishes one channel before
 * it turns to the next.
 *
 * @throws {RangeError} if there are more than three channels, or more than four requests on one: a word holds no more.
 */
export function channelModel(options: ChannelModelOptions): Model {
  const { recipe, requestCounts, cancels = false, sharedDpc = false } = options;
  if (requestCounts.length > CHANNELS_MAX || requestCounts.some((count) => count > REQUESTS_MAX)) {
    const most = `at most ${CHANNELS_MAX} channels with ${REQUESTS_MAX} requests each`;
    throw new RangeError(`Cannot model ${requestCounts.join(" + ")} requests: expected ${most}`);
  }
  const channels = requestCounts.map((_, channel) => channel);
  const many = channels.length > 1;
  return {
    name: `${recipe.name}, ${requestCounts.join(" + ")} requests`,
    words: new Int32Array(channels.length * CHANNEL_WORDS),
    participants: [
      ...channels.flatMap((channel) => [
        ...participantsOf(channel, requestCounts[channel]!, recipe),
        ...(cancels ? [canceller(channel)] : []),
        ...(sharedDpc ? [] : [dpcOf([channel], `DPC ${letterOf(channel)}`, recipe)]),
      ]),
      ...(sharedDpc ? [dpcOf(channels, "DPC", recipe)] : []),
    ],
    findings: (words) => channels.reduce((bits, channel) => bits | findingsOf(words, channel), 0),
    findingsAtEnd: (words) =>
      channels.reduce((bits, channel) => bits | findingsAtRest(words, channel, requestCounts[channel]!), 0),
    findingNames: FINDING_NAMES,
    describe: (words) =>
      channels.flatMap((channel) =>
        describeChannel(words, channel).map((part) => many ? `${letterOf(channel)} ${part}` : part)
      ),
  };
}

/** What the callback of a request is called in schedules. */
export function callbackName(channel: number, request: number): string {
  return `callback ${requestName(channel, request)}`;
}

function participantsOf(channel: number, requestCount: number, recipe: Recipe): Participant[] {
  const letter = letterOf(channel);
  const callbacks = Array.from({ length: requestCount }, (_, index): Participant => ({
    name: callbackName(channel, index + 1),
    runs: "once",
    reach: reachOf(channel, "callback"),
    run: (touch) => {
      const port = new ChannelPort(channel, touch);
      port.callbackBegins(index + 1);
      recipe.callback(port, index + 1);
    },
  }));
  return [
    ...callbacks,
    {
      name: `engine ${letter}`,
      runs: "whenever",
      ready: engineReady(channel),
      reach: reachOf(channel, "engine"),
      isHardware: true,
      run: (touch) => new ChannelPort(channel, touch).finishTransfer(),
    },
    {
      name: `ISR ${letter}`,
      runs: "whenever",
      ready: interruptReady(channel),
      reach: reachOf(channel, "isr"),
      run: (touch) => {
        const port = new ChannelPort(channel, touch);
        port.interruptBegins();
        recipe.interrupt(port);
      },
    },
  ];
}

function letterOf(channel: number): string {
  return requestName(channel, 1).charAt(0);
}

function canceller(channel: number): Participant {
  return {
    name: `requester ${requestName(channel, 1)}`,
    runs: "once",
    reach: reachOf(channel, "requester"),
    run: (touch) => void new ChannelPort(channel, touch).cancel(1),
  };
}

function dpcOf(channels: readonly number[], name: string, recipe: Recipe): Participant {
  const ready = channels.map((channel) => dpcReady(channel));
  return {
    name,
    runs: "whenever",
    ready: {
      reads: ready.reduce((bits, { reads }) => bits | reads, 0),
      holds: (words) => ready.some(({ holds }) => holds(words)),
    },
    reach: {
      reads: channels.reduce((bits, channel) => bits | reachOf(channel, "dpc").reads, 0),
      writes: channels.reduce((bits, channel) => bits | reachOf(channel, "dpc").writes, 0),
    },
    run: (touch) => {
      for (const channel of channels) {
        const port = new ChannelPort(channel, touch);
        if (port.takeDpc()) recipe.drain(port);
      }
    },
  };
}
