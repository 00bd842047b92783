/**
 * `--inspect`: a run's messages over a WebSocket, one JSON text each, to pages of this machine and to nobody else.
 *
 * A run does not wait for anybody: while it computes, nothing is sent. Messages are kept, and whoever connects gets
 * them from the first on. Once no further one comes, the connection ends; the first viewer who has them all ends the
 * waiting.
 */
import type { InspectorLine } from "./story.ts";

const PAGE = new URL("./inspector.html", import.meta.url);
/** The page may show another viewer in a frame, and connects to nobody but us. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " +
  "connect-src 'self'; frame-src http: https:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];
const NORMAL = 1000;

/** Listens at a port of 127.0.0.1, 0 for any that is free; a sentence if that cannot be. */
export function openInspector(port: number): InspectorLine | string {
  const messages: string[] = [];
  const viewers = new Set<WebSocket>();
  const { promise: served, resolve: serve } = Promise.withResolvers<void>();
  let isOver = false;

  const connect = (request: Request): Response => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      for (const message of messages) socket.send(message);
      if (isOver) socket.close(NORMAL, "the run is over");
      else viewers.add(socket);
    };
    socket.onclose = ({ code }) => {
      viewers.delete(socket);
      // The other side answers a close when it has read what came before it.
      if (isOver && code === NORMAL) serve();
    };
    return response;
  };
  const answer = async (request: Request): Promise<Response> => {
    if (!isFromHere(request)) return new Response("Only pages of this machine may look\n", { status: 403 });
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return connect(request);
    if (request.method !== "GET" || new URL(request.url).pathname !== "/") {
      return new Response("There is only GET /, and the WebSocket\n", { status: 404 });
    }
    const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": CONTENT_POLICY };
    return new Response(await Deno.readTextFile(PAGE), { headers });
  };

  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, answer);
  } catch (error) {
    return `Cannot --inspect at port ${port}: ${whyNot(error)}`;
  }
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    send: (message) => {
      messages.push(message);
      for (const viewer of viewers) viewer.send(message);
    },
    ended: async () => {
      isOver = true;
      for (const viewer of viewers) viewer.close(NORMAL, "the run is over");
      await served;
      await server.shutdown();
    },
  };
}

/** A page of another origin names it; a name that was made to mean 127.0.0.1 stands in `host`. */
function isFromHere({ headers }: Request): boolean {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  if (!isLoopback(`http://${headers.get("host")}`)) return false;
  if (origin !== null) return isLoopback(origin);
  return site === null || site === "none" || site === "same-origin";
}

function isLoopback(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK.includes(new URL(origin).hostname);
}

function whyNot(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "something else listens there; --inspect 0 takes any that is free";
  if (error instanceof Deno.errors.NotCapable) return "listening needs --allow-net=127.0.0.1";
  return error instanceof Error ? error.message : String(error);
}
