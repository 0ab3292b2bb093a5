import { connect, createServer } from "node:net";
import { createJoinedSockets, listenOnLoopback } from "./joined-sockets.ts";

/** One address on loopback with several servers behind it, like a load balancer in front of API servers. */
export type AddressSwitch = AsyncDisposable & {
  readonly port: number;
  /** New connections go to these ports, one after the other. */
  readonly leadTo: (ports: readonly number[]) => void;
  /** Closes every connection. */
  readonly cut: () => void;
};

export async function startAddressSwitch(ports: readonly number[]): Promise<AddressSwitch> {
  let targets = ports;
  let taken = 0;
  const sockets = createJoinedSockets();
  const server = createServer((client) => {
    const port = targets[taken % targets.length] ?? 0;
    taken += 1;
    const target = connect({ host: "127.0.0.1", port });
    client.pipe(target).pipe(client);
    sockets.join(client, target);
  });
  return {
    port: await listenOnLoopback(server),
    leadTo: (next) => void (targets = next),
    cut: sockets.cut,
    async [Symbol.asyncDispose]() {
      server.close();
      sockets.cut();
    },
  };
}
