import type { AddressInfo } from "node:net";
import { describeError, KubemendError } from "../../core/errors.ts";
import { findProjectRoot } from "../host/project-root.ts";
import {
  readQueueSettings,
  SANDBOX_ACCOUNT,
  SANDBOX_REGION,
  toQueueArn,
  type QueueSettings,
} from "./queue-settings.ts";
import { loadQueueServer, type QueueStore } from "./queue-server.ts";

export type SandboxQueues = {
  /** For AWS_ENDPOINT_URL_SQS. Any credentials are accepted. */
  readonly endpoint: string;
  readonly region: string;
  readonly port: number;
  /** URL by name: `changes`, `changesDeadLetter`, `remediations` ... */
  readonly queues: Readonly<Record<string, string>>;
  /** Aborts open calls. Accepted messages are in `dataDir`, if one was given. */
  readonly stop: () => Promise<void>;
};

/**
 * Serves the queues of infra/queues.yml on loopback. With `dataDir` they survive a restart and a kill; existing queues get
 * the file's settings. `port` 0 or absent = a free port; a port can be reused after `stop`.
 */
export async function startQueues(
  options: { readonly dataDir?: string; readonly port?: number } = {},
): Promise<SandboxQueues> {
  const settings = readQueueSettings(findProjectRoot());
  const { app, store } = await loadQueueServer(options.dataDir);
  for (const queue of settings) ensureQueue(store, queue);
  try {
    await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  } catch (error) {
    await app.close();
    throw new KubemendError(
      "QueueUnreachable",
      `The sandbox's queues cannot listen on port ${options.port ?? 0}: ${describeError(error)}`,
      { retryable: false, cause: error },
    );
  }
  const { port } = app.server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    region: SANDBOX_REGION,
    port,
    queues: Object.fromEntries(settings.map(({ key, name }) => [key, toUrl(endpoint, name)])),
    stop: () => app.close(),
  };
}

function ensureQueue(store: QueueStore, { name, attributes }: QueueSettings): void {
  const existing = store.getQueueByName(name);
  if (existing !== undefined) existing.setAttributes(attributes);
  // The server finds a queue by the name at the end of its URL and ignores the host and port in it.
  else store.createQueue(name, toUrl("http://127.0.0.1", name), toQueueArn(name), attributes);
}

// Not the URL that the server reports: its host name does not resolve.
function toUrl(endpoint: string, name: string): string {
  return `${endpoint}/${SANDBOX_ACCOUNT}/${name}`;
}
