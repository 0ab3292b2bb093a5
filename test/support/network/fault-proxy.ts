import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** A TCP proxy on loopback that injects network faults into connections. TLS passes through unchanged. */
export type FaultProxy = AsyncDisposable & {
  readonly port: number;
  /** Number of open connections. */
  readonly openCount: () => number;
  /** Closes every connection, at once or after this many more bytes from the server: most likely inside a line. */
  readonly cut: (afterBytes?: number) => void;
  /** Silently holds back all bytes in both directions; new connections are accepted and wait as well. */
  readonly stall: () => void;
  /** Passes on the bytes that `stall` held back, and all later ones. */
  readonly resume: () => void;
  /** The currently open connections stay open but silent; new ones work. */
  readonly freeze: () => void;
  /** Closes the frozen connections. */
  readonly thaw: () => void;
};

type Line = {
  readonly client: Socket;
  readonly server: Socket;
  frozen: boolean;
  /** Remaining bytes from the server until the connection is cut. */
  left: number;
};

/** Listens on a free port and connects to `targetPort` on loopback; connections are cut while nothing listens there. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const lines = new Set<Line>();
  let stalled = false;
  const proxy = createServer((client) => {
    const server = connect({ host: "127.0.0.1", port: targetPort });
    const line: Line = { client, server, frozen: false, left: Number.POSITIVE_INFINITY };
    lines.add(line);
    join(line, () => stalled);
    if (stalled) pause(line);
    const end = (): void => {
      lines.delete(line);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on("close", end).on("error", end);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    openCount: () => lines.size,
    cut(afterBytes = 0) {
      for (const line of lines) {
        if (afterBytes === 0) line.client.destroy();
        else line.left = afterBytes;
      }
    },
    stall() {
      stalled = true;
      for (const line of lines) pause(line);
    },
    resume() {
      stalled = false;
      for (const line of lines) if (!line.frozen) unpause(line);
    },
    freeze() {
      for (const line of lines) {
        line.frozen = true;
        pause(line);
      }
    },
    thaw() {
      for (const { client, frozen } of lines) if (frozen) client.destroy();
    },
    [Symbol.asyncDispose]: () => close(proxy, lines),
  };
}

function join(line: Line, isStalled: () => boolean): void {
  const { client, server } = line;
  const canFlow = (): boolean => !isStalled() && !line.frozen;
  client.on("data", (chunk) => {
    if (!server.write(chunk)) client.pause();
  });
  server.on("drain", () => void (canFlow() && client.resume()));
  server.on("data", (chunk) => {
    const part = chunk.subarray(0, line.left);
    line.left -= chunk.length;
    if (line.left <= 0) client.write(part, () => client.destroy());
    else if (!client.write(part)) server.pause();
  });
  client.on("drain", () => void (canFlow() && server.resume()));
  client.on("end", () => server.end());
  server.on("end", () => client.end());
}

function pause({ client, server }: Line): void {
  client.pause();
  server.pause();
}

function unpause({ client, server }: Line): void {
  client.resume();
  server.resume();
}

async function close(proxy: Server, lines: ReadonlySet<Line>): Promise<void> {
  proxy.close();
  for (const { client, server } of lines) {
    client.destroy();
    server.destroy();
  }
}
