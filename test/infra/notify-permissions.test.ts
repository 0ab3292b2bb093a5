import { expect, it } from "vitest";
import type { Receiver } from "../../core/receivers/receiver.ts";
import { toNotifyPermissions } from "../../infra/build/permissions/notify-permissions.ts";

function toStatements(...receivers: readonly Receiver[]): readonly string[] {
  const { Resources: resources } = toNotifyPermissions(receivers);
  const policy = resources["NotifyReceivers"] as
    | {
        readonly Properties: {
          readonly PolicyDocument: { readonly Statement: readonly Statement[] };
        };
      }
    | undefined;
  return (policy?.Properties.PolicyDocument.Statement ?? []).map(
    ({ Action: action, Resource: resource }) =>
      `${action} ${typeof resource === "string" ? resource : resource["Fn::Sub"]}`,
  );
}

type Statement = {
  readonly Action: string;
  readonly Resource: string | { readonly "Fn::Sub": string };
};

const OWN = "${AWS::Region}:${AWS::AccountId}";

it.each<readonly [string, Receiver, readonly string[]]>([
  [
    "the token of a bot",
    {
      type: "slackBot",
      name: "a",
      channel: "#a",
      token: { type: "secret", id: "slack" },
      api: "x",
    },
    [
      `secretsmanager:GetSecretValue arn:\${AWS::Partition}:secretsmanager:${OWN}:secret:slack-??????`,
    ],
  ],
  [
    "a secret by its ARN",
    {
      type: "teams",
      name: "a",
      webhook: { type: "secret", id: "arn:aws:secretsmanager:a:1:secret:b" },
    },
    ["secretsmanager:GetSecretValue arn:aws:secretsmanager:a:1:secret:b"],
  ],
  [
    "a parameter",
    { type: "pagerduty", name: "a", routingKey: { type: "parameter", name: "/a/b" }, api: "x" },
    [`ssm:GetParameter arn:\${AWS::Partition}:ssm:${OWN}:parameter/a/b`],
  ],
  [
    "a topic",
    { type: "sns", name: "a", topicArn: "arn:aws:sns:a:1:b" },
    ["sns:Publish arn:aws:sns:a:1:b"],
  ],
  [
    "a bus by its name",
    { type: "eventBridge", name: "a", bus: "default" },
    [`events:PutEvents arn:\${AWS::Partition}:events:${OWN}:event-bus/default`],
  ],
  [
    "a variable: nothing",
    { type: "teams", name: "a", webhook: { type: "env", variable: "A" } },
    [],
  ],
])("notify may use %s, and nothing else", (_what, receiver, expected) => {
  expect(toStatements(receiver)).toEqual(expected);
});

it("notify needs no policy without receivers", () => {
  expect(toNotifyPermissions([])).toEqual({ Resources: {} });
});

it("two receivers with one secret need one statement", () => {
  const webhook = { type: "secret", id: "a" } as const;
  expect(
    toStatements({ type: "teams", name: "a", webhook }, { type: "teams", name: "b", webhook }),
  ).toHaveLength(1);
});
