import { once } from "node:events";
import { startChild, type Child } from "../../../sandbox/host/child.ts";
import { findFreePort } from "../../../sandbox/host/free-port.ts";

/** The sandbox's queue server in its own process; it can be killed and restarted with the same port and messages. */
export type QueueService = AsyncDisposable & {
  readonly endpoint: string;
  readonly port: number;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
};

const READY_TIMEOUT_MS = 20_000;

export async function startQueueService(options: {
  readonly script: string;
  readonly dataDir: string;
}): Promise<QueueService> {
  const port = await findFreePort();
  let child: Child | undefined;
  const start = async (): Promise<void> => {
    const ready = Promise.withResolvers<void>();
    const { script, dataDir } = options;
    const args = [script, "internal", "queues", "--data-dir", dataDir, "--port", String(port)];
    const started = startChild({
      name: "queues",
      args,
      environment: process.env,
      onLine: (line) => void (line.startsWith('{"endpoint"') && ready.resolve()),
    });
    child = started;
    const fail = (why: string): void =>
      ready.reject(new Error(`the queues ${why}: ${started.tail()}`));
    void started.exited.then(() => fail("ended"));
    const patience = AbortSignal.timeout(READY_TIMEOUT_MS);
    void once(patience, "abort").then(() => fail("did not start"));
    await ready.promise;
  };
  const kill = async (): Promise<void> => child?.kill();
  await start();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    kill,
    start,
    [Symbol.asyncDispose]: kill,
  };
}
