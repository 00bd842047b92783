/** The page's server: for the page, on this machine, and for nobody else. */
import { assert, assertEquals } from "@std/assert";
import { BadArgument } from "../../examples/options.ts";
import { DEFAULT_PORT, HELP, readViewArguments } from "../../view/arguments.ts";
import type { Bundle } from "../../view/bundle.ts";
import { answer } from "../../view/server.ts";

const PORT = 8790;
const bytes = new TextEncoder().encode("<p>hello");
const FILES: Bundle = new Map([["/", { type: "text/html; charset=utf-8", bytes }]]);

/** Asks for a path with headers; a browser's own are added where they are not given. */
function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Response {
  const all = { host: `127.0.0.1:${PORT}`, ...headers };
  return answer(new Request(`http://127.0.0.1:${PORT}${path}`, { method, headers: all }), FILES, PORT);
}

Deno.test("the page comes to whoever types its address, with a policy that lets nothing else in", async () => {
  const response = ask("/?story=burst", { "sec-fetch-site": "none" });
  assertEquals([response.status, await response.text()], [200, "<p>hello"]);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert(policy.includes("default-src 'none'") && policy.includes("connect-src 'self'"), policy);
  assert(!policy.includes("unsafe"), policy);
  assertEquals(response.headers.get("access-control-allow-origin"), null);
});

Deno.test("another site, another origin and another name for this machine are refused", () => {
  assertEquals(ask("/", { "sec-fetch-site": "cross-site" }).status, 403);
  assertEquals(ask("/", { "sec-fetch-site": "same-site" }).status, 403);
  assertEquals(ask("/", { origin: "http://evil.example" }).status, 403);
  assertEquals(ask("/", { origin: `http://127.0.0.1:${PORT + 1}` }).status, 403);
  assertEquals(ask("/", { host: `evil.example:${PORT}` }).status, 421);
  assertEquals(ask("/", { host: `127.0.0.1:${PORT + 1}` }).status, 421);
  assertEquals(ask("/", { origin: `http://127.0.0.1:${PORT}`, "sec-fetch-site": "same-origin" }).status, 200);
});

Deno.test("nothing outside the table is served, and nothing can be changed", async () => {
  for (const path of ["/deno.json", "/../deno.json", "/%2e%2e/deno.json", "/page.js/", "/docs/"]) {
    assertEquals(ask(path).status, 404, path);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) assertEquals(ask("/", {}, method).status, 405, method);
  const head = ask("/", {}, "HEAD");
  assertEquals([head.status, await head.text(), head.headers.get("content-length")], [200, "", "8"]);
});

Deno.test("the arguments of the page are those of the story, and a port", () => {
  assertEquals(readViewArguments([]), { port: DEFAULT_PORT, query: "" });
  assertEquals(readViewArguments(["burst", "--port", "0", "--seed=7", "--iommu"]), {
    port: 0,
    query: "?story=burst&seed=7&iommu=true",
  });
  assertEquals(readViewArguments(["--port=9000", "--strategy", "copy,classic"])?.query, "?strategy=copy%2Cclassic");
  assertEquals(readViewArguments(["burst", "--help"]), null);
  assert(HELP.length > 3);
});

Deno.test("arguments that cannot be are refused with one sentence", () => {
  const refused: [string[], string][] = [
    [["dance"], 'Cannot tell the story "dance"'],
    [["burst", "waltz"], 'Cannot understand "waltz"'],
    [["--port", "70000"], 'Cannot use "70000" as --port'],
    [["--port"], 'Cannot use "" as --port'],
    [["burst", "--transfers", "0"], 'Cannot use "0" as --transfers'],
    [["--trace", "out"], "Cannot use --trace"],
    [["--file", "README.md"], 'Cannot use "README.md" as --file: expected a size'],
  ];
  for (const [args, begins] of refused) {
    try {
      readViewArguments(args);
      assert(false, `${args.join(" ")} was accepted`);
    } catch (error) {
      assert(error instanceof BadArgument && error.message.startsWith(begins), String(error));
    }
  }
});
