import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import { SQSClient } from "@aws-sdk/client-sqs";

/** Where the queues are. Absent fields come from the standard variables (AWS_REGION, AWS_ENDPOINT_URL_SQS) and credentials chain. */
export type QueueClientConfig = {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /**
   * Called just before each attempt, including the SDK's own retries, and again before its bytes are written: if it throws, the
   * request ends and nothing is sent.
   */
  readonly beforeAttempt?: (() => void) | undefined;
};

/** Time to open a connection; a queue that does not answer a SYN within this time is not reachable. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than the longest long poll (20 s), so that a receive without messages is not a failure. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * An SQS client that bounds its own time: three attempts with the SDK's backoff, each with a timeout.
 * Longer retries are up to the caller: the relay stops reading, a function lets its message be retried.
 */
export function createQueueClient(config: QueueClientConfig): SQSClient {
  const { beforeAttempt } = config;
  const client = new SQSClient({
    ...(config.region === undefined ? {} : { region: config.region }),
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      ...(beforeAttempt === undefined ? {} : createAgents(beforeAttempt)),
    },
  });
  if (beforeAttempt !== undefined) {
    client.middlewareStack.add(
      (next) => async (args) => {
        beforeAttempt();
        return next(args);
      },
      // The last step before the wire, inside the SDK's own retries.
      { step: "deserialize", priority: "low", name: "beforeAttempt" },
    );
  }
  return client;
}

/** Agents like the SDK's own, which also check when bytes are written: the process may have been frozen since the first check. */
function createAgents(beforeWriting: () => void): {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
} {
  const options = { keepAlive: true, maxSockets: 50 };
  const guard = <Socket extends Duplex | null | undefined>(socket: Socket): Socket => {
    if (socket) refuseLateWrites(socket, beforeWriting);
    return socket;
  };
  const httpAgent = new (class extends HttpAgent {
    override createConnection(...given: Parameters<HttpAgent["createConnection"]>) {
      return guard(super.createConnection(...given));
    }
  })(options);
  const httpsAgent = new (class extends HttpsAgent {
    override createConnection(...given: Parameters<HttpsAgent["createConnection"]>) {
      return guard(super.createConnection(...given));
    }
  })(options);
  return { httpAgent, httpsAgent };
}

function refuseLateWrites(socket: Duplex, beforeWriting: () => void): void {
  const isInTime = (): boolean => {
    try {
      beforeWriting();
      return true;
    } catch (error) {
      socket.destroy(error as Error);
      return false;
    }
  };
  const write = socket.write.bind(socket) as (...given: readonly unknown[]) => boolean;
  socket.write = (...given: readonly unknown[]) => isInTime() && write(...given);
  // Bytes that were written before the connection was open are sent now.
  for (const ready of ["connect", "secureConnect"]) socket.prependOnceListener(ready, isInTime);
}
