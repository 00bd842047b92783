/**
 * The fast path's own code as a model: dispatch_side.ts, device_side.ts and everything below them run as they are, over
 * columns that turn every access to a shared word, atomic or plain, into one step of the explorer.
 *
 * What stays as it is are words that never change while requests are under way: tables, request rows, descriptors, and,
 * as long as no slot is used twice, which request stands in it.
 */
import { createDeviceSide } from "../../fastpath/device_side.ts";
import { createDispatchSide } from "../../fastpath/dispatch_side.ts";
import { LAST_DESCRIPTOR } from "../../fastpath/3_map.ts";
import { PENDING, SUCCESS } from "../../fastpath/2_validate.ts";
import { pathLives } from "../../fastpath/lives.ts";
import {
  CHANNEL_ROW,
  CONTROL_WORDS,
  createPathMemory,
  DESCRIPTOR_WORDS,
  DONE,
  DOORBELL,
  FLAG_LOCKED,
  FLAG_WRITE,
  HEADER_FIRST_MISUSE,
  HEADER_MISUSE_COUNT,
  HEADER_PARKED,
  READY,
  STARTED,
  SUBMITTED,
} from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import type { Model, Participant, Touch } from "../../fastpath/explore/mod.ts";

/** How a channel's dispatcher hands its requests over, one after the other. */
export type Dispatch = (memory: PathMemory, channel: number, firstRequest: number, count: number) => void;

/** As the fast path does it. */
export const ownDispatch: Dispatch = (memory, channel, firstRequest, count) => {
  const { submit } = createDispatchSide(memory);
  for (let request = 0; request < count; request++) submit(channel, firstRequest + request, 1);
};

/**
 * One request at a time, and the next whenever there is a slot: more requests than slots, so that slots are used again.
 * Which request it is, the cursor says.
 */
export const whileThereIsRoom: Dispatch = (memory, channel, firstRequest) => {
  const position = Atomics.load(memory.control, channel * CONTROL_WORDS + SUBMITTED);
  createDispatchSide(memory).submit(channel, firstRequest + position, 1);
};

const BYTES = 4096;
const SLOTS = 2;
const CURSORS = { SUBMITTED, CHANNEL_ROW, STARTED, DOORBELL, READY, DONE };
const HEADER = { HEADER_MISUSE_COUNT, HEADER_FIRST_MISUSE, HEADER_PARKED };
type ColumnName = typeof COLUMNS[number];
const COLUMNS = ["control", "header", "slotRow", "slotRequest", "slotMoved", "requestStatus"] as const;

/** A shared word: where it stands, and what it is called. */
interface SharedWord {
  readonly column: ColumnName;
  readonly index: number;
  readonly name: string;
  /** The channel that it belongs to, if it belongs to one. */
  readonly channel?: number;
}

/** One object a word. Words beyond the 31st share the last one, which is coarser and still right. */
function bitOf(word: number): number {
  return 1 << Math.min(word, 30);
}

/**
 * The model: for each channel a dispatcher with so many requests; one device side and one DPC for all channels. A
 * channel has two slots; with more requests than that the dispatch is to be {@link whileThereIsRoom}.
 */
