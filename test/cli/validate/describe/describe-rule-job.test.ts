import { describe, expect, it } from "vitest";
import { describeActions } from "../../../../cli/validate/describe/describe-actions.ts";

type Json = Readonly<Record<string, unknown>>;

const SPEC = { template: { spec: { restartPolicy: "Never", containers: [{ name: "main" }] } } };
const JOB = { metadata: { name: "migrate" }, spec: SPEC };

describe("validate says of an action whose Job is in the rule", () => {
  it.each<readonly [string, Json, string]>([
    [
      "createJob",
      { job: { spec: SPEC } },
      "Creates a Job named after the rule in the object's namespace.",
    ],
    [
      "createJob",
      { job: { ...JOB, metadata: { name: "tidy", namespace: "ops" } }, owner: "trigger" },
      "Creates a Job named tidy-… in ops, deleted with the object.",
    ],
    [
      "applyJob",
      { job: JOB, policy: "recreate", env: { A: "b" } },
      'Applies the Job migrate in the object\'s namespace: creates it if there is none, leaves it alone if it is unchanged, and deletes it and creates a new one if it differs in a field that no Job can change (policy: recreate), once it has ended (running: wait). It has env A = "b".',
    ],
    [
      "applyJob",
      { job: JOB, policy: "newName" },
      "Applies the Job migrate-<digest of its content> in the object's namespace: creates it if there is none, leaves it alone if it is unchanged, and creates another one beside it for each other content (policy: newName).",
    ],
  ])("%s %j", (action, parameters, sentence) => {
    expect(describeActions([{ action, parameters }])).toEqual([sentence]);
  });
});
