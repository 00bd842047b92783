/** Which options of a story mean something in a page: files, printing, inspectors and threads do not. */
import { COMMON } from "../examples/options.ts";
import type { OptionName } from "../examples/options.ts";
import type { Story } from "../examples/story.ts";

const NOT_HERE: ReadonlySet<OptionName> = new Set<OptionName>([
  ...["json", "help", "trace", "vcd", "log", "inspect", "watch", "threads", "dispatchers"] as const,
]);

/** The options of a story that the page knows, its own first. */
export function pageOptions({ options }: Story): OptionName[] {
  return [...options, ...COMMON].filter((name) => !NOT_HERE.has(name));
}
