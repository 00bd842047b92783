/** `deno task check LOG…`: names every misuse in a driver's call log, with the line that was wrong. */

import { check } from "./check/cli.ts";

// Written whole, because a pipe may take less than it is offered.
const write = (to: { writeSync(bytes: Uint8Array): number }) => (text: string): void => {
  let bytes = new TextEncoder().encode(text + "\n");
  try {
    while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
  } catch (error) {
    // Whoever read our output, such as `head`, has had enough.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
};

const status = await check(Deno.args, {
  input: Deno.stdin.readable,
  out: write(Deno.stdout),
  err: write(Deno.stderr),
  interactive: Deno.stderr.isTerminal(),
});
Deno.exit(status);
