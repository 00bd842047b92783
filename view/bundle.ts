/**
 * Everything that the page consists of, as bytes: `deno bundle` makes one script of the page and one of its worker,
 * both at a time; nothing is written to a disk.
 */
import { LIFECYCLES_PATH, PAGE_SCRIPT, PAGE_STYLE, PLOT_STYLE, WORKER_SCRIPT } from "./paths.ts";

/** One file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Address → file. */
export type Bundle = ReadonlyMap<string, PageFile>;

/** The page could not be built: one sentence. */
export class BundleFailure extends Error {
  override name = "BundleFailure";
}

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

const PAGE_ENTRY = new URL("./page/main.ts", import.meta.url);
const WORKER_ENTRY = new URL("./worker/main.ts", import.meta.url);

/**
 * Builds the page.
 *
 * @throws {BundleFailure} if a script cannot be made.
 */
export async function bundle(): Promise<Bundle> {
  const local = (path: string): Promise<Uint8Array<ArrayBuffer>> => Deno.readFile(new URL(path, import.meta.url));
  const [[pageScript, workerScript], html, style, plotStyle, lifecycles] = await Promise.all([
    scripts(PAGE_ENTRY, WORKER_ENTRY),
    local("./page/index.html"),
    local("./page/page.css"),
    Deno.readFile(new URL(import.meta.resolve("uplot/dist/uPlot.min.css"))),
    local(`../${LIFECYCLES_PATH}`),
  ]);
  return new Map([
    ["/", { type: "text/html; charset=utf-8", bytes: html }],
    [PAGE_SCRIPT, { type: SCRIPT, bytes: pageScript }],
    [WORKER_SCRIPT, { type: SCRIPT, bytes: workerScript }],
    [PAGE_STYLE, { type: STYLE, bytes: style }],
    [PLOT_STYLE, { type: STYLE, bytes: plotStyle }],
    [`/${LIFECYCLES_PATH}`, { type: "text/plain; charset=utf-8", bytes: lifecycles }],
  ]);
}

/** Both scripts at a time. */
async function scripts(page: URL, worker: URL): Promise<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> {
  const [first, second] = await Promise.allSettled([script(page), script(worker)]);
  // The first time that Deno bundles it fetches its esbuild, and two that do so at once get into each other's way: who
  // failed tries again, alone.
  return [
    first.status === "fulfilled" ? first.value : await script(page),
    second.status === "fulfilled" ? second.value : await script(worker),
  ];
}

/** One script of an entry and all it imports, types left out. */
async function script(entry: URL): Promise<Uint8Array<ArrayBuffer>> {
  const args = ["bundle", "--quiet", "--platform", "browser", "--minify", entry.href];
  // Wherever the command was started: the packages are those of this repository.
  const cwd = new URL("../", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
  if (success) return stdout;
  throw new BundleFailure(`Cannot build the page from ${entry.pathname}: ${new TextDecoder().decode(stderr).trim()}`);
}
