import { expect, test } from "vitest";
import { toRuleNotes } from "../../../../cli/validate/describe/rule-notes.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

function notesOf(rule: object): readonly string[] {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "c" },
    rules: [{ id: "a", once: "object", ...rule }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value.rules.flatMap(toRuleNotes);
}

const TARGETS = { select: { resource: "deployments.apps", namespace: "trigger" }, atMost: 20 };
const RESTART = {
  on: { resource: "configmaps" },
  then: [{ restartRollout: { targets: TARGETS } }],
};

test("a blast radius counts what matches, not the targets of an action", () => {
  expect(notesOf({ ...RESTART, guards: { blastRadius: 5 } })).toEqual([
    "blastRadius and cooldown count the objects that match, not the targets that restartRollout changes for each of them. Set targets.atMost to the most that one match may change.",
  ]);
});

test("nor the Pods that a drain evicts", () => {
  const drain = { on: { resource: "nodes" }, then: [{ drain: {} }], guards: { blastRadius: 1 } };
  expect(notesOf(drain)).toEqual([expect.stringContaining("not the Pods that drain evicts")]);
});

test("without a blast radius, or with one target for each match, there is nothing to say", () => {
  const one = { on: { resource: "deployments.apps" }, then: [{ restartRollout: {} }] };
  expect(notesOf(RESTART)).toEqual([]);
  expect(notesOf({ ...one, guards: { blastRadius: 5 } })).toEqual([]);
});
