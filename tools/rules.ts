/** `deno task rules`: every rule, the tests that provoke it, and what is missing. */

import { complain, say } from "../examples/terminal.ts";
import { rules } from "./rules/cli.ts";
import { titlesIn } from "./seeds/titles.ts";
import { readTree } from "./tidy/tree.ts";

const tests = readTree(new URL("../", import.meta.url)).filter(({ path }) => /^tests\/check\/.*_test\.ts$/.test(path));
const { status, out, err } = rules(Deno.args, tests.flatMap(titlesIn));
if (out !== "") say(out);
if (err !== "") complain(err);
Deno.exit(status);
