import { describe, expect, it } from "vitest";
import { findRuleFaults } from "../../../../core/pipeline/check/check-pipeline.ts";

const BEYOND_REACH = {
  restartRollout: { target: { resource: "deployments.apps", name: "x", namespace: "other" } },
};
const IN_NO_CLUSTER = {
  restartRollout: { target: { resource: "deployments.apps", name: "x", cluster: "dr" } },
};

/** The faults of a rule that lacks `once`, by their places in the rule. */
function find(then: readonly object[], fields: object = {}): readonly string[] {
  const rule = {
    id: "a",
    on: { resource: "configmaps", namespaces: ["shop"] },
    // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format; a list is no function, so await leaves it alone
    then,
    ...fields,
  };
  const document = { cluster: { name: "prod" }, rules: [rule] };
  return findRuleFaults(document).map(({ path }) => path.slice(2).join("."));
}

describe("a rule that lacks once", () => {
  it("has its other faults found at the same time", () => {
    expect(find([BEYOND_REACH, IN_NO_CLUSTER])).toEqual([
      "then.1.restartRollout.target.cluster",
      "then.0.restartRollout.target",
    ]);
  });

  it("has no fault because of the episode that it lacks", () => {
    expect(find([IN_NO_CLUSTER], { for: "5m", where: "has(object.data)" })).toEqual([
      "then.0.restartRollout.target.cluster",
    ]);
  });

  it("has none of these found if something else of it cannot be read", () => {
    expect(find([BEYOND_REACH, { unknown: {} }])).toEqual([]);
  });
});
