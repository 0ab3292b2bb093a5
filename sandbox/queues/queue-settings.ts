import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { describeIssues } from "../../events/contract.ts";
import { KubemendError } from "../../core/errors.ts";

export const SANDBOX_REGION = "us-east-1";
export const SANDBOX_ACCOUNT = "000000000000";

/** One queue of infra/queues.yml, as the sandbox creates it. */
export type QueueSettings = {
  /** `changes`, `changesDeadLetter`. */
  readonly key: string;
  /** `changes.fifo`, `changes-dead-letter.fifo`. */
  readonly name: string;
  /** For CreateQueue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
  readonly attributes: Readonly<Record<string, string>>;
};

const redriveSchema = v.strictObject({
  deadLetterTargetArn: v.strictObject({
    "Fn::GetAtt": v.strictTuple([v.string(), v.literal("Arn")]),
  }),
  maxReceiveCount: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
});

const whole = v.optional(v.pipe(v.number(), v.integer()));

/** The CloudFormation properties that CreateQueue has as attributes under the same names. */
const attributes = {
  FifoQueue: v.optional(v.boolean()),
  ContentBasedDeduplication: v.optional(v.boolean()),
  DeduplicationScope: v.optional(v.picklist(["messageGroup", "queue"])),
  FifoThroughputLimit: v.optional(v.picklist(["perMessageGroupId", "perQueue"])),
  VisibilityTimeout: whole,
  MessageRetentionPeriod: whole,
  DelaySeconds: whole,
  ReceiveMessageWaitTimeSeconds: whole,
  MaximumMessageSize: whole,
  RedrivePolicy: v.optional(redriveSchema),
};

/** Encryption, which no emulator has. */
const encryption = {
  SqsManagedSseEnabled: v.optional(v.unknown()),
  KmsMasterKeyId: v.optional(v.unknown()),
};

const fileSchema = v.strictObject({
  Resources: v.record(
    v.string(),
    v.strictObject({
      Type: v.literal("AWS::SQS::Queue"),
      Properties: v.strictObject({ QueueName: v.string(), ...attributes, ...encryption }),
    }),
  ),
});

/**
 * Reads the queues that serverless.yml deploys, dead-letter queues first. In the sandbox the queue prefix is empty.
 * Throws InvalidConfiguration if the file contains something that the sandbox cannot create.
 */
export function readQueueSettings(root: string): readonly QueueSettings[] {
  const path = join(root, "infra", "queues.yml");
  const parsed = v.safeParse(fileSchema, parse(readFileSync(path, "utf8")));
  if (!parsed.success) {
    throw new KubemendError("InvalidConfiguration", `${path}: ${describeIssues(parsed.issues)}`, {
      retryable: false,
    });
  }
  const resources = Object.entries(parsed.output.Resources);
  const names = new Map(
    resources.map(([id, { Properties }]) => [id, toName(Properties.QueueName)]),
  );
  const settings = resources.map(([id, { Properties }]) => {
    const {
      QueueName,
      RedrivePolicy: redrive,
      SqsManagedSseEnabled: _managed,
      KmsMasterKeyId: _key,
      ...rest
    } = Properties;
    const entries = Object.entries(rest).map(([name, value]) => [name, String(value)]);
    const attributes: Record<string, string> = Object.fromEntries(entries);
    if (redrive !== undefined) attributes["RedrivePolicy"] = toRedrivePolicy(redrive, names, path);
    return { key: toQueueKey(id), name: toName(QueueName), attributes };
  });
  return settings.toSorted((a, b) => Number(hasRedrive(a)) - Number(hasRedrive(b)));
}

/** `ChangesQueue` -> `changes`, `ChangesDeadLetterQueue` -> `changesDeadLetter`. */
export function toQueueKey(logicalId: string): string {
  const name = logicalId.replace(/Queue$/, "");
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

export function toQueueArn(queueName: string): string {
  return `arn:aws:sqs:${SANDBOX_REGION}:${SANDBOX_ACCOUNT}:${queueName}`;
}

function toName(text: string): string {
  return text.replace("${self:custom.queuePrefix}", "");
}

function toRedrivePolicy(
  redrive: v.InferOutput<typeof redriveSchema>,
  names: ReadonlyMap<string, string>,
  path: string,
): string {
  const [target] = redrive.deadLetterTargetArn["Fn::GetAtt"];
  const name = names.get(target);
  if (name === undefined) {
    throw new KubemendError(
      "InvalidConfiguration",
      `${path}: the dead-letter queue ${target} is not declared in this file`,
      { retryable: false },
    );
  }
  return JSON.stringify({
    deadLetterTargetArn: toQueueArn(name),
    maxReceiveCount: redrive.maxReceiveCount,
  });
}

function hasRedrive(settings: QueueSettings): boolean {
  return Object.hasOwn(settings.attributes, "RedrivePolicy");
}
