/** `--trace DIR`: what happened in a run, as files for the tools that people already use. */
import { CallLogTracer, PerfettoTracer, tee, VcdTracer } from "../mod.ts";
import type { ChannelName } from "../mod.ts";
import { BadArgument } from "./options.ts";
import type { Host, Recorder } from "./story.ts";

/** The channels of a card in the order of its interrupts: H2C first. */
export function channelNames(h2cCount: number, c2hCount: number): ChannelName[] {
  const named = (direction: "h2c" | "c2h", count: number): ChannelName[] =>
    Array.from({ length: count }, (_, number): ChannelName => `${direction}${number}`);
  return [...named("h2c", h2cCount), ...named("c2h", c2hCount)];
}

/** Runs that nobody watches. */
export const UNWATCHED: Recorder = { record: (_run, body) => body(undefined) };

/**
 * Writes each run into a folder: a timeline for Perfetto (`.json`), waves for GTKWave (`.vcd` with its `.gtkw`) and a
 * call log (`.jsonl`).
 */
export function folderRecorder(host: Host, folder: string): Recorder {
  return {
    record: ({ name, channels }, body) => {
      const open = (extension: string): (text: string) => void => {
        const opened = host.createFile(folder, `${name}${extension}`);
        if (typeof opened === "string") throw new BadArgument(opened);
        return opened;
      };
      const options = { channels };
      const timeline = new PerfettoTracer(open(".json"), options);
      const waves = new VcdTracer(open(".vcd"), options);
      const log = new CallLogTracer(open(".jsonl"), options);
      open(".gtkw")(waves.layout(`${name}.vcd`));
      try {
        const result = body(tee(timeline, waves, log));
        log.end();
        return result;
      } finally {
        timeline.close();
        waves.close();
      }
    },
  };
}
