import type { SQSClient } from "@aws-sdk/client-sqs";
import { checkFifoQueue } from "../../adapters/sqs/check-queue.ts";
import { isKubemendError } from "../../core/errors.ts";
import { findSandbox } from "../../sandbox/find-sandbox.ts";
import { createSandboxClient } from "../../sandbox/queues/sandbox-client.ts";
import type { SandboxState } from "../../sandbox/state-file.ts";
import { createClientAt } from "../redrive/open-queue.ts";
import { misuse } from "../terminal/misuse.ts";

/** A queue to send to, and a client for it. */
export type TargetQueue = { readonly client: SQSClient; readonly queueUrl: string };

/** The queues to which a manual run is sent. */
export type QueueKind = "remediations" | "alerts";

/** How the queues are named in AWS by infra/queues.yml, after the prefix. */
const NAMES: Readonly<Record<QueueKind, string>> = {
  remediations: "remediations.fifo",
  alerts: "alerts",
};
const OPTIONS: Readonly<Record<QueueKind, string>> = {
  remediations: "--queue-url or KUBEMEND_REMEDIATIONS_QUEUE_URL",
  alerts: "--alerts-queue-url or KUBEMEND_ALERTS_QUEUE_URL",
};

/** The running sandbox whose API server this is. */
export function findSandboxOf(
  server: string,
  kubeconfig: string | undefined,
): SandboxState | undefined {
  return findSandbox(({ info }) => info.apiServer === server, kubeconfig);
}

/**
 * The queue that the user named or, if the cluster is a running sandbox, the sandbox's own. Throws `InvalidConfiguration` if it is
 * not the queue of that kind, and the queue's error if it does not exist. The caller destroys the client.
 */
export async function findQueue(
  input: {
    readonly kind: QueueKind;
    readonly url: string | undefined;
    readonly sandbox: SandboxState | undefined;
  },
  signal: AbortSignal,
): Promise<TargetQueue> {
  const { kind, url, sandbox } = input;
  const own = sandbox?.info.sqs.queues[kind];
  const queueUrl = url ?? own;
  if (queueUrl === undefined) {
    throw misuse(
      `the queue is unknown: name the URL of ${NAMES[kind]} with ${OPTIONS[kind]} (the cluster is not a running sandbox)`,
    );
  }
  refuseOther(kind, queueUrl);
  if (own !== undefined && sandbox !== undefined) {
    if (queueUrl !== own) {
      throw misuse(
        `${queueUrl} is not a queue of the sandbox that this cluster belongs to: ${own}`,
      );
    }
    return { client: createSandboxClient(sandbox.info.sqs), queueUrl };
  }
  const client = createClientAt(queueUrl);
  try {
    if (kind === "remediations") await checkExists({ client, queueUrl }, signal);
    return { client, queueUrl };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

function refuseOther(kind: QueueKind, queueUrl: string): void {
  const name = URL.canParse(queueUrl) ? new URL(queueUrl).pathname.split("/").at(-1) : undefined;
  if (name === undefined || name === "") {
    throw misuse(`${queueUrl} is not the URL of a queue: expected https://.../${NAMES[kind]}`);
  }
  if (name === NAMES[kind] || name.endsWith(`-${NAMES[kind]}`)) return;
  throw misuse(
    `the queue ${name} is not for ${kind}: expected one whose name ends in ${NAMES[kind]}`,
  );
}

/** Who may send to a queue need not be allowed to read its attributes. */
async function checkExists(queue: TargetQueue, signal: AbortSignal): Promise<void> {
  try {
    await checkFifoQueue(queue, signal);
  } catch (error) {
    if (!isKubemendError(error, "QueueAccessDenied")) throw error;
  }
}
