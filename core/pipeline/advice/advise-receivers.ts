import { isObject } from "../../json/read-json.ts";
import type { Advice, Situation } from "./advice.ts";

/** Advice on `receivers`. It quotes no value: a credential is often written there by mistake, and what `validate` prints is a log. */
export function adviseReceivers({ issue, key, value }: Situation): Advice {
  if (issue.at === "key") return adviseKey(key, issue.message);
  if (issue.path.length === 1) {
    return { hint: "write the name before each: receivers: { data-oncall: { slack: { ... } } }" };
  }
  if (issue.message.startsWith("this address is a credential")) {
    return { hint: `store it, and write its place: ${adviseAddress(value)}` };
  }
  if (issue.message.includes("without user, password and query") && /[?@]/.test(String(value))) {
    return { hint: "store the whole address: url: { secret: <name or ARN> }" };
  }
  if (/\{ secret/.test(issue.message) && !isObject(value)) return { hint: STORED };
  return undefined;
}

const STORED =
  "a credential is never written into the file. What stands here has to be replaced, because others may have read it";

function adviseAddress(value: unknown): string {
  const held = "{ webhook: { secret: <name or ARN> } }";
  const address = String(value);
  if (/hooks\.slack/i.test(address)) return `slack: ${held}`;
  if (/office|azure|powerplatform/i.test(address)) return `teams: ${held}`;
  return "webhook: { url: { secret: <name or ARN> } }";
}

/** Keys of other tools, and ours that mean the same. Undefined keeps the hint with the allowed keys. */
function adviseKey(key: string, message: string): Advice {
  const hint = OTHER_KEYS.get(key.toLowerCase());
  return hint === undefined ? undefined : { message, hint };
}

const OTHER_KEYS: ReadonlyMap<string, string> = new Map([
  ["name", "a receiver's name is its key: receivers: { data-oncall: { slack: { ... } } }"],
  ["type", "the kind of a receiver is a key: data-oncall: { slack: { ... } }"],
  ["msteams", "did you mean teams?"],
  ["msteams_configs", "did you mean teams?"],
  ["microsoftteams", "did you mean teams?"],
  ["slack_configs", "did you mean slack?"],
  ["pagerduty_configs", "did you mean pagerduty?"],
  ["webhook_configs", "did you mean webhook?"],
  ["sns_configs", "did you mean sns?"],
  ["integrationkey", "did you mean routingKey?"],
  ["servicekey", "did you mean routingKey?"],
  ["service_key", "did you mean routingKey?"],
  ["routing_key", "did you mean routingKey?"],
  ["api_url", "did you mean webhook?"],
  ["webhookurl", "did you mean webhook?"],
  ["webhook_url", "did you mean webhook?"],
  ["url", "the address is written as webhook: { secret: <name or ARN> }"],
  ["topic", "did you mean topicArn?"],
  ["arn", "did you mean topicArn for sns, or bus for eventBridge?"],
  ["secretref", "write { secret: <name or ARN> }"],
  [
    "secretkeyref",
    "notify has no access to Secrets of the cluster: write { secret: <name or ARN> }",
  ],
  ["valuefrom", "notify has no access to Secrets of the cluster: write { secret: <name or ARN> }"],
  ["email", "e-mail is sent by an SNS topic with a subscription: sns: { topicArn }"],
  ["headers", "an Authorization header is not supported: requests are signed with signingKey"],
  ["token", "did you mean slack: { channel, token }?"],
]);
