import { ALERT, HEAD, type BrokenFile } from "./rule-file.ts";

/** A file whose receiver `ops` is written so. */
export const receiverFile = (receiver: string): string => `${HEAD}receivers:
  ops: ${receiver}
rules: [ { id: a, on: { resource: pods }, then: ${ALERT} } ]
`;

const listed = `${HEAD}receivers: [ { name: ops, slack: { webhook: { secret: a } } } ]
rules: [ { id: a, on: { resource: pods }, then: ${ALERT} } ]
`;

export const RECEIVERS: readonly BrokenFile[] = [
  [
    "receivers as a list",
    listed,
    /receivers: expected names .*not a list/,
    /write the name before/,
  ],
  [
    "a credential of the function's own role",
    receiverFile(
      "{ webhook: { url: https://example.com/hook, signingKey: { env: AWS_SESSION_TOKEN } } }",
    ),
    /signingKey\.env: is a variable of the function itself/,
  ],
  [
    "a setting of the function as a credential",
    receiverFile("{ slack: { channel: x, token: { env: KUBEMEND_SIGNING_KEYS } } }"),
    /token\.env: is a variable of the function itself/,
  ],
  [
    "a token in the file",
    receiverFile("{ slack: { channel: x, token: xoxb-123456789012-abc } }"),
    /token: expected \{ secret: .*, not a text/,
    /never written into the file/,
  ],
  [
    "Slack's address at a webhook",
    receiverFile("{ webhook: { url: https://hooks.slack.com/services/T0/B0/xyz } }"),
    /url: this address is a credential/,
    /slack: \{ webhook: \{ secret/,
  ],
  [
    "a receiver of another spelling",
    receiverFile("{ eventbridge: { bus: default } }"),
    /unknown key "eventbridge"/,
    /did you mean eventBridge\?/,
  ],
  ["e-mail", receiverFile("{ email: { to: a@example.com } }"), /unknown key "email"/, /SNS topic/],
  [
    "PagerDuty's other name of the key",
    receiverFile("{ pagerduty: { integrationKey: { secret: pd } } }"),
    /unknown key "integrationKey"/,
    /did you mean routingKey\?/,
  ],
  [
    "a name inside the receiver",
    receiverFile("{ name: ops, sns: { topicArn: 'arn:aws:sns:eu-central-1:123456789012:a' } }"),
    /unknown key "name"/,
    /a receiver's name is its key/,
  ],
  [
    "a Secret of the cluster",
    receiverFile("{ teams: { webhook: { secretKeyRef: { name: a, key: b } } } }"),
    /unknown key "secretKeyRef"/,
    /no access to Secrets of the cluster/,
  ],
  [
    "a webhook with a channel",
    receiverFile("{ slack: { channel: ops, webhook: { secret: a } } }"),
    /remove channel/,
  ],
  [
    "a token in the query",
    receiverFile("{ webhook: { url: 'https://example.com/x?token=abc' } }"),
    /without user, password and query/,
    /store the whole address/,
  ],
  [
    "an address as the name of a receiver",
    `${HEAD}rules: [ { id: a, on: { resource: pods }, then: [ { alert: { to: "https://hooks.slack.com/services/T/B/x", summary: "'x'" } } ] } ]\n`,
    /to: expected the name of a receiver/,
    /receivers has the addresses/,
  ],
];
