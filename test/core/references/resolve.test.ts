import { describe, expect, test } from "vitest";
import { resolveReference } from "../../../core/references/resolve.ts";
import { toCatalog, toExtra, type Served } from "./served.ts";

const event = { apiVersion: "v1", kind: "Event", metadata: { namespace: "team", name: "e.1" } };
const knative = toExtra("serving.knative.dev/v1 Service services");

/** One line: `apiVersion Kind resource namespace/name provenance`, or `reason: candidates`. */
function say(
  reference: unknown,
  options: { carrier?: unknown; field?: string; served?: Served } = {},
): string {
  const { carrier = event, field = "involvedObject", served = "builtin-1.36" } = options;
  const result = resolveReference({ reference, carrier, field }, toCatalog(served));
  if (result.outcome === "unresolved") {
    return [result.reason, ...result.candidates].join(" ");
  }
  const { apiVersion, kind, resource, namespace, name, provenance } = result;
  return `${apiVersion} ${kind} ${resource} ${namespace ?? "-"}/${name} ${provenance}`;
}

describe("rule 1: a reference used as written is explicit, a completed or corrected one is not", () => {
  test("group and version in two fields are as good as one apiVersion", () => {
    expect(say({ group: "apps", version: "v1", kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a explicit",
    );
  });

  test("a group alone is completed", () => {
    expect(say({ group: "apps", kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("a served version is kept, preferred or not", () => {
    const reference = { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", name: "a" };
    expect(say(reference)).toContain("autoscaling/v1 ");
    expect(say(reference)).toContain("explicit");
  });

  test("a corrected kind is not explicit, whatever the apiVersion says", () => {
    expect(say({ apiVersion: "apps/v1", kind: "deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
    expect(say({ apiVersion: "apps/v1", resource: "deployments", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("a namespace that is filled in or left out does not make it less explicit", () => {
    expect(say({ apiVersion: "v1", kind: "Node", name: "a", namespace: "default" })).toBe(
      "v1 Node nodes -/a explicit",
    );
  });
});

describe("rule 2: group and version from what is there", () => {
  test.each([undefined, null, ""])("apiVersion %j is no apiVersion", (apiVersion) => {
    expect(say({ apiVersion, kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("v1 is core if core has the kind, even if another group serves it in v1", () => {
    expect(say({ apiVersion: "v1", kind: "Service", name: "a" }, { served: knative })).toBe(
      "v1 Service services team/a explicit",
    );
  });

  test("v1 is a version if core has no such kind", () => {
    expect(say({ apiVersion: "v1", kind: "Deployment", name: "a" })).toBe(
      "apps/v1 Deployment deployments team/a discovery",
    );
  });

  test("a version that several groups serve does not decide", () => {
    const served = toExtra(
      "a.io/v1 Gateway gateways",
      "b.io/v1 Gateway gateways",
      "c.io/v2 Gateway gateways",
    );
    expect(say({ apiVersion: "v1", kind: "Gateway", name: "a" }, { served })).toBe(
      "ambiguous a.io/v1 b.io/v1",
    );
  });

  test("a version that nobody serves falls back to the one group that has the kind", () => {
    expect(say({ apiVersion: "v1beta1", kind: "CronJob", name: "a" })).toBe(
      "batch/v1 CronJob cronjobs team/a discovery",
    );
    expect(say({ apiVersion: "v9", kind: "Service", name: "a" }, { served: knative })).toBe(
      "ambiguous serving.knative.dev/v1 v1",
    );
  });

  test("an empty group is core, an absent or null one is missing", () => {
    expect(say({ apiGroup: "", kind: "Service", name: "a" }, { served: knative })).toBe(
      "v1 Service services team/a discovery",
    );
    expect(say({ group: null, kind: "Service", name: "a" }, { served: knative })).toBe(
      "ambiguous serving.knative.dev/v1 v1",
    );
    expect(say({ group: "", kind: "Deployment", name: "a" })).toBe("not-served apps/v1");
  });

  test("more than one slash is malformed", () => {
    expect(say({ apiVersion: "apps/v1/x", kind: "Deployment", name: "a" })).toBe("malformed");
    expect(say({ apiVersion: "/".repeat(100_000), kind: "Deployment", name: "a" })).toBe(
      "malformed",
    );
    expect(say({ apiVersion: "/", kind: "Pod", name: "a" })).toBe("malformed");
  });

  test("nothing is trimmed", () => {
    expect(say({ apiVersion: " apps/v1", kind: "Deployment", name: "a" })).toBe(
      "not-served apps/v1",
    );
    expect(say({ kind: "Deployment ", name: "a" })).toBe("unknown-kind");
  });
});

describe("rule 3: one candidate per group", () => {
  const served = toExtra(
    "a.io/v2 Thing things",
    "a.io/v1 Thing things",
    "a.io/v1 Old olds",
    "a.io/v1beta1 Old olds",
  );

  test("the preferred version that has the kind, else the next listed", () => {
    expect(say({ kind: "Thing", name: "a" }, { served })).toContain("a.io/v2 Thing");
    expect(say({ kind: "Old", name: "a" }, { served })).toContain("a.io/v1 Old");
  });

  test("several groups are ambiguous, also when only the case is wrong, also by resource", () => {
    const two = toExtra("security.io/v1 NetworkPolicy networkpolicies");
    for (const kind of ["NetworkPolicy", "networkpolicy", "networkpolicies"]) {
      expect(say({ kind, name: "a" }, { served: two })).toBe(
        "ambiguous networking.k8s.io/v1 security.io/v1",
      );
    }
  });

  test("two kinds of one group that differ only in case are ambiguous in a third spelling", () => {
    const twins = toExtra("a.io/v1 FooBar foobars", "a.io/v1 Foobar foobarz");
    expect(say({ kind: "FOOBAR", name: "a" }, { served: twins })).toBe("ambiguous a.io/v1");
    expect(say({ kind: "Foobar", name: "a" }, { served: twins })).toContain("foobarz");
  });

  test("Events have one storage: core, unless the carrier is of events.k8s.io", () => {
    expect(say({ kind: "Event", name: "a" })).toBe("v1 Event events team/a discovery");
    expect(say({ kind: "events", name: "a" })).toBe("v1 Event events team/a discovery");
    const carrier = { ...event, apiVersion: "events.k8s.io/v1" };
    expect(say({ kind: "Event", name: "a" }, { carrier, field: "regarding" })).toContain(
      "events.k8s.io/v1 Event",
    );
  });

  test("a third group with a kind Event is a second candidate", () => {
    const third = toExtra("argo.io/v1 Event events");
    expect(say({ kind: "Event", name: "a" }, { served: third })).toBe("ambiguous argo.io/v1 v1");
  });
});

describe("rule 4: versions are replaced, groups are not", () => {
  test("a version that is no longer served is replaced by the served one", () => {
    expect(say({ apiVersion: "policy/v1beta1", kind: "PodDisruptionBudget", name: "a" })).toBe(
      "policy/v1 PodDisruptionBudget poddisruptionbudgets team/a discovery",
    );
  });

  test("extensions is replaced by the one group, by none of several", () => {
    expect(say({ apiVersion: "extensions/v1beta1", kind: "DaemonSet", name: "a" })).toContain(
      "apps/v1 ",
    );
    expect(say({ apiGroup: "extensions", kind: "DaemonSet", name: "a" })).toContain("apps/v1 ");
    const served = toExtra("apps.kruise.io/v1alpha1 DaemonSet daemonsets");
    expect(
      say({ apiVersion: "extensions/v1beta1", kind: "DaemonSet", name: "a" }, { served }),
    ).toBe("ambiguous apps.kruise.io/v1alpha1 apps/v1");
    expect(say({ apiVersion: "extensions/v1beta1", kind: "PodSecurityPolicy", name: "a" })).toBe(
      "not-served",
    );
  });

  test("another group is never replaced, not even if it is the nickname of core", () => {
    expect(say({ apiVersion: "app/v1", kind: "Deployment", name: "a" })).toBe("not-served apps/v1");
    expect(say({ apiVersion: "Apps/v1", kind: "Deployment", name: "a" })).toBe(
      "not-served apps/v1",
    );
    expect(say({ apiVersion: "core/v1", kind: "Pod", name: "a" })).toBe("not-served v1");
  });
});

describe("rule 5: kinds", () => {
  test.each(["PodList", "List", "po", "svc", "deploy", "Pod.v1", "pods/log", "ｐod"])(
    "%s names nothing",
    (kind) => {
      expect(say({ kind, name: "a" })).toBe("unknown-kind");
    },
  );

  test("a character that only Unicode lower-cases to ASCII names nothing", () => {
    const served = toExtra("a.io/v1 Kind kinds");
    expect(say({ kind: "\u212Aind", name: "a" }, { served })).toBe("unknown-kind");
  });

  test("the named group is asked first, for every spelling", () => {
    const served = toExtra("a.io/v1 Objectstore objectstores", "b.io/v1 ObjectStore objectstores");
    expect(say({ apiVersion: "a.io/v1", kind: "ObjectStore", name: "a" }, { served })).toBe(
      "a.io/v1 Objectstore objectstores team/a discovery",
    );
  });

  test("resource may replace kind, as a resource name before any kind of that name", () => {
    const served = toExtra("evil.io/v1 pods podses");
    expect(say({ resource: "pods", name: "a" }, { served })).toBe("v1 Pod pods team/a discovery");
    expect(say({ kind: "", resource: "pods", name: "a" })).toBe("v1 Pod pods team/a discovery");
  });

  test("kind and resource must mean one type", () => {
    expect(say({ kind: "Pod", resource: "pods", apiVersion: "v1", name: "a" })).toContain(
      "explicit",
    );
    expect(say({ kind: "Pod", resource: "secrets", name: "a" })).toBe("contradiction");
  });
});

describe("rule 6: namespaces", () => {
  const owner = "metadata.ownerReferences[0]";
  const pod = { apiVersion: "v1", kind: "Pod", name: "a" };

  test("is the written one, else that of the carrier", () => {
    expect(say({ ...pod, namespace: "other" })).toContain("other/a");
    expect(say({ ...pod, namespace: "" })).toContain("team/a");
    expect(say({ ...pod, namespace: null })).toContain("team/a");
  });

  test("an owner is in the namespace of its dependent, whatever is written", () => {
    const carrier = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { namespace: "team" } };
    expect(say({ ...pod, namespace: "kube-system" }, { carrier, field: owner })).toContain(
      "team/a",
    );
  });

  test("a cluster-scoped dependent has no namespaced owner, known to the catalog or not", () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n", namespace: "team" } };
    const unknown = { apiVersion: "x.io/v1", kind: "X", metadata: { name: "x" } };
    expect(say(pod, { carrier: node, field: owner })).toBe("contradiction");
    expect(say(pod, { carrier: unknown, field: owner })).toBe("contradiction");
    expect(
      say({ apiVersion: "v1", kind: "Node", name: "n" }, { carrier: node, field: owner }),
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
      expect(say(pod, { carrier: carrier ?? null, field })).toBe("malformed");
    }
  });

  test("a cluster-scoped carrier provides no namespace, even if it states one", () => {
    const carrier = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "b", namespace: "kube-system" },
    };
    expect(say({ kind: "ServiceAccount", name: "a" }, { carrier, field: "subjects[0]" })).toBe(
      "malformed",
    );
  });

  test("a uid is passed on only if it is a UUID, and never causes a refusal", () => {
    const uid = "bb6bd832-895d-11e8-bd5a-001d0917d583";
    const catalog = toCatalog("builtin-1.36");
    const resolve = (given: unknown): unknown =>
      resolveReference(
        { reference: { ...pod, uid: given }, carrier: event, field: "involvedObject" },
        catalog,
      );
    expect(resolve(uid)).toMatchObject({ outcome: "resolved", uid });
    for (const given of ["a", "", null, "$UID"]) {
      expect(resolve(given)).toMatchObject({ outcome: "resolved" });
      expect(resolve(given)).not.toHaveProperty("uid");
    }
  });
});

describe("rule 7: the first reason that applies is given", () => {
  test.each([null, [], [{ kind: "Pod", name: "a" }], "Pod", 1, true, {}])(
    "%j is malformed",
    (value) => {
      expect(say(value)).toBe("malformed");
    },
  );

  test.each([
    "apiVersion",
    "group",
    "apiGroup",
    "version",
    "kind",
    "resource",
    "namespace",
    "name",
    "uid",
  ])("%s of a wrong type is malformed", (field) => {
    for (const value of [1, true, {}, ["Pod"]]) {
      expect(say({ apiVersion: "v1", kind: "Pod", name: "a", [field]: value })).toBe("malformed");
    }
  });

  test.each(["a/b", "/", "..", ".", "../../secrets", "\uD800", "a".repeat(254)])(
    "%j is no name and no namespace",
    (text) => {
      expect(say({ apiVersion: "v1", kind: "Pod", name: text })).toBe("malformed");
      expect(say({ apiVersion: "v1", kind: "Node", name: "a", namespace: text })).toBe("malformed");
    },
  );

  test("malformed comes before missing-name, missing-name before the rest", () => {
    expect(say({ apiVersion: "a/b/c", kind: "Pod" })).toBe("malformed");
    expect(say({ kind: "Pod", name: "" })).toBe("missing-name");
    expect(say({ kind: "Nothing" })).toBe("missing-name");
    expect(say({ apiVersion: "apps/v1", group: "batch", kind: "Job" })).toBe("missing-name");
    expect(say({ kind: "Pod" }, { carrier: { apiVersion: "v1", kind: "Pod", metadata: {} } })).toBe(
      "malformed",
    );
  });

  test("fields that contradict each other are refused before anything is looked up", () => {
    expect(say({ apiVersion: "apps/v1", group: "batch", kind: "Nothing", name: "a" })).toBe(
      "contradiction",
    );
    expect(say({ apiVersion: "apps/v1", apiGroup: "", kind: "Deployment", name: "a" })).toBe(
      "contradiction",
    );
    expect(say({ group: "apps", apiGroup: "batch", kind: "Job", name: "a" })).toBe("contradiction");
    expect(say({ apiVersion: "apps/v1", version: "v1beta1", kind: "Deployment", name: "a" })).toBe(
      "contradiction",
    );
    expect(say({ apiVersion: "v1", group: "apps", kind: "Pod", name: "a" })).toBe("contradiction");
  });

  test("fields that say the same are not a contradiction", () => {
    const all = { apiVersion: "apps/v1", group: "apps", apiGroup: "apps", version: "v1" };
    expect(say({ ...all, kind: "Deployment", name: "a" })).toContain("explicit");
    expect(say({ apiVersion: "v1", group: "apps", kind: "Deployment", name: "a" })).toContain(
      "apps/v1 ",
    );
  });

  test("a group without the kind is not-served with the groups that have it; without a group the kind is unknown", () => {
    expect(say({ apiVersion: "batch/v1", kind: "Deployment", name: "a" })).toBe(
      "not-served apps/v1",
    );
    expect(say({ apiVersion: "batch/v1", kind: "Nothing", name: "a" })).toBe("not-served");
    expect(say({ apiVersion: "v7", kind: "Nothing", name: "a" })).toBe("unknown-kind");
  });
});

describe("own properties only", () => {
  test("inherited properties are not part of a reference", () => {
    const inherited = Object.create({ apiVersion: "v1", kind: "Pod", name: "a" }) as unknown;
    expect(say(inherited)).toBe("malformed");
    expect(say(JSON.parse('{"__proto__": {"kind": "Pod", "name": "a"}}'))).toBe("malformed");
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "%s is nobody's kind",
    (kind) => {
      expect(say({ kind, name: "a" })).toBe("unknown-kind");
      expect(say({ apiVersion: `${kind}/v1`, kind: "Pod", name: "a" })).toBe("not-served v1");
    },
  );
});

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
    expect(say({ name: "g" }, parent)).toBe(
      "gateway.networking.k8s.io/v1 Gateway gateways team/g owner",
    );
    expect(say({ name: "s", port: 80 }, backend)).toBe("v1 Service services team/s owner");
  });

  test("the default group decides between groups, and overrules nothing that is written", () => {
    expect(say({ kind: "Service", name: "s" }, backend)).toBe("v1 Service services team/s owner");
    expect(say({ kind: "Service", group: "serving.knative.dev", name: "s" }, backend)).toBe(
      "serving.knative.dev/v1 Service services team/s discovery",
    );
    expect(say({ kind: "Deployment", name: "s" }, backend)).toContain("discovery");
  });

  test("the same fields of another API have no default", () => {
    const carrier = { ...route, apiVersion: "policy.linkerd.io/v1beta3" };
    expect(say({ name: "g" }, { ...parent, carrier })).toBe("malformed");
  });

  test("a default that is not served is refused", () => {
    expect(say({ name: "g" }, { ...parent, served: "builtin-1.36" })).toBe("not-served");
  });

  test("claimRef, roleRef, subjects and scaleTargetRef", () => {
    const volume = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pv" } };
    expect(say({ name: "c", namespace: "x" }, { carrier: volume, field: "spec.claimRef" })).toBe(
      "v1 PersistentVolumeClaim persistentvolumeclaims x/c owner",
    );
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { namespace: "team", name: "b" },
    };
    const served = toExtra("authorization.openshift.io/v1 Role roles");
    expect(say({ kind: "Role", name: "r" }, { carrier: binding, field: "roleRef", served })).toBe(
      "rbac.authorization.k8s.io/v1 Role roles team/r owner",
    );
    expect(say({ kind: "User", name: "jane" }, { carrier: binding, field: "subjects[0]" })).toBe(
      "unknown-kind",
    );
    const scaled = {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { namespace: "team" },
    };
    expect(say({ name: "w" }, { carrier: scaled, field: "spec.scaleTargetRef" })).toBe(
      "apps/v1 Deployment deployments team/w owner",
    );
  });
});
