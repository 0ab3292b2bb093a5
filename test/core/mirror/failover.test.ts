import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { toFieldsV1, toManagedFields } from "../../support/mirror/applied.ts";
import { SOURCE_CLUSTER, toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";
import { runAction, toLines } from "../actions/run-action.ts";

const type: ResourceType = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespaced: true,
};
const STANDBY = { fields: { set: { "spec.replicas": 0 } } };

function toWanted(version: string, paused: boolean, written: object) {
  const head = { apiVersion: "apps/v1", kind: "Deployment" };
  const metadata = { resourceVersion: version };
  const source = toSource({ ...head, metadata, spec: { replicas: 3, paused } });
  const desired = toDesired(source, toContext({ ...STANDBY, ...written }, { type }));
  if (!desired.ok) throw new Error(desired.error.message);
  return { outcome: "mirrored", uid: source.metadata.uid, desired: desired.value } as const;
}

/** The copy as an API server keeps it after it was applied; `others` are the other entries of managedFields. */
function toCopy(
  manifest: ReturnType<typeof toWanted>["desired"]["manifest"],
  others: readonly object[] = [],
): KubernetesObject {
  const managedFields = [...toManagedFields(manifest), ...others];
  const stored = { uid: "uid-of-copy", resourceVersion: "7", managedFields };
  return { ...manifest, metadata: { ...manifest.metadata, ...stored } };
}

/** An action has scaled it: the API server takes the field from everybody else. */
const SCALED = {
  manager: "kubemend",
  operation: "Update",
  subresource: "scale",
  fieldsV1: { "f:spec": { "f:replicas": {} } },
};

function toScaled(copy: KubernetesObject): KubernetesObject {
  const { spec, metadata, ...others } = copy as KubernetesObject & { readonly spec: object };
  const { replicas: _replicas, ...rest } = spec as { readonly replicas?: unknown };
  const applied = { ...others, spec: rest, metadata: { ...metadata, managedFields: undefined } };
  const own = { manager: "kubemend", operation: "Apply", fieldsV1: toFieldsV1(applied) };
  const managedFields = [own, SCALED];
  return { ...others, spec: { ...spec, replicas: 2 }, metadata: { ...metadata, managedFields } };
}

function decide(
  source: ReturnType<typeof toWanted>,
  target: KubernetesObject,
  written: Readonly<Record<string, unknown>>,
) {
  return decideMirror({
    rule: { id: "mirror-it" },
    mirror: toMirror({ ...STANDBY, ...written }),
    clusterUid: SOURCE_CLUSTER.uid,
    place: { namespace: "shop", name: "settings" },
    source,
    target,
    targetUid: "uid-of-cluster-b",
    isCopiedBack: false,
    otherRules: new Set(),
  });
}

const scale = (object: KubernetesObject) =>
  runAction("scale", { replicas: 2 }, { resource: "deployments.apps", object }).answer;

describe("a copy whose mirror reports drift", () => {
  const written = { drift: "report" };
  const copy = toCopy(toWanted("1", false, written).desired.manifest);

  it("is scaled by a rule", () => {
    expect(toLines(scale(copy))).toEqual(["spec replicas: 0 -> 2"]);
  });

  it("keeps the replicas, as long as its source is as it was", () => {
    const answer = decide(toWanted("1", false, written), toScaled(copy), written);
    expect(answer).toMatchObject({ outcome: "nothing", reason: "drifted" });
  });

  it("keeps the replicas at each change of its source", () => {
    const first = decide(toWanted("2", true, written), toScaled(copy), written);
    expect(first).toMatchObject({
      outcome: "update",
      force: false,
      desired: { manifest: { spec: { replicas: 2, paused: true } } },
    });
    const replicas = { path: ["spec", "replicas"], live: 2, desired: 0, stays: true };
    const differences: unknown = expect.arrayContaining([expect.objectContaining(replicas)]);
    expect(first).toMatchObject({ differences });
    if (first.outcome !== "update") throw new Error(first.outcome);
    const applied = toCopy(first.desired.manifest, [SCALED]);
    expect(decide(toWanted("3", false, written), applied, written)).toMatchObject({
      outcome: "update",
      desired: { manifest: { spec: { replicas: 2, paused: false } } },
    });
  });

  it("has what its source no longer has taken away, although somebody else wrote it too", () => {
    const { manifest } = toWanted("1", false, written).desired;
    const more = { ...manifest, spec: { ...(manifest["spec"] as object), minReadySeconds: 5 } };
    const others = { "f:spec": { "f:minReadySeconds": {} } };
    const live = toCopy(more, [{ manager: "kubectl", operation: "Update", fieldsV1: others }]);
    const answer = decide(toWanted("2", false, written), live, written);
    expect(answer).toMatchObject({ outcome: "update", force: false });
    const spec = answer.outcome === "update" ? answer.desired.manifest["spec"] : undefined;
    expect(spec).toEqual({ replicas: 0, paused: false });
  });
});

describe("a copy whose mirror repairs drift", () => {
  it("is not scaled by a rule, which names the mirror and the way out", () => {
    const answer = scale(toCopy(toWanted("1", false, {}).desired.manifest));
    const message: unknown = expect.stringMatching(
      /the mirror mirror-it \(without drift: report\)/,
    );
    expect(answer).toMatchObject({ outcome: "refused", code: "ManagedField", message });
  });

  it("is updated if its rule reports drift by now, so that it says so", () => {
    const copy = toCopy(toWanted("1", false, {}).desired.manifest);
    const written = { drift: "report" };
    const answer = decide(toWanted("1", false, written), copy, written);
    expect(answer).toMatchObject({ outcome: "update", why: "changed" });
  });
});
