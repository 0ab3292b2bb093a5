import { createServer } from "node:http";
import type { Socket } from "node:net";
import { createTunnels, type TunnellingProxy } from "./tunnels.ts";

/** An HTTP proxy that tunnels: https://www.rfc-editor.org/rfc/rfc9110#name-connect */
export async function startConnectProxy(
  options: {
    /** Status of every answer. */
    readonly refuse?: number | undefined;
    readonly host?: string | undefined;
  } = {},
): Promise<TunnellingProxy> {
  const tunnels = createTunnels(options.host);
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, client: Socket) => {
    const basic = request.headers["proxy-authorization"]?.replace("Basic ", "");
    const user = basic === undefined ? "" : `${Buffer.from(basic, "base64").toString("utf8")}@`;
    tunnels.asked.push(`${user}${request.url ?? ""}`);
    if (options.refuse !== undefined) {
      client.end(`HTTP/1.1 ${options.refuse} refused\r\n\r\n`);
      return;
    }
    const port = Number(request.url?.split(":").at(-1));
    tunnels.join(client, port, () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
  });
  return tunnels.serve(server);
}
