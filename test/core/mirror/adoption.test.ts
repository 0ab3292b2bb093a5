import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { ResourceType } from "../../../events/change.ts";
import { SOURCE_CLUSTER, toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

const type: ResourceType = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespaced: true,
};
const head = { apiVersion: "apps/v1", kind: "Deployment" };
const ADOPT = { conflict: "adopt" };

/** The labels and annotations by which it is known as a copy from then on. */
const MARKS = /^metadata\.(labels|annotations)($|\.kubemend\.dev\/)/;

/** The paths that are said to change if an object with these fields besides is adopted; `fieldsV1` is what its writer owns. */
function pathsOf(
  theirs: { readonly metadata?: object; readonly spec: object },
  fieldsV1: object,
): readonly string[] {
  const source = toSource({
    ...head,
    spec: { paused: true, selector: { matchLabels: { a: "1" } } },
  });
  const desired = toDesired(source, toContext(ADOPT, { type }));
  if (!desired.ok) throw new Error(desired.error.message);
  const managedFields = [{ manager: "kubectl", operation: "Update", fieldsV1 }];
  const target = toSource({
    ...head,
    ...theirs,
    metadata: {
      uid: "x",
      managedFields,
      ...theirs.metadata,
    },
  });
  const answer = decideMirror({
    rule: { id: "mirror-it" },
    mirror: toMirror(ADOPT),
    clusterUid: SOURCE_CLUSTER.uid,
    place: { namespace: "shop", name: "settings" },
    source: { outcome: "mirrored", uid: source.metadata.uid, desired: desired.value },
    target,
    targetUid: "uid-of-cluster-b",
    isCopiedBack: false,
    otherRules: new Set(),
  });
  if (answer.outcome !== "update") throw new Error(answer.outcome);
  return answer.differences.map(({ path }) => path.join(".")).filter((path) => !MARKS.test(path));
}

describe("of an object that is adopted", () => {
  it("the fields that it has besides are not said to change, because they stay", () => {
    const theirs = {
      metadata: { annotations: { revision: "4" } },
      spec: { paused: false, replicas: 5, selector: { matchLabels: { a: "1" } } },
    };
    const fieldsV1 = {
      "f:metadata": { "f:annotations": { "f:revision": {} } },
      "f:spec": { "f:paused": {}, "f:replicas": {}, "f:selector": {} },
    };
    expect(pathsOf(theirs, fieldsV1)).toEqual(["spec.paused"]);
  });

  it("a value that is replaced as a whole is said to change with all that is in it", () => {
    const theirs = { spec: { paused: true, selector: { matchLabels: { a: "1", b: "2" } } } };
    const fieldsV1 = { "f:spec": { "f:paused": {}, "f:selector": {} } };
    expect(pathsOf(theirs, fieldsV1)).toEqual(["spec.selector.matchLabels.b"]);
  });
});
