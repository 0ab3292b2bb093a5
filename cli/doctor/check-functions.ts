import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { describeReceiver, type HeldText, type Receiver } from "../../core/receivers/receiver.ts";
import { isObject, readField } from "../../core/json/read-json.ts";
import type { FunctionSettings } from "../../sandbox/runtime/function-settings.ts";
import type { ReadAws, Unread } from "./aws.ts";
import { failed, passed, skipped, type Check, type Finding } from "./finding.ts";

const DEPLOY = "deploy the stack again: kubemend deploy, or terraform apply";

/** Whether each function runs as serverless.yml says, and whether its queues feed it. */
export function checkFunctions(
  aws: ReadAws,
  prefix: string,
  functions: readonly FunctionSettings[],
): Check {
  return () => Promise.all(functions.map((one) => checkFunction(aws, prefix, one)));
}

async function checkFunction(
  aws: ReadAws,
  prefix: string,
  { name, timeoutMs, environment, sources }: FunctionSettings,
): Promise<Finding> {
  const check = `function ${name}`;
  const named = ["--function-name", `${prefix}-${name}`];
  const read = await aws(["lambda", "get-function-configuration", ...named]);
  if (!read.ok) return toUnread(check, read.error);
  const { State, LastUpdateStatus, Timeout, Environment } = read.value as Readonly<
    Record<string, unknown>
  >;
  const variables = readField(Environment, "Variables");
  const set = isObject(variables) ? variables : {};
  const unset = Object.keys(environment).filter(
    (key) => key !== "KUBEMEND_SIGNING_KEYS" && set[key] === undefined,
  );
  const mappings = await aws(["lambda", "list-event-source-mappings", ...named]);
  const states = mappings.ok ? readStates(mappings.value) : undefined;
  const faults = [
    ...(State === "Active" ? [] : [`its state is ${String(State)}`]),
    ...(LastUpdateStatus === "Successful"
      ? []
      : [`its last update is ${String(LastUpdateStatus)}`]),
    ...(Timeout === timeoutMs / 1000
      ? []
      : [`its timeout is ${String(Timeout)} s instead of ${timeoutMs / 1000}`]),
    ...(unset.length === 0 ? [] : [`not set: ${unset.join(", ")}`]),
    ...(states === undefined || states.length === sources.length
      ? []
      : [`${states.length} queues feed it instead of ${sources.length}`]),
    ...(states ?? [])
      .filter((state) => state !== "Enabled")
      .map((state) => `a queue's mapping is ${state}`),
  ];
  if (faults.length > 0) return failed(check, faults.join("; "), DEPLOY);
  return passed(check, "active, with its settings and its queues");
}

function readStates(value: unknown): readonly string[] {
  const mappings = readField(value, "EventSourceMappings");
  return Array.isArray(mappings)
    ? (mappings as readonly unknown[]).map((one) => String(readField(one, "State")))
    : [];
}

function toUnread(check: string, { isDenied, reason }: Unread): Finding {
  return isDenied ? skipped(check, reason) : failed(check, reason, DEPLOY);
}

/** Whether what the receivers need exists. No credential is read, and nothing is sent: `kubemend alert test` does that. */
export function checkReceivers(pipeline: Pipeline, aws: ReadAws | undefined): Check {
  return async () => {
    const receivers = pipeline.receivers ?? [];
    if (receivers.length === 0) {
      return [
        skipped("receivers", "the pipeline names none: alerts are lines in the log of notify"),
      ];
    }
    return Promise.all(receivers.map((receiver) => checkReceiver(receiver, aws)));
  };
}

async function checkReceiver(receiver: Receiver, aws: ReadAws | undefined): Promise<Finding> {
  const check = `receiver ${receiver.name}`;
  const commands = toLookUps(receiver);
  if (commands === undefined) return skipped(check, "its credential is a variable of notify");
  if (commands.length === 0) return passed(check, describeReceiver(receiver));
  if (aws === undefined) return skipped(check, NO_STAGE);
  for (const words of commands) {
    const read = await aws(words);
    if (read.ok) continue;
    const { isDenied, reason } = read.error;
    if (isDenied) return skipped(check, reason);
    return failed(check, reason, "create it, or correct its name in the pipeline: docs/alerts.md");
  }
  return passed(check, `${describeReceiver(receiver)}: what it needs exists`);
}

/** Why nothing in AWS can be looked at. */
export const NO_STAGE = "no --settings names a stage";

/** Commands that succeed only if what a receiver needs exists; undefined: only notify could tell. */
function toLookUps(receiver: Receiver): readonly (readonly string[])[] | undefined {
  switch (receiver.type) {
    case "sns":
      return [["sns", "get-topic-attributes", "--topic-arn", receiver.topicArn]];
    case "eventBridge":
      return [["events", "describe-event-bus", "--name", receiver.bus]];
    case "slackBot":
      return toHeld(receiver.token);
    case "slackWebhook":
    case "teams":
      return toHeld(receiver.webhook);
    case "pagerduty":
      return toHeld(receiver.routingKey);
    case "webhook": {
      const { url, signingKey } = receiver;
      const held = [...(typeof url === "string" ? [] : [url]), ...(signingKey ? [signingKey] : [])];
      const each = held.map(toHeld);
      return each.includes(undefined) ? undefined : each.flatMap((one) => one ?? []);
    }
  }
}

function toHeld(held: HeldText): readonly (readonly string[])[] | undefined {
  if (held.type === "secret")
    return [["secretsmanager", "describe-secret", "--secret-id", held.id]];
  if (held.type === "env") return undefined;
  return [["ssm", "get-parameter", "--name", held.name, "--query", "Parameter.Name"]];
}
