import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { findTypeFaults } from "../../../../core/pipeline/check/type-faults.ts";
import { loadBuiltinTypes } from "../../../../core/schemas/builtin-types.ts";

const findType = await loadBuiltinTypes();

function find(rule: object): readonly string[] {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "a", on: { resource: "configmaps" }, once: "object", ...rule }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return findTypeFaults(parsed.value, findType).map(({ message }) => message);
}

const then = (...actions: readonly object[]): object => Object.fromEntries([["then", actions]]);
const target = (resource: string): object => ({ resource, name: "x" });

describe("an expression on objects that a rule acts upon", () => {
  it.each([
    // Right for one of them.
    {
      ...then(
        { restartRollout: { target: target("deployments.apps") } },
        { createJobFromCronJob: { cronJob: { name: "x" } } },
      ),
      verify: { where: "object.status.succeeded == 1" },
    },
    {
      ...then({
        restartRollout: {
          targets: { referrers: ["deployments.apps", "daemonsets.apps"], atMost: 1 },
        },
      }),
      whereTarget: "object.spec.replicas > 0",
    },
    // Nothing is created or changed, so it is the trigger that is verified.
    {
      ...then({ evictPod: { target: { name: "x" } } }),
      verify: { where: "object.data.ready == 'yes'" },
    },
    // A custom resource has fields that only its cluster knows.
    {
      ...then({ label: { set: { a: "b" }, target: target("widgets.example.com") } }),
      verify: { where: "object.status.ready == true" },
    },
  ])("is accepted: %j", (rule) => {
    expect(find(rule)).toEqual([]);
  });

  it("is refused if it is wrong for all of them", () => {
    const targets = { referrers: ["deployments.apps", "daemonsets.apps"], atMost: 1 };
    const rule = { ...then({ restartRollout: { targets } }), whereTarget: "object.spec.x > 0" };
    expect(find(rule)).toEqual([expect.stringMatching(/has no field x/)]);
  });
});
