/** `deno task check LOG…`: names every misuse in a driver's call log, with the line that was wrong. */

import { complain, say, writeWhole } from "../examples/terminal.ts";
import { check } from "./check/cli.ts";

/** Back to the first column, the text, and what the last one left behind is wiped away. */
const replaceLine = (text: string): void => writeWhole(Deno.stderr, `\r${text}\x1b[K`);

const status = await check(Deno.args, {
  input: Deno.stdin.readable,
  out: say,
  err: complain,
  progress: Deno.stderr.isTerminal() ? replaceLine : null,
});
Deno.exit(status);
