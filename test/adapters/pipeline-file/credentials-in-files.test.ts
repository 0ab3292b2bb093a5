import { expect, test } from "vitest";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";
import { formatIssues } from "../../../adapters/pipeline-issues.ts";
import { formatMeaning } from "../../../cli/validate/format-meaning.ts";
import { ALERT, HEAD } from "./broken/rule-file.ts";
import { receiverFile } from "./broken/receivers.ts";

const SECRET = "xoxb-1234-SecretPart";
const ADDRESS = `https://hooks.slack.com/services/T0/B0/${SECRET}`;

/** Everything that `validate` prints about a file. */
function report(text: string): string {
  const read = parsePipelineText(text);
  return read.ok
    ? formatMeaning(
        "p.yaml",
        read.value.pipeline,
        { findType: () => undefined, source: "builtin" },
        0,
      ).join("\n")
    : formatIssues("p.yaml", read.error);
}

const alertTo = (to: string, receivers = ""): string =>
  `${HEAD}${receivers}rules: [ { id: a, on: { resource: pods }, then: [ { alert: { to: "${to}", summary: "'x'" } } ] } ]\n`;

test.each([
  ["a token", receiverFile(`{ slack: { channel: a, token: ${SECRET} } }`)],
  ["a token as the receiver", receiverFile(SECRET)],
  ["a webhook as the kind", receiverFile(`{ slack: ${ADDRESS} }`)],
  ["an incoming webhook", receiverFile(`{ slack: { webhook: ${ADDRESS} } }`)],
  ["a webhook of Teams", receiverFile(`{ teams: { webhook: "${ADDRESS}" } }`)],
  ["a routing key", receiverFile(`{ pagerduty: { routingKey: ${SECRET} } }`)],
  ["a kind with a key", receiverFile(`{ pagerduty: ${SECRET} }`)],
  ["an address of a webhook", receiverFile(`{ webhook: { url: ${ADDRESS} } }`)],
  [
    "an address with a password",
    receiverFile(`{ webhook: { url: https://a:${SECRET}@x.example } }`),
  ],
  [
    "an address with a query",
    receiverFile(`{ webhook: { url: "https://x.example/?t=${SECRET}" } }`),
  ],
  ["a path that may be one", receiverFile(`{ webhook: { url: "https://x.example/${SECRET}" } }`)],
  ["a signing key", receiverFile(`{ webhook: { url: https://x.example, signingKey: ${SECRET} } }`)],
  ["a secret's name", receiverFile(`{ slack: { channel: a, token: { secret: "${SECRET} x" } } }`)],
  ["a variable's name", receiverFile(`{ slack: { channel: a, token: { env: ${SECRET} } } }`)],
  ["a list of tokens", receiverFile(`{ slack: { channel: a, token: [${SECRET}] } }`)],
  ["an address instead of receivers", `${HEAD}receivers: ${ADDRESS}\nrules: []\n`],
  [
    "a value that YAML cannot read",
    receiverFile(`{ slack: { channel: a, token: "a" ${SECRET} } }`),
  ],
  ["an alias", receiverFile(`{ slack: { channel: a, token: *${SECRET} } }`)],
  ["a tag", receiverFile(`{ slack: { channel: a, token: !${SECRET} x } }`)],
  ["an address in to", alertTo(ADDRESS)],
  ["a token in to", alertTo(SECRET)],
  [
    "a token in to beside receivers",
    alertTo(SECRET, "receivers: { ops: { teams: { webhook: { env: A } } } }\n"),
  ],
])("%s in a pipeline file is never printed", (_what, text) => {
  const printed = report(text);
  expect(printed).not.toContain(SECRET);
  expect(printed).not.toBe("");
});

test("the alerts of such files are otherwise valid", () => {
  expect(report(receiverFile("{ slack: { webhook: { secret: kubemend/slack } } }"))).toContain(
    "a Slack webhook",
  );
  expect(ALERT).toContain("to: ops");
});
