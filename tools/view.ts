/** `deno task view`: builds the page, serves it on loopback, and says where. */
import { BadArgument } from "../examples/options.ts";
import { say } from "../examples/terminal.ts";
import { HELP, readViewArguments } from "../view/arguments.ts";
import type { ViewArguments } from "../view/arguments.ts";
import { bundle, BundleFailure } from "../view/bundle.ts";
import { serve } from "../view/server.ts";
import { refuse } from "./arguments.ts";

function understood(): ViewArguments | null {
  try {
    return readViewArguments(Deno.args);
  } catch (error) {
    if (!(error instanceof BadArgument)) throw error;
    refuse(error.message);
  }
}

const asked = understood();
if (asked === null) {
  say(HELP.join("\n"));
  Deno.exit(0);
}
// Whoever opens the address at once waits for the files there.
const files = bundle();
files.catch((error) => {
  if (!(error instanceof BundleFailure)) throw error;
  refuse(error.message, 1);
});
const server = serve(files, asked.port);
if (typeof server === "string") refuse(server, 1);
await files;
say(`The page is at ${server.url}${asked.query} until Ctrl-C`);
