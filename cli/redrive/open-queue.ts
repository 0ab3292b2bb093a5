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
 * A client for a queue: of the running sandbox that has this URL, else by the standard AWS variables. An ARN names its region.
 */
export function createClientFor(queue: QueueName): SQSClient {
  if (queue.type !== "url") {
    return createQueueClient(queue.type === "arn" ? { region: queue.region } : {});
  }
  const { origin } = new URL(queue.url);
  const sandbox = findSandbox(({ info }) => new URL(info.sqs.endpoint).origin === origin);
  return sandbox === undefined ? createQueueClient({}) : createSandboxClient(sandbox.info.sqs);
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
