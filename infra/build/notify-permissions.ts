import { listCredentials, type HeldText, type Receiver } from "../../core/receivers/receiver.ts";

type Statement = {
  readonly Effect: "Allow";
  readonly Action: string;
  readonly Resource: string | { readonly "Fn::Sub": string };
};

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
  if (statements.length === 0) return { Resources: {} };
  const unique = new Map(statements.map((statement) => [JSON.stringify(statement), statement]));
  const policy = {
    Type: "AWS::IAM::RolePolicy",
    Properties: {
      RoleName: { Ref: "NotifyRole" },
      PolicyName: "receivers",
      PolicyDocument: { Version: "2012-10-17", Statement: [...unique.values()] },
    },
  };
  return { Resources: { NotifyReceivers: policy } };
}

/** Six characters of Secrets Manager's own end a secret's ARN. */
function toReadStatement(held: HeldText): Statement | undefined {
  switch (held.type) {
    case "secret":
      return allow(
        "secretsmanager:GetSecretValue",
        held.id.startsWith("arn:") ? held.id : own("secretsmanager", `secret:${held.id}-??????`),
      );
    case "parameter": {
      const { name } = held;
      const path = `parameter${name.startsWith("/") ? name : `/${name}`}`;
      return allow("ssm:GetParameter", name.startsWith("arn:") ? name : own("ssm", path));
    }
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

function allow(action: string, resource: Statement["Resource"]): Statement {
  return { Effect: "Allow", Action: action, Resource: resource };
}

/** An ARN in the account and the region of the deployment. */
function own(service: string, resource: string): Statement["Resource"] {
  return {
    "Fn::Sub": `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
  };
}
