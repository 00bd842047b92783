/** What deno.json promises: described tasks, stand-ins that fit what is asked for, versions pinned by the lock. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };

const read = (path: string): string => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));

Deno.test("every task says what it does", () => {
  for (const [name, task] of Object.entries(manifest.tasks)) assert(task.description.length > 10, name);
});

Deno.test("no task reaches the network: some listen on this machine's loopback, and tests on nothing at all", () => {
  for (const { command } of Object.values(manifest.tasks)) {
    const others = command.replaceAll("--allow-net=127.0.0.1 ", "");
    assert(!/--allow-net|--allow-all|(?:^|\s)-A(?:\s|$)/.test(others), command);
  }
  assert(!manifest.tasks.test.command.includes("--allow-net"));
});

Deno.test("leak sanitizers are on for every test", () => {
  assertEquals(manifest.test, { sanitizeOps: true, sanitizeResources: true });
});

Deno.test("each @std import has a stand-in in its major version", () => {
  const asked = Object.entries(manifest.imports).filter(([name]) => name.startsWith("@std/"));
  const linked = manifest.links.map((path) => JSON.parse(read(`${path}/deno.json`)));
  assertEquals(linked.map(({ name }) => name).sort(), asked.map(([name]) => name).sort());
  for (const { name, version } of linked) {
    const [, specifier = ""] = asked.find(([known]) => known === name) ?? [];
    assertEquals(specifier, `jsr:${name}@^1.0.0`);
    assert(version.startsWith("1."), `${name} ${version}`);
  }
});

Deno.test("the lock file is frozen: nothing resolves anew on another machine", () => {
  assertEquals(manifest.lock, { frozen: true });
});

Deno.test("the lock file pins every npm package with its integrity", () => {
  const lock = JSON.parse(read("deno.lock"));
  for (const specifier of Object.values(manifest.imports).filter((specifier) => specifier.startsWith("npm:"))) {
    const name = specifier.slice("npm:".length, specifier.lastIndexOf("@"));
    const pinned = Object.keys(lock.npm).find((key) => key.startsWith(`${name}@`)) ?? "";
    assertStringIncludes(lock.npm[pinned]?.integrity ?? "", "sha512-", name);
  }
});
