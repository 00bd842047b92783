/** The package's documentation, as `deno doc --lint` judges it. */
import { assert, assertEquals } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };

/**
 * XState's own types, which the types of charts and lives are made of. To export them from here would put another
 * package's undocumented symbols into our documentation.
 */
const XSTATES: readonly string[] = ["ActorOptions", "AnyActorLogic", "AnyActorRef", "AnyStateMachine"]
  .concat("EventObject", "MachineContext", "StateMachine", "StateValue");

Deno.test("every exported symbol is documented and explicit; the only complaints are about XState's own types", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...Object.values(manifest.exports)],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const complaints = [...text.matchAll(/^error\[(.*?)\]: (.*)\n\s*--> (.*)$/gm)];
  const [, total = "0"] = text.match(/Found (\d+) documentation lint error/) ?? [];
  // Nothing is overlooked: each complaint was read, and there are some.
  assertEquals(complaints.length, Number(total));
  assert(complaints.length > 0, text);
  const ours = complaints.filter(([, code, sentence = ""]) => {
    const [, type = ""] = sentence.match(/references private type '(\w+)'/) ?? [];
    return code !== "private-type-ref" || !XSTATES.includes(type);
  });
  assertEquals(ours.map(([, code, sentence, place]) => `${code}: ${sentence} ${place}`), []);
});
