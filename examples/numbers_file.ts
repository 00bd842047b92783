/** What stands in a file of numbers, and the first field of it that cannot be. */
import { createLink, LINK_NAMES, STRATEGIES } from "../mod.ts";
import type { Costs, LinkOptions, StrategyName } from "../mod.ts";
import { choice, fields, items, optional, Unfit, whole } from "./numbers_reader.ts";
import type { Reader } from "./numbers_reader.ts";

/** A card, its host, its load, and the strategies to compare. */
export interface Numbers {
  readonly card: { readonly h2cCount: number; readonly c2hCount: number; readonly link: LinkOptions };
  /** Of {@link Costs}, and how many processors. */
  readonly host: Pick<Costs, "setupNs" | "setupPerPageNs" | "isrNs" | "dpcNs"> & { readonly processors: number };
  /** Requests arrive `gapNs` apart on average, each of a kind drawn by its share. */
  readonly load: {
    readonly requestCount: number;
    readonly gapNs: number;
    readonly mix: readonly { readonly channelIndex: number; readonly bytes: number; readonly share: number }[];
  };
  readonly strategies: readonly StrategyName[];
}

/** Each request has a buffer of its own, in half of the host's memory. */
const BUFFER_BYTES = 2 ** 35;

const time = whole(0, 1e12);
const packet = choice([128, 256, 512, 1024, 2048, 4096]);

const readNumbers: Reader<Numbers> = fields({
  card: fields({
    h2cCount: whole(0, 4),
    c2hCount: whole(0, 4),
    link: fields({
      preset: choice(LINK_NAMES),
      lanes: optional(choice([1, 2, 4, 8, 16])),
      maxPayloadBytes: optional(packet),
      maxReadRequestBytes: optional(packet),
      readLatencyNs: optional(time),
      writeLatencyNs: optional(time),
      tags: optional(whole(1, 1024)),
    }),
  }),
  host: fields({ setupNs: time, setupPerPageNs: time, isrNs: time, dpcNs: time, processors: whole(1, 64) }),
  load: fields({
    requestCount: whole(1, 100_000),
    gapNs: time,
    mix: items(fields({ channelIndex: whole(0, 7), bytes: whole(1, 2 ** 24), share: whole(1, 1000) })),
  }),
  strategies: items(choice(Object.keys(STRATEGIES) as StrategyName[])),
});

/**
 * Reads and checks the text of a file.
 *
 * @throws {Unfit} at the first field that cannot be; {RangeError} if the figures of the link do not fit each other;
 *   {SyntaxError} if it is no JSON.
 */
export function numbersOf(text: string): Numbers {
  const numbers = readNumbers(JSON.parse(text), "");
  const { h2cCount, c2hCount, link } = numbers.card;
  const channels = h2cCount + c2hCount;
  if (channels === 0) throw new Unfit("card.h2cCount", 0, "at least one channel, here or in card.c2hCount");
  numbers.load.mix.forEach(({ channelIndex }, index) => {
    const expected = `less than ${channels}, the channels of the card`;
    if (channelIndex >= channels) throw new Unfit(`load.mix[${index}].channelIndex`, channelIndex, expected);
  });
  const { requestCount, mix } = numbers.load;
  const most = Math.floor(BUFFER_BYTES / Math.max(...mix.map(({ bytes }) => bytes)));
  if (requestCount > most) throw new Unfit("load.requestCount", requestCount, `at most ${most} of that size`);
  createLink(link);
  return numbers;
}
