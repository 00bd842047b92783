/** `deno task seeds`: the acceptance list, the tests that name each requirement, and what is missing. */

import { complain, say } from "../examples/terminal.ts";
import { seeds } from "./seeds/cli.ts";
import { titlesIn } from "./seeds/titles.ts";
import { readTree } from "./tidy/tree.ts";

const tests = readTree(new URL("../", import.meta.url)).filter(({ path }) => /^tests\/.*_test\.ts$/.test(path));
const { status, out, err } = seeds(Deno.args, tests.flatMap(titlesIn));
if (out !== "") say(out);
if (err !== "") complain(err);
Deno.exit(status);
