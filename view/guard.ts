/**
 * Who may ask the page's server: a browser on this machine that shows the page itself. A page of somebody else that
 * the same browser shows may not, not even if its name was bent to point here (DNS rebinding).
 */

/** What every answer carries. The page may load its own files and nothing else, and nobody may put it in a frame. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "worker-src 'self'"],
    ...["connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** A person typed the address or followed a bookmark, or the page itself asks. */
const FETCH_SITES: ReadonlySet<string> = new Set(["same-origin", "none"]);
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Why a request is refused: a status and one sentence; undefined if it is not. `port` is the server's own. */
export function refusal(
  { method, headers }: Pick<Request, "method" | "headers">,
  port: number,
): { readonly status: number; readonly sentence: string } | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const host = headers.get("host") ?? "";
  if (!hosts.includes(host)) return { status: 421, sentence: `This server is ${hosts[0]}, not "${host}"` };
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${host}`) {
    return { status: 403, sentence: `The origin ${origin} may not ask here` };
  }
  const site = headers.get("sec-fetch-site");
  if (site !== null && !FETCH_SITES.has(site)) {
    return { status: 403, sentence: `Another site may not ask here (sec-fetch-site: ${site})` };
  }
  if (!METHODS.has(method)) return { status: 405, sentence: `Nothing can be changed here: ${method} is not allowed` };
  return undefined;
}
