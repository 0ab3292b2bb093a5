import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import { readCause, toCauseAnnotations } from "../../../core/operations/loops/cause-annotations.ts";
import { NOW } from "../actions/state.ts";

function annotated(annotations: Readonly<Record<string, unknown>>): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "a", uid: "u", annotations } };
}

describe("the record that an object names as its cause", () => {
  const identity = { namespace: "kubemend", uid: "record-uid" };
  const own = toCauseAnnotations({ record: "rerun-1", depth: 1, now: NOW, identity });

  it("is read as it was written", () => {
    expect(readCause(annotated(own))).toEqual({ name: "rerun-1", ...identity });
  });

  it.each([
    ["no cause", { "kubemend.dev/cause": undefined }],
    ["a name that no object has", { "kubemend.dev/cause": "a/b" }],
    ["no identity", { "kubemend.dev/record": undefined }],
    ["no uid", { "kubemend.dev/record": "kubemend/" }],
    ["a namespace that cannot be", { "kubemend.dev/record": "kube_mend/uid" }],
  ])("is none with %s", (_what, part) => {
    expect(readCause(annotated({ ...own, ...part }))).toBeUndefined();
  });
});
