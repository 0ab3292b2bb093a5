/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { checkAsked } from "../../../cli/silence/check-asked.ts";
import { parseAsked } from "../../../cli/silence/parse-asked.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";

function check(rule: string | undefined, ...label: readonly string[]): void {
  const alert = { to: "ops", summary: "'x'", labels: { team: "data" } };
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "c" },
    receivers: { ops: { sns: { topicArn: "arn:aws:sns:eu-central-1:123456789012:alerts" } } },
    rules: [{ id: "backup-failed", on: { resource: "jobs.batch" }, then: [{ alert }] }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  checkAsked(parseAsked(rule, { label, for: "1h" }), parsed.value);
}

test.each([
  ["an unknown rule", "backup-faild", [], "no rule backup-faild; did you mean backup-failed?"],
  [
    "an unknown label",
    undefined,
    ["nmespace=a"],
    "no label of an alert nmespace; did you mean name",
  ],
  ["a label of another file", undefined, ["owner=a"], "it has: rule, receiver"],
  ["an unknown receiver", undefined, ["receiver=op"], "no receiver op; did you mean ops?"],
] as const)("a silence of %s is misuse", (_what, rule, labels, text) => {
  expect(() => check(rule, ...labels)).toThrow(text);
});

test("what the pipeline has may be silenced", () => {
  expect(() => check("backup-failed")).not.toThrow();
  expect(() => check(undefined, "team=x", "namespace=a", "receiver=ops")).not.toThrow();
});
