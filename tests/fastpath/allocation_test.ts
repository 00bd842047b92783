/**
 * The hot path makes no garbage: millions of requests allocate nothing. It is measured in a process of its own, where
 * nobody else allocates and where garbage stays countable; `allocation_program.ts` says how.
 */
import { assert, assertEquals } from "@std/assert";

// 64 MiB before the first collection. One thread: compiler and collector work when they are asked to.
const V8_FLAGS = "--v8-flags=--min-semi-space-size=64,--max-semi-space-size=64,--single-threaded";
const REQUESTS = 10_000_000;
/** What the looks themselves make, with room: a hundredth of a byte a request. */
const ALLOWED_BYTES = 64 * 1024;

async function allocatedBytes(form: string, turn: string): Promise<number> {
  const program = new URL("./allocation_program.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", V8_FLAGS, program, form, turn],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  const { allocatedBytes, ...rest } = JSON.parse(decoder.decode(stdout));
  assertEquals(rest, { completed: REQUESTS, misuse: null });
  return allocatedBytes;
}

for (const form of ["one thread", "two halves"]) {
  Deno.test(`ten million requests allocate nothing (${form})`, async () => {
    const bytes = await allocatedBytes(form, "own");
    assert(bytes < ALLOWED_BYTES, `${bytes} bytes were allocated`);
  });

  Deno.test(`one small object in any of the turns would be seen a hundred times over (${form})`, async () => {
    for (const turn of ["submit", "serve", "drain"]) {
      const bytes = await allocatedBytes(form, turn);
      assert(bytes > 100 * ALLOWED_BYTES, `${turn}: ${bytes} bytes were seen`);
    }
  });
}
