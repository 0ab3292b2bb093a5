import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

/** An HTTP proxy that tunnels: https://www.rfc-editor.org/rfc/rfc9110#name-connect */
export type ConnectProxy = AsyncDisposable & {
  readonly port: number;
  /** `host:port` of each tunnel, in order, with the user that asked for it. */
  readonly tunnels: readonly string[];
};

/** Whatever name is asked for leads to that port on loopback. */
export async function startConnectProxy(
  options: {
    /** Default: the port that was asked for. */
    readonly refuse?: number | undefined;
    readonly host?: string | undefined;
  } = {},
): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, client: Socket) => {
    const basic = request.headers["proxy-authorization"]?.replace("Basic ", "");
    const user = basic === undefined ? "" : `${Buffer.from(basic, "base64").toString("utf8")}@`;
    tunnels.push(`${user}${request.url ?? ""}`);
    if (options.refuse !== undefined) {
      client.end(`HTTP/1.1 ${options.refuse} refused\r\n\r\n`);
      return;
    }
    const port = Number(request.url?.split(":").at(-1));
    const target = connect({ host: options.host ?? "127.0.0.1", port }, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    for (const socket of [client, target]) {
      open.add(socket);
      const end = (): void => {
        client.destroy();
        target.destroy();
        open.delete(socket);
      };
      socket.on("close", end).on("error", end);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
