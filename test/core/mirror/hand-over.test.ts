import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import type { SourceState } from "../../../core/mirror/mirror-decision.ts";
import { readField } from "../../../core/json/read-json.ts";
import { judgeSource } from "../../../core/mirror/judge-source.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toManagedFields } from "../../support/mirror/applied.ts";
import { SOURCE_CLUSTER, toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

/** The commands of docs/mirror-operations.md, which promises their effect on the copies. */

const NEW_CLUSTER = { name: "prod-eu-1", uid: "uid-of-the-new-cluster" };

const source = toSource({ data: { colour: "red" } });
const restored = toSource({ data: { colour: "red" }, metadata: { uid: "restored" } });

function toCopy(): KubernetesObject {
  const desired = toDesired(source, toContext());
  if (!desired.ok) throw new Error(desired.error.message);
  const { manifest } = desired.value;
  const stored = { uid: "uid-of-copy", resourceVersion: "7" };
  const managedFields = toManagedFields(manifest);
  return { ...manifest, metadata: { ...manifest.metadata, ...stored, managedFields } };
}

type Owned = { readonly fieldsV1: { readonly "f:metadata": Readonly<Record<string, unknown>> } };

/** A copy after kubectl has written its metadata: the API server notes what was changed or taken away as Kubemend's no longer. */
function toEdited(metadata: object, owned: (marks: object) => object): KubernetesObject {
  const copy = toCopy();
  const [own] = copy.metadata["managedFields"] as readonly [Owned];
  const managedFields = [
    { ...own, fieldsV1: { ...own.fieldsV1, "f:metadata": owned(own.fieldsV1["f:metadata"]) } },
  ];
  return { ...copy, metadata: { ...copy.metadata, ...metadata, managedFields } };
}

/** The copy after `kubectl annotate --overwrite kubemend.dev/source-cluster=...`. */
function toHandedOver(): KubernetesObject {
  const key = "kubemend.dev/source-cluster";
  const annotations = { ...(toCopy().metadata["annotations"] as object), [key]: NEW_CLUSTER.uid };
  return toEdited({ annotations }, (marks) => {
    const { [`f:${key}`]: _taken, ...kept } = readField(marks, "f:annotations") as Fields;
    return { ...marks, "f:annotations": kept };
  });
}

/** The copy after all marks were taken away: other fields that Kubemend has applied are still noted as its own. */
function toStripped(): KubernetesObject {
  return toEdited({ annotations: undefined, labels: undefined }, () => ({}));
}

type Fields = Readonly<Record<string, unknown>>;

function decide(
  target: KubernetesObject,
  state: SourceState,
  written: Readonly<Record<string, unknown>> = {},
  clusterUid: string = NEW_CLUSTER.uid,
) {
  return decideMirror({
    rule: { id: "mirror-it" },
    mirror: toMirror(written),
    clusterUid,
    targetUid: "target-uid",
    isCopiedBack: false,
    place: { namespace: "shop", name: "settings" },
    source: state,
    target,
    otherRules: new Set(),
  });
}

const ofNewCluster = judgeSource(restored, toContext({}, { cluster: NEW_CLUSTER }));

describe("a copy of a cluster that was replaced", () => {
  it.each(["fail", "adopt"])("is not taken over with conflict: %s", (conflict) => {
    const answer = decide(toCopy(), ofNewCluster, { conflict });
    expect(answer).toMatchObject({
      outcome: "conflict",
      message: expect.stringContaining("docs/mirror-operations.md") as unknown,
    });
  });

  it.each(["repair", "report"])(
    "is updated in place once it names the new cluster, with drift: %s",
    (drift) => {
      const answer = decide(toHandedOver(), ofNewCluster, { drift });
      expect(answer).toMatchObject({ outcome: "update", why: "changed" });
    },
  );

  it("is deleted if the new cluster does not have its object, once it names that cluster", () => {
    expect(decide(toCopy(), { outcome: "gone" })).toMatchObject({ outcome: "nothing" });
    expect(decide(toHandedOver(), { outcome: "gone" })).toMatchObject({ outcome: "delete" });
  });
});

describe("a copy whose marks were taken away", () => {
  it("is neither overwritten nor deleted by the old source", () => {
    const known = judgeSource(source, toContext());
    for (const state of [known, { outcome: "gone" } as const]) {
      expect(decide(toStripped(), state, {}, SOURCE_CLUSTER.uid)).toMatchObject({
        outcome: "conflict",
      });
    }
  });

  it("is mirrored like any other object", () => {
    expect(judgeSource(toStripped(), toContext())).toMatchObject({ outcome: "mirrored" });
    const there = { cluster: { name: "backup", uid: "uid-of-backup" } };
    expect(judgeSource(toCopy(), toContext({}, there))).toMatchObject({ outcome: "left" });
  });
});
