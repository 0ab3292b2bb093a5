import { GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { describeError } from "../../core/errors.ts";
import { isObject, readField } from "../../core/json/read-json.ts";
import { ok, refuse, type Result } from "../../core/result.ts";
import { createSandboxClient } from "../../sandbox/queues/sandbox-client.ts";
import type { SandboxState } from "../../sandbox/state-file.ts";
import type { ReadAws, Unread } from "./aws.ts";

export type Attributes = Readonly<Record<string, string>>;

/** A queue as infra/queues.yml names it. */
export type QueueName = { readonly key: string; readonly name: string };

/** Where the queues are. */
export type QueueSource = {
  /** Whether they have what no emulator has: encryption and policies. */
  readonly isAws: boolean;
  readonly read: (queue: QueueName) => Promise<Result<Attributes, Unread>>;
  readonly send: (queue: QueueName, body: string) => Promise<Result<unknown, Unread>>;
};

/** The queues of a deployed stage. */
export function openAwsQueues(aws: ReadAws, prefix: string): QueueSource {
  const findUrl = async ({ name }: QueueName): Promise<Result<string, Unread>> => {
    const found = await aws(["sqs", "get-queue-url", "--queue-name", `${prefix}-${name}`]);
    if (!found.ok) return found;
    const url = readField(found.value, "QueueUrl");
    return typeof url === "string" ? ok(url) : refuse({ isDenied: false, reason: "it has no URL" });
  };
  const atUrl = async (
    queue: QueueName,
    ...words: readonly string[]
  ): Promise<Result<unknown, Unread>> => {
    const url = await findUrl(queue);
    const [verb = "", ...more] = words;
    return url.ok ? aws(["sqs", verb, "--queue-url", url.value, ...more]) : url;
  };
  return {
    isAws: true,
    async read(queue) {
      const read = await atUrl(queue, "get-queue-attributes", "--attribute-names", "All");
      if (!read.ok) return read;
      const attributes = readField(read.value, "Attributes");
      return ok(isObject(attributes) ? (attributes as Attributes) : {});
    },
    send: (queue, body) => atUrl(queue, "send-message", "--message-body", body),
  };
}

async function attempt<T>(work: Promise<T>): Promise<Result<T, Unread>> {
  try {
    return ok(await work);
  } catch (error) {
    return refuse({ isDenied: false, reason: describeError(error) });
  }
}

/** The queues of a running sandbox. */
export function openSandboxQueues({ info }: SandboxState): QueueSource & Disposable {
  const client = createSandboxClient(info.sqs);
  const urlOf = ({ key }: QueueName): string => info.sqs.queues[key] ?? "";
  return {
    isAws: false,
    async read(queue) {
      const command = new GetQueueAttributesCommand({
        QueueUrl: urlOf(queue),
        AttributeNames: ["All"],
      });
      const answer = await attempt(client.send(command));
      return answer.ok ? ok(answer.value.Attributes ?? {}) : answer;
    },
    send: (queue, body) =>
      attempt(client.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody: body }))),
    [Symbol.dispose]: () => client.destroy(),
  };
}
