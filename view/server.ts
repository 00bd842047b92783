/** The server of the page: a fixed table of files on loopback, for the page itself and for nobody else. */
import type { Bundle } from "./bundle.ts";
import { HEADERS, refusal } from "./guard.ts";

/** A server that runs. */
export interface ViewServer {
  /** Where the page is: `http://127.0.0.1:8790/`. */
  readonly url: string;
  /** Ends it. */
  readonly close: () => Promise<void>;
}

/** The only interface that the server listens on. */
const LOOPBACK = "127.0.0.1";

/** The answer to one request. */
export function answer(request: Request, files: Bundle, port: number): Response {
  const refused = refusal(request, port);
  if (refused !== undefined) return sentence(refused.status, refused.sentence);
  const { pathname } = new URL(request.url);
  const file = files.get(pathname);
  if (file === undefined) return sentence(404, `There is no ${pathname} here`);
  const headers = { ...HEADERS, "content-type": file.type, "content-length": `${file.bytes.length}` };
  return new Response(request.method === "HEAD" ? null : file.bytes, { headers });
}

function sentence(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8" } });
}

/**
 * Starts the server; a sentence if the port cannot be had. Port 0 lets the system choose.
 */
export function serve(files: Promise<Bundle>, port: number): ViewServer | string {
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(
      { hostname: LOOPBACK, port, onListen: () => {} },
      async (request) => answer(request, await files, server.addr.port),
    );
  } catch (error) {
    const isTaken = error instanceof Deno.errors.AddrInUse;
    if (!isTaken && !(error instanceof Deno.errors.PermissionDenied)) throw error;
    const why = isTaken ? "the port is taken" : "this user may not take the port";
    return `Cannot listen on ${LOOPBACK}:${port}: ${why}; --port N takes another, --port 0 any that is free`;
  }
  return { url: `http://${LOOPBACK}:${server.addr.port}/`, close: () => server.shutdown() };
}
