import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createTunnels, type TunnellingProxy } from "./tunnels.ts";

const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;

/**
 * A SOCKS5 proxy that tunnels.
 * @see https://www.rfc-editor.org/rfc/rfc1928
 * @see https://www.rfc-editor.org/rfc/rfc1929
 */
export async function startSocksProxy(
  options: {
    /** `user:password`; default: no authentication. */
    readonly user?: string | undefined;
    /** Reply code for every client, as in RFC 1928, section 6. */
    readonly refuse?: number | undefined;
    readonly host?: string | undefined;
  } = {},
): Promise<TunnellingProxy> {
  const tunnels = createTunnels(options.host);
  const greet = async (client: Socket): Promise<void> => {
    const user = await authenticate(client, options.user);
    if (user === "refused") return;
    const { host, port } = await readTarget(client);
    tunnels.asked.push(`${user}${host}:${port}`);
    const reply = (status: number): Buffer => Buffer.from([5, status, 0, 1, 0, 0, 0, 0, 0, 0]);
    if (options.refuse !== undefined) client.end(reply(options.refuse));
    else tunnels.join(client, port, () => client.write(reply(0)));
  };
  const server = createServer((client) => {
    client.on("error", () => {});
    greet(client).catch(() => client.destroy());
  });
  return tunnels.serve(server);
}

/** The received credentials as `user:password@`, or an empty string without authentication. */
async function authenticate(client: Socket, wanted: string | undefined): Promise<string> {
  const offered = await take(client, (await take(client, 2)).readUInt8(1));
  const method = wanted === undefined ? NO_AUTHENTICATION : USER_AND_PASSWORD;
  client.write(Buffer.from([5, offered.includes(method) ? method : NONE_ACCEPTABLE]));
  if (wanted === undefined) return "";
  if (!offered.includes(method)) return "refused";
  await take(client, 1);
  const user = await takeText(client);
  const received = `${user}:${await takeText(client)}`;
  client.write(Buffer.from([1, received === wanted ? 0 : 1]));
  return received === wanted ? `${received}@` : "refused";
}

async function readTarget(client: Socket): Promise<{ host: string; port: number }> {
  const type = (await take(client, 4)).readUInt8(3);
  const host = await readHost(client, type);
  return { host, port: (await take(client, 2)).readUInt16BE() };
}

async function readHost(client: Socket, type: number): Promise<string> {
  if (type === 3) return takeText(client);
  if (type === 1) return [...(await take(client, 4))].join(".");
  const groups = (await take(client, 16)).toString("hex").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]`).hostname;
}

async function takeText(client: Socket): Promise<string> {
  return (await take(client, (await take(client, 1)).readUInt8())).toString("utf8");
}

async function take(client: Socket, count: number): Promise<Buffer> {
  if (count === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = client.read(count) as Buffer | null;
    if (bytes !== null) return bytes;
    if (client.readableEnded) throw new Error("the client has disconnected");
    await once(client, "readable");
  }
}
