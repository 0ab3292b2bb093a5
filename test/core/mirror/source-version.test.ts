import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { judgeSource } from "../../../core/mirror/judge-source.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toManagedFields } from "../../support/mirror/applied.ts";
import { SOURCE_CLUSTER, toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

/** The copy of a source of version 1042, after somebody in the target has changed the colour, if one is given. */
function toCopy(colour?: string, drift = "repair"): KubernetesObject {
  const desired = toDesired(toSource({ data: { colour: "red" } }), toContext({ drift }));
  if (!desired.ok) throw new Error(desired.error.message);
  const { manifest } = desired.value;
  const stored = { uid: "uid-of-copy", resourceVersion: "7" };
  if (colour === undefined) {
    const managedFields = toManagedFields(manifest);
    return { ...manifest, metadata: { ...manifest.metadata, ...stored, managedFields } };
  }
  const { data: _theirs, ...own } = manifest;
  const theirs = { "f:data": { "f:colour": {} } };
  const managedFields = [
    ...toManagedFields(own),
    { manager: "kubectl", operation: "Update", fieldsV1: theirs },
  ];
  const metadata = { ...manifest.metadata, ...stored, managedFields };
  return { ...manifest, data: { colour }, metadata };
}

/** The decision about a source that has changed since, and its copy. */
function decide(fields: object, target: KubernetesObject, drift = "repair") {
  const newer = toSource({ ...fields, metadata: { resourceVersion: "1043" } });
  return decideMirror({
    rule: { id: "mirror-it" },
    mirror: toMirror({ drift }),
    clusterUid: SOURCE_CLUSTER.uid,
    targetUid: "uid-of-cluster-b",
    isCopiedBack: false,
    place: { namespace: "shop", name: "settings" },
    source: judgeSource(newer, toContext({ drift })),
    target,
    otherRules: new Set(),
  });
}

const SAME = { data: { colour: "red" }, status: { heartbeat: "12:00:10" } };

describe("a source of which nothing has changed that is copied", () => {
  it("writes nothing", () => {
    expect(decide(SAME, toCopy())).toEqual({ outcome: "nothing", reason: "inSync" });
  });

  it("writes nothing beside what somebody has changed, with drift: report", () => {
    const answer = decide(SAME, toCopy("blue", "report"), "report");
    expect(answer).toMatchObject({ outcome: "nothing", reason: "drifted" });
  });

  it("leaves what somebody has changed to be drift, with drift: repair", () => {
    expect(decide(SAME, toCopy("blue"))).toMatchObject({ outcome: "update", why: "drift" });
  });
});

describe("a source of which something has changed that is copied", () => {
  it("writes its version, too", () => {
    const answer = decide({ data: { colour: "green" } }, toCopy());
    expect(answer).toMatchObject({
      outcome: "update",
      why: "changed",
      desired: {
        manifest: { metadata: { annotations: { "kubemend.dev/source-version": "1043" } } },
      },
    });
  });

  it("is no drift beside what somebody has changed", () => {
    const answer = decide({ data: { colour: "red", size: "small" } }, toCopy("blue"));
    expect(answer).toMatchObject({ outcome: "update", why: "changed" });
  });
});
