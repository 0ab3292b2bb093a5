import { describe, expect, it } from "vitest";
import type { MirrorDecision } from "../../../core/mirror/mirror-decision.ts";
import { isDifference, toFailedFinding, toFinding } from "../../../cli/diff/finding.ts";

const PLACES = {
  source: { namespace: "shop", name: "settings" },
  copy: { namespace: "shop-dr", name: "settings" },
};
const precondition = { uid: "u", resourceVersion: "1" };
const desired = {
  manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } },
};
const update = {
  desired: { ...desired, droppedOwners: [] },
  precondition,
  differences: [],
} as const;
const writing = {
  writes: { object: true, status: false },
  force: true,
  mayReplace: false,
} as const;

const find = (decision: MirrorDecision) =>
  toFinding({ outcome: "decided", decision, copy: PLACES.copy }, PLACES);

describe("what people are shown of a decision", () => {
  it.each<[string, MirrorDecision]>([
    ["missing", { outcome: "create", desired: update.desired }],
    ["stale", { outcome: "update", ...update, ...writing, why: "changed" }],
    ["drifted", { outcome: "update", ...update, ...writing, why: "drift" }],
    ["conflict", { outcome: "update", ...update, ...writing, why: "adopt" }],
    ["orphan", { outcome: "delete", precondition, recreate: false }],
    ["stale", { outcome: "delete", precondition, recreate: true }],
    ["drifted", { outcome: "nothing", reason: "drifted", differences: [] }],
    ["conflict", { outcome: "conflict", code: "MirrorConflict", message: "theirs" }],
    ["refused", { outcome: "refused", code: "RuleError", message: "where fails" }],
    ["waiting", { outcome: "wait", since: "2026-11-30T12:00:00Z", message: "being deleted" }],
  ])("is %s", (kind, decision) => {
    expect(find(decision)).toMatchObject({ kind, ...PLACES });
  });

  it.each(["inSync", "absent", "foreign", "kept", "skipped"] as const)(
    "is nothing if the rule wants it so: %s",
    (reason) => {
      expect(find({ outcome: "nothing", reason })).toBeUndefined();
    },
  );

  it("names an object whose owner has left it out, and is no difference", () => {
    const why = 'it has kubemend.dev/remediate: "false"';
    const found = find({ outcome: "nothing", reason: "untouched", optedOut: why });
    expect(found).toMatchObject({ kind: "untouched", reason: { code: "OptedOut", message: why } });
    expect(isDifference("untouched")).toBe(false);
  });

  it("is nothing about a system namespace, which nobody has left out", () => {
    expect(find({ outcome: "nothing", reason: "untouched" })).toBeUndefined();
  });

  it("names who has written what only drifts, and the way back", () => {
    const writers = ["kubectl-edit", "kubemend"];
    const found = find({ outcome: "nothing", reason: "drifted", differences: [], writers });
    const message = `drift: report leaves it, as kubectl-edit, an action of Kubemend left it; if the copy is deleted, the next comparison makes it again by its object`;
    expect(found?.reason?.message).toBe(message);
  });

  it("is no difference but an error if the user may not look", () => {
    const refused = { code: "Forbidden", message: "configmaps is forbidden" };
    expect(() => toFailedFinding(refused, PLACES)).toThrow("configmaps is forbidden");
    const deep = { code: "ObjectTooDeep", message: "the copy is nested too deep" };
    expect(toFailedFinding(deep, PLACES)).toMatchObject({ kind: "refused", reason: deep });
  });
});
