/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { planPermissions } from "../../../../core/pipeline/rights/permissions.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";

/** The rights of remediate on Moves and Deployments, for a rule with this action. */
function plan(action: object): readonly object[] {
  const on = { resource: "deployments.apps", namespaces: ["shop"] };
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "out", on, once: "object", then: [action] }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return planPermissions(parsed.value, builtinCatalog()).remediate.flatMap(({ namespace, rules }) =>
    rules
      .filter(({ resources }) => resources.some((one) => one === "moves" || one === "deployments"))
      .map(({ resources, verbs }) => ({ namespace, resources, verbs })),
  );
}

const READ = { namespace: "shop", resources: ["deployments"], verbs: ["get"] };

test("remediate may begin Moves beside its records if a rule does, and read what they are about", () => {
  const moves = { namespace: "kubemend", resources: ["moves"], verbs: ["create", "get"] };
  expect(plan({ move: { to: "backup" } })).toEqual([moves, READ]);
});

test("remediate has no right on Moves if no rule begins one", () => {
  const read = { ...READ, verbs: ["get", "patch"] };
  expect(plan({ label: { set: { team: "data" } } })).toEqual([read]);
});
