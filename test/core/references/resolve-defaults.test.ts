import { describe, expect, test } from "vitest";
import { resolveToLine } from "./resolve-to-line.ts";
import { toExtra } from "./served.ts";

describe("defaults of the field that contains the reference", () => {
  const route = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { namespace: "team", name: "r" },
  };
  const gateways = toExtra(
    "gateway.networking.k8s.io/v1 Gateway gateways",
    "networking.istio.io/v1 Gateway gateways",
    "serving.knative.dev/v1 Service services",
  );
  const parent = { carrier: route, field: "spec.parentRefs[0]", served: gateways };
  const backend = { carrier: route, field: "spec.rules[0].backendRefs[1]", served: gateways };

  test("a parentRef by name alone is a Gateway, a backendRef a Service", () => {
    expect(resolveToLine({ name: "g" }, parent)).toBe(
      "gateway.networking.k8s.io/v1 Gateway gateways team/g owner",
    );
    expect(resolveToLine({ name: "s", port: 80 }, backend)).toBe(
      "v1 Service services team/s owner",
    );
  });

  test("the default group decides between groups, and overrules nothing that is written", () => {
    expect(resolveToLine({ kind: "Service", name: "s" }, backend)).toBe(
      "v1 Service services team/s owner",
    );
    expect(
      resolveToLine({ kind: "Service", group: "serving.knative.dev", name: "s" }, backend),
    ).toBe("serving.knative.dev/v1 Service services team/s discovery");
    expect(resolveToLine({ kind: "Deployment", name: "s" }, backend)).toContain("discovery");
  });

  test("the same fields of another API have no default", () => {
    const carrier = { ...route, apiVersion: "policy.linkerd.io/v1beta3" };
    expect(resolveToLine({ name: "g" }, { ...parent, carrier })).toBe("malformed");
  });

  test("a default that is not served is refused", () => {
    expect(resolveToLine({ name: "g" }, { ...parent, served: "builtin-1.36" })).toBe("not-served");
  });

  test("claimRef, roleRef, subjects and scaleTargetRef", () => {
    const volume = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pv" } };
    expect(
      resolveToLine({ name: "c", namespace: "x" }, { carrier: volume, field: "spec.claimRef" }),
    ).toBe("v1 PersistentVolumeClaim persistentvolumeclaims x/c owner");
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { namespace: "team", name: "b" },
    };
    const served = toExtra("authorization.openshift.io/v1 Role roles");
    expect(
      resolveToLine({ kind: "Role", name: "r" }, { carrier: binding, field: "roleRef", served }),
    ).toBe("rbac.authorization.k8s.io/v1 Role roles team/r owner");
    expect(
      resolveToLine({ kind: "User", name: "jane" }, { carrier: binding, field: "subjects[0]" }),
    ).toBe("unknown-kind");
    const scaled = {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { namespace: "team" },
    };
    expect(resolveToLine({ name: "w" }, { carrier: scaled, field: "spec.scaleTargetRef" })).toBe(
      "apps/v1 Deployment deployments team/w owner",
    );
  });
});
