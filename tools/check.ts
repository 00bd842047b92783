/** `deno task check LOG…`: names every misuse in a driver's call log, with the line that was wrong. */

import { check } from "./check/cli.ts";

type Output = { writeSync(bytes: Uint8Array): number };

// Written whole, because a pipe may take less than it is offered.
function write(to: Output, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
  } catch (error) {
    // Whoever read our output, such as `head`, has had enough.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}

/** Back to the first column, the text, and what the last one left behind is wiped away. */
const replaceLine = (text: string): void => write(Deno.stderr, `\r${text}\x1b[K`);

const status = await check(Deno.args, {
  input: Deno.stdin.readable,
  out: (text) => write(Deno.stdout, `${text}\n`),
  err: (text) => write(Deno.stderr, `${text}\n`),
  progress: Deno.stderr.isTerminal() ? replaceLine : null,
});
Deno.exit(status);
