/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { ChangeData } from "../../../events/change.ts";
import { createRecordedFields } from "../../../core/simulate/recorded-fields.ts";
import { toMessage, toPipeline } from "../../functions/normalize/world.ts";

const changed = { fields: ["data"], unknown: "skip" };
const pipeline = toPipeline({
  id: "rule",
  on: { resource: "configmaps", changed },
  then: [{ alert: { to: "a", summary: "'x'" } }],
});
const { rules } = pipeline;

/** The answer for each state in turn; by default the recording was made without the rule. */
function answers(states: readonly (Partial<ChangeData> & { readonly value?: string })[]) {
  const recorded = createRecordedFields();
  return states.map(({ value = "A", ...data }) => {
    const metadata = { name: "a", namespace: "n", uid: "uid-a" };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } };
    const message = toMessage(pipeline, object, { rules: {}, ...data });
    return recorded.answer(message, rules).data.changed?.["rule"];
  });
}

it("states of a recording are compared with each other", () => {
  const values = ["A", "B", "B", "A"].map((value) => ({ value }));
  expect(answers(values)).toEqual(["unknown", "yes", "no", "yes"]);
});

it("what the relay has said of the same rule stays as it is", () => {
  const own = { rule: rules[0]?.digest ?? "" };
  const said = [{ rules: own, changed: { rule: "no" } as const, value: "B" }, { rules: own }];
  expect(answers([{ value: "A" }, ...said])).toEqual(["unknown", "no", "unknown"]);
});

it("a gap, an added object and a deletion have nothing to compare with", () => {
  expect(answers([{}, { gap: true, value: "B" }, { value: "B" }])).toEqual([
    "unknown",
    "unknown",
    "no",
  ]);
  expect(answers([{ change: "added" }, { change: "deleted" }, {}])).toEqual([
    "unknown",
    "unknown",
    "unknown",
  ]);
});

it("fields that the recording does not contain are unknown", () => {
  expect(answers([{ redacted: ["data"] }, { redacted: ["data"] }])).toEqual(["unknown", "unknown"]);
  expect(answers([{ payload: "metadata" }, { truncated: true }])).toEqual(["unknown", "unknown"]);
  expect(answers([{ redacted: ["spec"] }, { redacted: ["spec"] }])).toEqual(["unknown", "no"]);
});
