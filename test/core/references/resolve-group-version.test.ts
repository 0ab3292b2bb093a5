import { describe, expect, test } from "vitest";
import { resolveToLine } from "./resolve-to-line.ts";
import { toExtra } from "./served.ts";

const knative = toExtra("serving.knative.dev/v1 Service services");

describe("rule 1: a reference used as written is explicit, a completed or corrected one is not", () => {
  test("group and version in two fields are as good as one apiVersion", () => {
    expect(resolveToLine({ group: "apps", version: "v1", kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a explicit",
    );
  });

  test("a group alone is completed", () => {
    expect(resolveToLine({ group: "apps", kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("a served version is kept, preferred or not", () => {
    const reference = { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", name: "a" };
    expect(resolveToLine(reference)).toContain("autoscaling/v1 ");
    expect(resolveToLine(reference)).toContain("explicit");
  });

  test("a corrected kind is not explicit, whatever the apiVersion says", () => {
    expect(resolveToLine({ apiVersion: "apps/v1", kind: "deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
    expect(resolveToLine({ apiVersion: "apps/v1", resource: "deployments", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("a namespace that is filled in or left out does not make it less explicit", () => {
    expect(resolveToLine({ apiVersion: "v1", kind: "Node", name: "a", namespace: "default" })).toBe(
      "v1 Node nodes -/a explicit",
    );
  });
});

describe("rule 2: group and version from what is there", () => {
  test.each([undefined, null, ""])("apiVersion %j is no apiVersion", (apiVersion) => {
    expect(resolveToLine({ apiVersion, kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("v1 is core if core has the kind, even if another group serves it in v1", () => {
    expect(
      resolveToLine({ apiVersion: "v1", kind: "Service", name: "a" }, { served: knative }),
    ).toBe("v1 Service services team/a explicit");
  });

  test("v1 is a version if core has no such kind", () => {
    expect(resolveToLine({ apiVersion: "v1", kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("a version that several groups serve does not decide", () => {
    const served = toExtra(
      "a.io/v1 Gateway gateways",
      "b.io/v1 Gateway gateways",
      "c.io/v2 Gateway gateways",
    );
    expect(resolveToLine({ apiVersion: "v1", kind: "Gateway", name: "a" }, { served })).toBe(
      "ambiguous a.io/v1 b.io/v1",
    );
  });

  test("a version that nobody serves falls back to the one group that has the kind", () => {
    expect(resolveToLine({ apiVersion: "v1beta1", kind: "CronJob", name: "a" })).toBe(
      "batch/v1 CronJob cronjobs team/a discovery",
    );
    expect(
      resolveToLine({ apiVersion: "v9", kind: "Service", name: "a" }, { served: knative }),
    ).toBe("ambiguous serving.knative.dev/v1 v1");
  });

  test("an empty group is core, an absent or null one is missing", () => {
    expect(resolveToLine({ apiGroup: "", kind: "Service", name: "a" }, { served: knative })).toBe(
      "v1 Service services team/a discovery",
    );
    expect(resolveToLine({ group: null, kind: "Service", name: "a" }, { served: knative })).toBe(
      "ambiguous serving.knative.dev/v1 v1",
    );
    expect(resolveToLine({ group: "", kind: "Deployment", name: "a" })).toBe("not-served apps/v1");
  });

  test("more than one slash is malformed", () => {
    expect(resolveToLine({ apiVersion: "apps/v1/x", kind: "Deployment", name: "a" })).toBe(
      "malformed",
    );
    expect(resolveToLine({ apiVersion: "/".repeat(100_000), kind: "Deployment", name: "a" })).toBe(
      "malformed",
    );
    expect(resolveToLine({ apiVersion: "/", kind: "Pod", name: "a" })).toBe("malformed");
  });

  test("nothing is trimmed", () => {
    expect(resolveToLine({ apiVersion: " apps/v1", kind: "Deployment", name: "a" })).toBe(
      "not-served apps/v1",
    );
    expect(resolveToLine({ kind: "Deployment ", name: "a" })).toBe("unknown-kind");
  });
});

describe("rule 4: versions are replaced, groups are not", () => {
  test("a version that is no longer served is replaced by the served one", () => {
    expect(
      resolveToLine({ apiVersion: "policy/v1beta1", kind: "PodDisruptionBudget", name: "a" }),
    ).toBe("policy/v1 PodDisruptionBudget poddisruptionbudgets team/a discovery");
  });

  test("extensions is replaced by the one group, by none of several", () => {
    expect(
      resolveToLine({ apiVersion: "extensions/v1beta1", kind: "DaemonSet", name: "a" }),
    ).toContain("apps/v1 ");
    expect(resolveToLine({ apiGroup: "extensions", kind: "DaemonSet", name: "a" })).toContain(
      "apps/v1 ",
    );
    const served = toExtra("apps.kruise.io/v1alpha1 DaemonSet daemonsets");
    expect(
      resolveToLine({ apiVersion: "extensions/v1beta1", kind: "DaemonSet", name: "a" }, { served }),
    ).toBe("ambiguous apps.kruise.io/v1alpha1 apps/v1");
    expect(
      resolveToLine({ apiVersion: "extensions/v1beta1", kind: "PodSecurityPolicy", name: "a" }),
    ).toBe("not-served");
  });

  test("another group is never replaced, not even if it is the nickname of core", () => {
    expect(resolveToLine({ apiVersion: "app/v1", kind: "Deployment", name: "a" })).toBe(
      "not-served apps/v1",
    );
    expect(resolveToLine({ apiVersion: "Apps/v1", kind: "Deployment", name: "a" })).toBe(
      "not-served apps/v1",
    );
    expect(resolveToLine({ apiVersion: "core/v1", kind: "Pod", name: "a" })).toBe("not-served v1");
  });
});
