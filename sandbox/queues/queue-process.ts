import { KubemendError } from "../../core/errors.ts";
import { startChild, type Child } from "../host/child.ts";

const READY_TIMEOUT_MS = 20_000;

/** The queues as the rest of the sandbox sees them, by their names in infra/queues.yml; each has a `<name>DeadLetter`. */
export type QueueAddresses = {
  readonly endpoint: string;
  readonly region: string;
  readonly port: number;
  readonly queues: Readonly<Record<string, string>>;
};

export type QueueProcess = QueueAddresses & Pick<Child, "exited" | "tail" | "stop">;

/**
 * Starts the queues in their own process: they can be stopped as the real ones can, and a busy pipeline does not slow them down.
 * Their state is in `dataDir` and survives a kill.
 */
export async function startQueueProcess(
  options: { readonly script: string; readonly dataDir: string },
  signal: AbortSignal,
): Promise<QueueProcess> {
  const ready = Promise.withResolvers<QueueAddresses>();
  const child = startChild({
    name: "queues",
    args: [options.script, "internal", "queues", "--data-dir", options.dataDir],
    environment: process.env,
    onLine(line) {
      const addresses = parseAddresses(line);
      if (addresses) ready.resolve(addresses);
    },
  });
  void child.exited.then(() =>
    ready.reject(
      new KubemendError("QueueUnreachable", `The sandbox's queues did not start: ${child.tail()}`, {
        retryable: false,
      }),
    ),
  );
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  timeout.addEventListener("abort", () => ready.reject(timeout.reason), { once: true });
  try {
    return { ...(await ready.promise), exited: child.exited, tail: child.tail, stop: child.stop };
  } catch (error) {
    await child.stop(1000);
    throw error;
  }
}

function parseAddresses(line: string): QueueAddresses | undefined {
  if (!line.startsWith('{"endpoint"')) return undefined;
  try {
    return JSON.parse(line) as QueueAddresses;
  } catch {
    return undefined;
  }
}

/** The environment of an AWS client in the sandbox. The queues accept any credentials. */
export const toAwsEnvironment = (queues: QueueAddresses): Record<string, string> => ({
  AWS_REGION: queues.region,
  AWS_ENDPOINT_URL_SQS: queues.endpoint,
  AWS_ACCESS_KEY_ID: "sandbox",
  AWS_SECRET_ACCESS_KEY: "sandbox",
});
