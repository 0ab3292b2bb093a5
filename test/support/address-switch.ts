import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** One address on loopback with several servers behind it, like a load balancer in front of API servers. */
export type AddressSwitch = AsyncDisposable & {
  readonly port: number;
  /** New connections go to these ports, one after the other. */
  readonly leadTo: (ports: readonly number[]) => void;
  /** Breaks off every connection. */
  readonly cut: () => void;
};

export async function startAddressSwitch(ports: readonly number[]): Promise<AddressSwitch> {
  let targets = ports;
  let taken = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const port = targets[taken % targets.length] ?? 0;
    taken += 1;
    const target = connect({ host: "127.0.0.1", port });
    client.pipe(target).pipe(client);
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
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (next) => void (targets = next),
    cut,
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
    },
  };
}
