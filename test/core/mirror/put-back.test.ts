import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toFieldsV1, toManagedFields } from "../../support/mirror/applied.ts";
import { SOURCE_CLUSTER, toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

const REPORT = { drift: "report" };

function toWanted(version: string, data: object, uid = "uid-of-source") {
  const source = toSource({ data, metadata: { uid, resourceVersion: version } });
  const desired = toDesired(source, toContext(REPORT));
  if (!desired.ok) throw new Error(desired.error.message);
  return { outcome: "mirrored", uid, desired: desired.value } as const;
}

type Manifest = ReturnType<typeof toWanted>["desired"]["manifest"];

function toStored(manifest: Manifest, managedFields: readonly object[]): KubernetesObject {
  const stored = { uid: "uid-of-copy", resourceVersion: "7", managedFields };
  return { ...manifest, metadata: { ...manifest.metadata, ...stored } };
}

/** A copy that somebody has deleted and created again from a file, so that all its fields are noted as theirs. */
function toPutBack(manifest: Manifest, own: readonly object[] = []): KubernetesObject {
  const theirs = {
    manager: "kubectl-client-side-apply",
    operation: "Update",
    fieldsV1: toFieldsV1(manifest),
  };
  return toStored(manifest, [...own, theirs]);
}

function decide(source: ReturnType<typeof toWanted>, target: KubernetesObject) {
  return decideMirror({
    rule: { id: "mirror-it" },
    mirror: toMirror(REPORT),
    clusterUid: SOURCE_CLUSTER.uid,
    place: { namespace: "shop", name: "settings" },
    source,
    target,
    targetUid: "uid-of-cluster-b",
    isCopiedBack: false,
    otherRules: new Set(),
  });
}

const VERSION = "kubemend.dev/source-version";
const copy = toWanted("1", { image: "1.2" }).desired.manifest;
const newer = toWanted("2", { image: "1.3" });

describe("a copy that somebody has restored, of a rule that only reports drift,", () => {
  it("is marked as one of the present state of its source, and keeps their fields", () => {
    const answer = decide(newer, toPutBack(copy));
    expect(answer).toMatchObject({ outcome: "update", force: true });
    const written = answer.outcome === "update" ? answer.desired.manifest : undefined;
    expect(written).toMatchObject({
      data: { image: "1.2" },
      metadata: { annotations: { [VERSION]: "2" } },
    });
  });

  it("has drifted from then on, which names who has written what differs", () => {
    const answer = decide(newer, toPutBack(copy));
    if (answer.outcome !== "update") throw new Error(answer.outcome);
    const { manifest } = answer.desired;
    const live = toPutBack(manifest, toManagedFields(manifest));
    expect(decide(newer, live)).toMatchObject({
      outcome: "nothing",
      reason: "drifted",
      differences: [{ path: ["data", "image"], live: "1.2", desired: "1.3" }],
      writers: ["kubectl-client-side-apply"],
    });
  });

  it("has the uid of its source written, which somebody has changed", () => {
    const { annotations = {}, ...metadata } = copy.metadata;
    const changed = { ...annotations, "kubemend.dev/source-uid": "x" };
    const theirs = {
      manager: "kubectl-annotate",
      operation: "Update",
      fieldsV1: { "f:metadata": { "f:annotations": { "f:kubemend.dev/source-uid": {} } } },
    };
    const live = toStored({ ...copy, metadata: { ...metadata, annotations: changed } }, [
      ...toManagedFields(copy),
      theirs,
    ]);
    const answer = decide(toWanted("1", { image: "1.2" }), live);
    expect(answer).toMatchObject({ outcome: "update", force: true });
    expect(answer.outcome === "update" && answer.desired.manifest.metadata.annotations).toEqual(
      annotations,
    );
  });

  it("is not written by force if that would take over another field", () => {
    const live = toPutBack(copy);
    const { image: _image, ...rest } = live["data"] as { readonly image?: string };
    // They own all of the data as one value, and the image is not in it.
    const managedFields = [
      { manager: "them", operation: "Apply", fieldsV1: { "f:data": {} } },
      {
        manager: "them",
        operation: "Update",
        fieldsV1: { "f:metadata": { "f:annotations": { [`f:${VERSION}`]: {} } } },
      },
    ];
    const whole = { ...live, data: rest, metadata: { ...live.metadata, managedFields } };
    expect(decide(newer, whole)).toMatchObject({ outcome: "update", force: false });
  });
});
