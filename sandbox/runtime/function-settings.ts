import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { describeIssues } from "../../events/contract.ts";
import { KubemendError } from "../../core/errors.ts";
import { readQueueSettings, toQueueKey } from "../queues/queue-settings.ts";

/** How a queue feeds a function. */
export type MappingSettings = {
  /** `changes`. */
  readonly queue: string;
  readonly fifo: boolean;
  readonly batchSize: number;
  /** How long to gather a batch from a standard queue; 0 = not at all. */
  readonly batchingWindowMs: number;
  /** Batches in flight at once; absent = as many as the function has environments. */
  readonly maximumConcurrency?: number | undefined;
  readonly reportBatchItemFailures: boolean;
};

/** A function as serverless.yml deploys it. */
export type FunctionSettings = {
  readonly name: string;
  /** Path of its bundle. */
  readonly bundle: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Its variables: literal text, or the URL of a queue. */
  readonly environment: Readonly<Record<string, EnvironmentValue>>;
  readonly sources: readonly MappingSettings[];
  /** How often it is invoked; one entry per schedule. */
  readonly schedules: readonly { readonly everyMs: number }[];
};

export type EnvironmentValue =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "queueUrl"; readonly queue: string };

const reference = v.strictObject({ Ref: v.string() });
const substitution = v.strictObject({ "Fn::Sub": v.string() });
const variable = v.union([v.string(), reference, substitution]);
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

// Strict, so that the sandbox cannot behave differently from the deployment: it rejects a key that it does not know.
const sqsSchema = v.strictObject({
  arn: v.strictObject({ "Fn::GetAtt": v.strictTuple([v.string(), v.literal("Arn")]) }),
  batchSize: v.optional(positive, 10),
  maximumBatchingWindow: v.optional(v.number(), 0),
  maximumConcurrency: v.optional(positive),
  functionResponseType: v.optional(v.literal("ReportBatchItemFailures")),
});

// Only whole minutes, as in EventBridge; cron expressions are not supported here.
const scheduleSchema = v.pipe(
  v.string(),
  v.regex(/^rate\((1 minute|[1-9]\d* minutes)\)$/, "expected rate(1 minute) or rate(<n> minutes)"),
);

const eventSchema = v.pipe(
  v.strictObject({ sqs: v.optional(sqsSchema), schedule: v.optional(scheduleSchema) }),
  v.check((event) => Object.keys(event).length === 1, "expected one of sqs, schedule"),
);

const functionSchema = v.looseObject({
  handler: v.pipe(v.string(), v.endsWith(".handler")),
  timeout: v.optional(positive),
  memorySize: v.optional(positive),
  environment: v.optional(v.record(v.string(), variable), {}),
  events: v.optional(v.array(eventSchema), []),
});

const fileSchema = v.looseObject({
  provider: v.looseObject({ timeout: positive, memorySize: positive }),
  functions: v.record(v.string(), functionSchema),
});

/**
 * Reads the functions and their event source mappings from serverless.yml, so that the sandbox runs what is deployed.
 * Throws InvalidConfiguration if the file uses something that the sandbox does not support (filter patterns, for example) or
 * that AWS rejects.
 */
export function readFunctionSettings(root: string): readonly FunctionSettings[] {
  const path = join(root, "serverless.yml");
  const parsed = v.safeParse(fileSchema, parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw invalid(path, describeIssues(parsed.issues));
  const { provider, functions } = parsed.output;
  const queueNames = new Map(readQueueSettings(root).map(({ key, name }) => [key, name]));
  return Object.entries(functions).map(([name, settings]) => ({
    name,
    bundle: join(root, "dist", "functions", `${basename(settings.handler, ".handler")}.mjs`),
    timeoutMs: (settings.timeout ?? provider.timeout) * 1000,
    memoryMb: settings.memorySize ?? provider.memorySize,
    environment: Object.fromEntries(
      Object.entries(settings.environment).map(([key, value]) => [key, toValue(value)]),
    ),
    sources: settings.events.flatMap(({ sqs }) => {
      if (sqs === undefined) return [];
      const mapping = toMapping(sqs, queueNames);
      const problem = findProblem(mapping, queueNames);
      if (problem !== undefined) throw invalid(path, `functions.${name}: ${problem}`);
      return [mapping];
    }),
    schedules: settings.events.flatMap(({ schedule }) =>
      schedule === undefined ? [] : [{ everyMs: toEveryMs(schedule) }],
    ),
  }));
}

/** The variables of a function, with the URLs of running queues. Texts that only the deployment can resolve are left out. */
export function toFunctionEnvironment(
  settings: FunctionSettings,
  queues: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings.environment).flatMap(([name, value]) => {
      if (value.type === "queueUrl") return [[name, queues[value.queue] ?? ""]];
      return value.text.includes("${") ? [] : [[name, value.text]];
    }),
  );
}

function toValue(value: v.InferOutput<typeof variable>): EnvironmentValue {
  if (typeof value === "string") return { type: "text", text: value };
  if ("Fn::Sub" in value) return { type: "text", text: value["Fn::Sub"] };
  // A parameter of the stack, which only the deployment can resolve.
  if (!value.Ref.endsWith("Queue")) return { type: "text", text: `\${${value.Ref}}` };
  return { type: "queueUrl", queue: toQueueKey(value.Ref) };
}

function toEveryMs(rate: string): number {
  return Number(/\d+/.exec(rate)?.[0]) * 60_000;
}

function toMapping(
  sqs: v.InferOutput<typeof sqsSchema>,
  queueNames: ReadonlyMap<string, string>,
): MappingSettings {
  const [logicalId] = sqs.arn["Fn::GetAtt"];
  const queue = toQueueKey(logicalId);
  return {
    queue,
    fifo: queueNames.get(queue)?.endsWith(".fifo") === true,
    batchSize: sqs.batchSize,
    batchingWindowMs: sqs.maximumBatchingWindow * 1000,
    maximumConcurrency: sqs.maximumConcurrency,
    reportBatchItemFailures: sqs.functionResponseType !== undefined,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
function findProblem(
  { queue, fifo, batchSize, batchingWindowMs }: MappingSettings,
  queueNames: ReadonlyMap<string, string>,
): string | undefined {
  if (!queueNames.has(queue)) return `the queue ${queue} is not in infra/queues.yml`;
  if (fifo && batchSize > 10) return `batchSize of ${queue} is over 10, the limit of a FIFO queue`;
  if (fifo && batchingWindowMs > 0)
    return `${queue} is a FIFO queue, which cannot have a batching window`;
  if (batchSize > 10 && batchingWindowMs < 1000) {
    return `batchSize of ${queue} is over 10 and needs a maximumBatchingWindow of 1 s or more`;
  }
  return undefined;
}

function invalid(path: string, message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", `${path}: ${message}`, { retryable: false });
}
