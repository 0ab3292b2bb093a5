import { connect, type Server, type Socket } from "node:net";
import { createJoinedSockets, listenOnLoopback } from "./joined-sockets.ts";

/** A proxy that connects its clients to ports of this machine, whatever host name they request. */
export type TunnellingProxy = AsyncDisposable & {
  readonly port: number;
  /** `host:port` of each tunnel, in order, with the user that requested it. */
  readonly tunnels: readonly string[];
  /** Bytes that were returned through the tunnels. */
  readonly relayed: () => number;
};

export type Tunnels = {
  readonly asked: string[];
  /** Connects the client to that port of `host`; `joined` is called before the first byte passes. */
  readonly join: (client: Socket, port: number, joined: () => void) => void;
  /** Starts listening; returns the proxy for a test. */
  readonly serve: (server: Server) => Promise<TunnellingProxy>;
};

export function createTunnels(host = "127.0.0.1"): Tunnels {
  const asked: string[] = [];
  const sockets = createJoinedSockets();
  let relayed = 0;
  return {
    asked,
    join(client, port, joined) {
      const target = connect({ host, port }, () => {
        joined();
        target.on("data", (chunk: Buffer) => {
          relayed += chunk.length;
        });
        client.pipe(target).pipe(client);
      });
      sockets.join(client, target);
    },
    async serve(server) {
      return {
        port: await listenOnLoopback(server),
        tunnels: asked,
        relayed: () => relayed,
        async [Symbol.asyncDispose]() {
          server.close();
          sockets.cut();
        },
      };
    },
  };
}
