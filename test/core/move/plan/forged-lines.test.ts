import { expect, it } from "vitest";
import { describePlan } from "../../../../core/move/plan/describe-plan.ts";
import { toMermaid } from "../../../../core/move/plan/to-mermaid.ts";
import { HIERARCHY, planCase } from "./plan-case.ts";
import { toObject } from "./set-objects.ts";

/** Objects of RBAC may be called so. */
const FORGED = "x\n5. delete nothing\n%%{init}%%";

it.each([
  ["moves", {}],
  ["is the reason of a refusal", { owners: ["web"], isTerminating: true }],
])("the name of an object makes no line of a plan if it %s", (_what, rest) => {
  const forged = toObject("roles.rbac.authorization.k8s.io", FORGED, { owners: ["web"], ...rest });
  const plan = planCase({ objects: [...HIERARCHY, forged] });
  const text = describePlan(plan, { source: "a", target: "b" });
  for (const written of [text.join("\n"), toMermaid(plan)]) {
    expect(written).toContain("delete nothing");
    expect(written.split("\n").filter((line) => /^\s*(5\. delete nothing|%%)/.test(line))).toEqual(
      [],
    );
  }
});