export function fastPathModel(requestCounts: readonly number[], dispatch: Dispatch = ownDispatch): Model {
  const sizes = { channelCount: requestCounts.length, slotCount: SLOTS, descriptorsPerSlot: 1, elementBytes: BYTES };
  const memory = createPathMemory({ ...sizes, requestCount: 8 }, pathLives());
  prepare(memory);
  const isReusing = dispatch === whileThereIsRoom;
  const shared = sharedWords(memory, requestCounts, isReusing);
  const at = (column: ColumnName, index: number): number =>
    shared.findIndex((word) => word.column === column && word.index === index);
  const cursor = (channel: number, word: number): number => at("control", channel * CONTROL_WORDS + word);
  const channels = requestCounts.map((_, channel) => channel);
  const firstRequests = requestCounts.map((_, channel) => requestCounts.slice(0, channel).reduce((a, b) => a + b, 0));
  const statuses = shared.flatMap(({ column }, index) => column === "requestStatus" ? [index] : []);
  // Who may touch what, by the word's name; a channel's words end with its number, and a slot belongs to a channel.
  const bits = (pattern: string, channel?: number): number =>
    shared.reduce((sum, word, index) => {
      const mine = channel === undefined || word.channel === undefined || word.channel === channel;
      return mine && new RegExp(`^(?:${pattern})`).test(word.name) ? sum | bitOf(index) : sum;
    }, 0);
  const participant = (
    name: string,
    run: (view: PathMemory) => void,
    reach: Participant["reach"],
    ready?: Participant["ready"],
  ): Participant => ({
    name,
    runs: ready === undefined ? "once" : "whenever",
    ...(ready === undefined ? {} : { ready }),
    reach,
    run: (touch) => watched(memory, shared, touch, run),
  });
  return {
    name: `the fast path, ${requestCounts.join(" + ")} requests`,
    words: Int32Array.from(shared, ({ column, index }) => memory[column][index]!),
    participants: [
      ...channels.map((channel) =>
        participant(
          `dispatcher ${channel}`,
          (view) => dispatch(view, channel, firstRequests[channel]!, requestCounts[channel]!),
          {
            // Its sides open the cursors of every channel; from then on it keeps to its own.
            reads: bits("SUBMITTED|DONE|HEADER") | bits("STARTED|CHANNEL_ROW|slotRow", channel),
            writes: bits(
              "SUBMITTED|CHANNEL_ROW|STARTED|DOORBELL|slotRow|slotRequest|requestStatus|HEADER_[MF]",
              channel,
            ),
          },
          !isReusing ? undefined : {
            reads: bits("SUBMITTED|DONE", channel),
            holds: (words) => {
              const submitted = words[cursor(channel, SUBMITTED)]!;
              return submitted < requestCounts[channel]! && submitted - words[cursor(channel, DONE)]! < SLOTS;
            },
          },
        )
      ),
      participant(
        "engine and ISR",
        (view) => void createDeviceSide(view).serve(),
        {
          reads: bits("SUBMITTED|CHANNEL_ROW|STARTED|DOORBELL|READY|slotRow|HEADER_[MF]"),
          writes: bits("CHANNEL_ROW|STARTED|DOORBELL|READY|slotRow|slotMoved|HEADER_[MF]"),
        },
        {
          reads: bits("DOORBELL|READY"),
          holds: (words) =>
            channels.some((channel) => words[cursor(channel, DOORBELL)] !== words[cursor(channel, READY)]),
        },
      ),
      participant(
        "DPC",
        (view) => void createDispatchSide(view).drain(),
        {
          reads: bits("SUBMITTED|READY|DONE|slotRow|slotRequest|slotMoved|HEADER_[MF]"),
          writes: bits("DONE|slotRow|requestStatus|HEADER_[MF]"),
        },
        {
          reads: bits("READY|DONE"),
          holds: (words) => channels.some((channel) => words[cursor(channel, READY)] !== words[cursor(channel, DONE)]),
        },
      ),
    ],
    findings: (words) => words[at("header", HEADER_MISUSE_COUNT)] === 0 ? 0 : 1,
    findingsAtEnd: (words) => statuses.every((status) => words[status] === SUCCESS) ? 0 : 2,
    findingNames: ["Misuse", "RequestLost"],
    describe: (words) => shared.map(({ name }, index) => `${name} ${words[index]}`),
  };
}

function prepare(memory: PathMemory): void {
  memory.requestFlags.fill(FLAG_LOCKED | FLAG_WRITE);
  memory.requestLength.fill(BYTES);
  memory.requestStatus.fill(PENDING);
  for (let at = 0; at < memory.descriptors.length; at += DESCRIPTOR_WORDS) {
    memory.descriptors[at] = LAST_DESCRIPTOR;
    memory.descriptors[at + 1] = BYTES;
  }
}

