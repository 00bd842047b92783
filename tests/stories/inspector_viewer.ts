/** A viewer as a process: `inspector_viewer.ts URL` prints how strangers are answered, then every message. */
const url = new URL(Deno.args[0]!);

/** The first line of the answer to a request with these headers. */
async function firstLine(...headers: string[]): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(url.port) });
  const lines = ["GET / HTTP/1.1", ...headers, "Connection: close", "", ""];
  await connection.write(new TextEncoder().encode(lines.join("\r\n")));
  const bytes = new Uint8Array(64);
  const count = await connection.read(bytes) ?? 0;
  connection.close();
  return new TextDecoder().decode(bytes.subarray(0, count)).split("\r\n")[0]!;
}

const host = `Host: ${url.host}`;
const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
  .concat("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
console.log(await firstLine(host));
console.log(await firstLine(host, "Origin: http://elsewhere.example", ...upgrade));
console.log(await firstLine(host, "Sec-Fetch-Site: cross-site"));
console.log(await firstLine("Host: elsewhere.example"));

const socket = new WebSocket(`ws://${url.host}/`);
socket.onmessage = ({ data }) => console.log(data);
await new Promise((resolve) => socket.onclose = resolve);
