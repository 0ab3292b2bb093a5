import { describe, expect, test } from "vitest";
import { resolveReference } from "../../../core/references/resolve.ts";
import { EVENT, resolveToLine } from "./resolve-to-line.ts";
import { toCatalog } from "./served.ts";

describe("rule 6: namespaces", () => {
  const owner = "metadata.ownerReferences[0]";
  const pod = { apiVersion: "v1", kind: "Pod", name: "a" };

  test("is the written one, else that of the carrier", () => {
    expect(resolveToLine({ ...pod, namespace: "other" })).toContain("other/a");
    expect(resolveToLine({ ...pod, namespace: "" })).toContain("team/a");
    expect(resolveToLine({ ...pod, namespace: null })).toContain("team/a");
  });

  test("an owner is in the namespace of its dependent, whatever is written", () => {
    const carrier = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { namespace: "team" } };
    expect(
      resolveToLine({ ...pod, namespace: "kube-system" }, { carrier, field: owner }),
    ).toContain("team/a");
  });

  test("a cluster-scoped dependent has no namespaced owner, known to the catalog or not", () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n", namespace: "team" } };
    const unknown = { apiVersion: "x.io/v1", kind: "X", metadata: { name: "x" } };
    expect(resolveToLine(pod, { carrier: node, field: owner })).toBe("contradiction");
    expect(resolveToLine(pod, { carrier: unknown, field: owner })).toBe("contradiction");
    expect(
      resolveToLine({ apiVersion: "v1", kind: "Node", name: "n" }, { carrier: node, field: owner }),
    ).toBe("v1 Node nodes -/n explicit");
  });

  test.each([
    ["no carrier", undefined],
    ["a carrier that is text", "x"],
    ["no metadata", { apiVersion: "v1", kind: "Pod" }],
    ["metadata that is a list", { apiVersion: "v1", kind: "Pod", metadata: [] }],
    ["a namespaced kind without namespace", { apiVersion: "v1", kind: "Pod", metadata: {} }],
    ["a namespace that is a number", { apiVersion: "v1", kind: "Pod", metadata: { namespace: 5 } }],
    ["a namespace with a slash", { apiVersion: "v1", kind: "Pod", metadata: { namespace: "a/b" } }],
  ])("%s: no namespace is to be had", (_, carrier) => {
    for (const field of ["involvedObject", owner]) {
      const { outcome } = resolveReference(
        { reference: pod, carrier: carrier ?? null, field },
        toCatalog("builtin-1.36"),
      );
      expect(outcome).toBe("unresolved");
      expect(resolveToLine(pod, { carrier: carrier ?? null, field })).toBe("malformed");
    }
  });

  test("a cluster-scoped carrier provides no namespace, even if it states one", () => {
    const carrier = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "b", namespace: "kube-system" },
    };
    expect(
      resolveToLine({ kind: "ServiceAccount", name: "a" }, { carrier, field: "subjects[0]" }),
    ).toBe("malformed");
  });

  test("a uid is passed on only if it is a UUID, and never causes a refusal", () => {
    const uid = "bb6bd832-895d-11e8-bd5a-001d0917d583";
    const catalog = toCatalog("builtin-1.36");
    const resolve = (given: unknown): unknown =>
      resolveReference(
        { reference: { ...pod, uid: given }, carrier: EVENT, field: "involvedObject" },
        catalog,
      );
    expect(resolve(uid)).toMatchObject({ outcome: "resolved", uid });
    for (const given of ["a", "", null, "$UID"]) {
      expect(resolve(given)).toMatchObject({ outcome: "resolved" });
      expect(resolve(given)).not.toHaveProperty("uid");
    }
  });
});
