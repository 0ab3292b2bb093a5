import { describeReceiver, type HeldText, type Receiver } from "../../core/receivers/receiver.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import type { ReadAws } from "./aws.ts";
import { passed, skipped, unread, type Check, type Finding } from "./finding.ts";

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
    const fix = "create it, or correct its name in the pipeline: docs/alerts.md";
    return unread(check, read.error, fix);
  }
  return passed(check, `${describeReceiver(receiver)}: what it needs exists`);
}

/** Why nothing in AWS can be looked at. */
export const NO_STAGE = "no --settings names a stage";

/** Commands that succeed only if what a receiver needs exists; undefined: only notify can see it. */
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