function sharedWords(memory: PathMemory, requestCounts: readonly number[], isReusing: boolean): SharedWord[] {
  const slots = (name: "slotRow" | "slotRequest" | "slotMoved"): SharedWord[] =>
    Array.from({ length: requestCounts.length * memory.slotCount }, (_, index) => ({
      column: name,
      index,
      name: `${name}[${index}]`,
      channel: Math.floor(index / memory.slotCount),
    }));
  const channelOfRequest = requestCounts.flatMap((count, channel) => new Array<number>(count).fill(channel));
  return [
    ...requestCounts.flatMap((_, channel) =>
      Object.entries(CURSORS).map(([name, word]): SharedWord => ({
        column: "control",
        index: channel * CONTROL_WORDS + word,
        name: `${name}[${channel}]`,
        channel,
      }))
    ),
    ...slots("slotRow"),
    ...channelOfRequest.map((channel, index): SharedWord => ({
      column: "requestStatus",
      index,
      name: `requestStatus[${index}]`,
      channel,
    })),
    ...slots("slotMoved"),
    ...(isReusing ? slots("slotRequest") : []),
    ...Object.entries(HEADER).map(([name, index]): SharedWord => ({ column: "header", index, name })),
  ];
}

/** Runs a participant over columns whose shared words are steps. */
function watched(
  memory: PathMemory,
  shared: readonly SharedWord[],
  touch: Touch,
  run: (view: PathMemory) => void,
): void {
  const columns = new Map<unknown, ColumnName>();
  const wordOf = (column: ColumnName, index: number): number =>
    shared.findIndex((word) => word.column === column && word.index === index);
  const access = (word: number, verb: string, change?: (old: number) => number): number => {
    const bit = bitOf(word);
    return touch({
      does: `${verb} ${shared[word]!.name}`,
      reads: verb.startsWith("stores") ? 0 : bit,
      writes: change === undefined ? 0 : bit,
      perform: (words) => {
        const old = words[word]!;
        if (change !== undefined) words[word] = change(old);
        return old;
      },
    });
  };
  const watchedColumn = (column: ColumnName): Int32Array => {
    const real = memory[column];
    const proxy = new Proxy(real, {
      get: (target, key) => {
        const word = typeof key === "string" ? wordOf(column, Number(key)) : -1;
        return word < 0 ? Reflect.get(target, key, target) : access(word, "loads");
      },
      set: (_, key, value: number) => {
        const word = wordOf(column, Number(key));
        if (word < 0) throw new Error(`${column}[${String(key)}] is not known as a shared word`);
        access(word, "stores", () => value);
        return true;
      },
    });
    columns.set(proxy, column);
    return proxy;
  };
  const names = COLUMNS.filter((name) => shared.some(({ column }) => column === name));
  const view = { ...memory, ...Object.fromEntries(names.map((name) => [name, watchedColumn(name)])) } as PathMemory;
  const atomic =
    (verb: string, change?: (old: number, ...values: number[]) => number) =>
    (array: unknown, index: number, ...values: number[]): number => {
      const column = columns.get(array);
      if (column === undefined) throw new Error("an atomic operation on a word that nobody watches");
      const answer = access(
        wordOf(column, index),
        verb,
        change === undefined ? undefined : (old) => change(old, ...values),
      );
      return verb === "stores atomically" ? values[0]! : answer;
    };
  const { load, store, add, exchange, compareExchange } = Atomics;
  Object.assign(Atomics, {
    load: atomic("loads atomically"),
    store: atomic("stores atomically", (_, value) => value!),
    add: atomic("adds to", (old, value) => (old + value!) | 0),
    exchange: atomic("exchanges", (_, value) => value!),
    compareExchange: atomic("swaps", (old, expected, value) => old === expected ? value! : old),
  });
  try {
    run(view);
  } finally {
    Object.assign(Atomics, { load, store, add, exchange, compareExchange });
  }
}
