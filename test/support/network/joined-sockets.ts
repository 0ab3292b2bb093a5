import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/** Pairs of sockets that close together. */
export type JoinedSockets = {
  /** Only joins their ends; the caller pipes the bytes. */
  readonly join: (client: Socket, target: Socket) => void;
  /** Closes every pair. */
  readonly cut: () => void;
};

export function createJoinedSockets(): JoinedSockets {
  const open = new Set<Socket>();
  return {
    join(client, target) {
      for (const socket of [client, target]) {
        open.add(socket);
        const end = (): void => {
          client.destroy();
          target.destroy();
          open.delete(socket);
        };
        socket.on("close", end).on("error", end);
      }
    },
    cut() {
      for (const socket of open) socket.destroy();
    },
  };
}

/** Listens on a free port of loopback, and returns it. */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
