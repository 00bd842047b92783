/** Tells a story for the page: arguments in, recordings of its runs and what it says out. */
import { STORIES } from "../../examples/demo.ts";
import { BadArgument, OPTIONS, readArguments, wordsOf } from "../../examples/options.ts";
import type { OptionName } from "../../examples/options.ts";
import { recorderBy } from "../../examples/recording.ts";
import type { Recorder, Story } from "../../examples/story.ts";
import { LINK_PRESETS, STRATEGIES } from "../../mod.ts";
import { pageOptions } from "../options.ts";
import { RecordingTracer } from "../record/recording_tracer.ts";
import type { OptionCard, Report, StoryCard } from "./messages.ts";
import { pageHost } from "./page_host.ts";
import type { ChosenFile } from "./page_host.ts";

const CHOICES: Partial<Record<OptionName, readonly string[]>> = {
  strategy: Object.keys(STRATEGIES),
  link: Object.keys(LINK_PRESETS),
  engine: ["chart", "table"],
  adapters: ["shared", "per-channel"],
};

/** The stories, as a form needs them. */
export function storyCards(): StoryCard[] {
  return STORIES.map((story) => ({
    name: story.name,
    title: story.title,
    options: pageOptions(story).map((name) => optionCard(story, name)),
  }));
}

function optionCard({ fallbacks, without }: Story, name: OptionName): OptionCard {
  const { value, says, fallback } = OPTIONS[name];
  return {
    name,
    value,
    says,
    fallback: fallbacks[name] ?? fallback,
    choices: CHOICES[name] ?? [],
    without: without[name] ?? "",
  };
}

/** Tells a story; `report` gets the recording of each run as it ends, then what the story says. */
export async function tell(
  args: readonly string[],
  chosen: ChosenFile | null,
  report: (report: Report) => void,
): Promise<void> {
  try {
    const [name = STORIES[0]!.name] = wordsOf(args);
    const story = STORIES.find((each) => each.name === name);
    if (story === undefined) {
      const names = STORIES.map((each) => each.name).join(", ");
      throw new BadArgument(`Cannot tell the story "${name}": expected one of ${names}`);
    }
    const { values } = readArguments(args, story.name, pageOptions(story), story.fallbacks);
    const host = pageHost(chosen, values.seed, (text) => report({ type: "progress", text }));
    const { lines, verdict, failures } = await story.tell(values, host, recorder(story, report));
    report({ type: "told", told: { title: story.title, lines, verdict, failures, notes: host.said } });
  } catch (error) {
    // A RangeError is what the rooms below say to options that cannot be; everything else is a bug of ours.
    const isExpected = error instanceof BadArgument || error instanceof RangeError;
    const sentence = error instanceof Error ? error.message : String(error);
    report({ type: "refused", sentence: isExpected ? sentence : `This run ended in a bug: ${sentence}` });
  }
}

function recorder(story: Story, report: (report: Report) => void): Recorder {
  return recorderBy(({ name, channels }) => {
    const label = name.startsWith(`${story.name}-`) ? name.slice(story.name.length + 1) : name;
    report({ type: "progress", text: `running ${label} …` });
    const tracer = new RecordingTracer(name, label, channels);
    return {
      tracer,
      end: (whole) => {
        if (whole) report({ type: "recording", recording: tracer.taken() });
      },
    };
  });
}
