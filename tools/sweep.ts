/** `deno task sweep`: grids of parameters, shared out to as many machines as there are. */
import { host } from "../examples/main.ts";
import { sweep } from "./sweep/cli.ts";

Deno.exit(await sweep(Deno.args, host, (name) => Deno.env.get(name)));
