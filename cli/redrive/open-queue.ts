import { GetQueueUrlCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { toQueueError } from "../../adapters/sqs/errors.ts";
import { findSandbox } from "../../sandbox/find-sandbox.ts";
import { createSandboxClient } from "../../sandbox/queues/sandbox-client.ts";
import { misuse } from "../terminal/misuse.ts";

/** How a user names a queue. */
export type QueueName =
  | { readonly type: "url"; readonly url: string }
  | {
      readonly type: "arn";
      readonly region: string;
      readonly account: string;
      readonly name: string;
    }
  | { readonly type: "name"; readonly name: string };

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);
/** Emulators accept any region. */
const LOCAL_REGION = "us-east-1";
const NAME = /^(?=.{1,80}$)[A-Za-z0-9_-]+(?:\.fifo)?$/;
const ARN = /^arn:[a-z-]+:sqs:(?<region>[a-z0-9-]+):(?<account>\d{12}):(?<name>[^:]+)$/;

/** Reads a queue's URL, ARN or name. Throws `InvalidConfiguration` if it is none of them. */
export function parseQueueName(text: string): QueueName {
  if (/^https?:\/\//.test(text)) {
    if (!URL.canParse(text) || toPathName(text) === "") throw notAQueue(text);
    return { type: "url", url: text.replace(/\/+$/, "") };
  }
  const { region, account, name = text } = ARN.exec(text)?.groups ?? {};
  if (!NAME.test(name)) throw notAQueue(text);
  if (region === undefined || account === undefined) return { type: "name", name };
  return { type: "arn", region, account, name };
}

/** The name of the queue at a URL. */
export function toPathName(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

/**
 * A client for a queue: of the running sandbox that has this URL, else by the standard AWS variables. An ARN names its region, and so does
 * the URL of a queue in AWS.
 */
export function createClientFor(queue: QueueName): SQSClient {
  if (queue.type !== "url") {
    return createQueueClient(queue.type === "arn" ? { region: queue.region } : {});
  }
  const { origin } = new URL(queue.url);
  const sandbox = findSandbox(
    ({ info }) => new URL(info.sqs.endpoint).origin === origin,
    // oxlint-disable-next-line node/no-process-env -- a setting of the machine, which names the sandbox's folder
    process.env["KUBECONFIG"],
  );
  return sandbox === undefined ? createClientAt(queue.url) : createSandboxClient(sandbox.info.sqs);
}

const AWS_HOST = /^sqs\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/**
 * A client for the queue with this URL. Its endpoint is that of the URL, as the SDK would use it too, but with a warning. An emulator on
 * this machine needs no credentials: if none are set, some are made up.
 */
export function createClientAt(queueUrl: string): SQSClient {
  const { origin: endpoint, hostname, protocol } = new URL(queueUrl);
  // oxlint-disable-next-line node/no-process-env -- the standard AWS variables
  const { AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_REGION } = process.env;
  const isLocal = protocol === "http:" && LOOPBACK.has(hostname);
  if (isLocal && !AWS_ACCESS_KEY_ID && !AWS_PROFILE) {
    return createSandboxClient({ endpoint, region: AWS_REGION || LOCAL_REGION });
  }
  return createQueueClient({ endpoint, region: AWS_HOST.exec(hostname)?.groups?.["region"] });
}

/** The queue's URL, asked of SQS if the user named the queue otherwise. Throws the queue's error as a KubemendError. */
export async function readQueueUrl(
  client: SQSClient,
  queue: QueueName,
  signal: AbortSignal,
): Promise<string> {
  if (queue.type === "url") return queue.url;
  const QueueName = queue.name;
  const owner = queue.type === "arn" ? { QueueOwnerAWSAccountId: queue.account } : {};
  try {
    const command = new GetQueueUrlCommand({ QueueName, ...owner });
    const { QueueUrl = "" } = await client.send(command, { abortSignal: signal });
    return atEndpoint(QueueUrl);
  } catch (error) {
    throw toQueueError(error, QueueName);
  }
}

/** An SQS emulator may name its queues by another address than the one at which it is reached. */
function atEndpoint(queueUrl: string): string {
  // oxlint-disable-next-line node/no-process-env -- the standard AWS variables
  const { AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL } = process.env;
  const endpoint = AWS_ENDPOINT_URL_SQS || AWS_ENDPOINT_URL || "";
  if (!URL.canParse(endpoint) || !URL.canParse(queueUrl)) return queueUrl;
  return new URL(new URL(queueUrl).pathname, endpoint).href;
}

function notAQueue(text: string): Error {
  return misuse(
    `${text} is not a queue: name it by its URL (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME), its ARN (arn:aws:sqs:REGION:ACCOUNT:NAME) or its name`,
  );
}
