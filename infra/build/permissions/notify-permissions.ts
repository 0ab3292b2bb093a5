import { listCredentials, type HeldText, type Receiver } from "../../../core/receivers/receiver.ts";
import {
  allow,
  own,
  toPolicies,
  toReadParameter,
  toReadSecret,
  type Statement,
} from "./pipeline-policies.ts";

/**
 * CloudFormation resources with what notify needs for the receivers of a pipeline, and nothing else: it may read their credentials, publish
 * to their topics and put events on their buses. A secret or a topic that your own KMS key encrypts needs rights on that key, too.
 */
export function toNotifyPermissions(receivers: readonly Receiver[]): {
  readonly Resources: Readonly<Record<string, unknown>>;
} {
  const statements = receivers.flatMap((receiver) => [
    ...listCredentials(receiver).flatMap((held) => toReadStatement(held) ?? []),
    ...toSendStatements(receiver),
  ]);
  return toPolicies([{ id: "NotifyReceivers", role: "NotifyRole", name: "receivers", statements }]);
}

function toReadStatement(held: HeldText): Statement | undefined {
  switch (held.type) {
    case "secret":
      return toReadSecret(held.id);
    case "parameter":
      return toReadParameter(held.name);
    case "env":
      return undefined;
  }
}

function toSendStatements(receiver: Receiver): readonly Statement[] {
  if (receiver.type === "sns") return [allow("sns:Publish", receiver.topicArn)];
  if (receiver.type !== "eventBridge") return [];
  const { bus } = receiver;
  return [
    allow("events:PutEvents", bus.startsWith("arn:") ? bus : own("events", `event-bus/${bus}`)),
  ];
}
