import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import {
  isFromFuture,
  readCause,
  toCauseAnnotations,
  toDepth,
} from "../../../core/operations/cause-annotations.ts";
import { NOW } from "../actions/state.ts";

function annotated(annotations: Readonly<Record<string, unknown>>): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "a", uid: "u", annotations } };
}

const AN_HOUR_LATER = "2026-03-01T11:00:00.000Z";

describe("the depth of a chain of remediations", () => {
  it("is that of the deepest object, and 0 without annotations", () => {
    const deep = annotated(toCauseAnnotations({ record: "r", depth: 2, now: NOW }));
    expect(toDepth([annotated({}), deep], NOW)).toBe(2);
    expect(toDepth([], NOW)).toBe(0);
  });

  it("is forgotten after an hour", () => {
    const object = annotated(toCauseAnnotations({ record: "r", depth: 3, now: NOW }));
    expect(toDepth([object], "2026-03-01T10:59:59.999Z")).toBe(3);
    expect(toDepth([object], AN_HOUR_LATER)).toBe(0);
  });

  it.each([
    [{ "kubemend.dev/depth": "many", "kubemend.dev/at": NOW }],
    [{ "kubemend.dev/depth": "-1", "kubemend.dev/at": NOW }],
    [{ "kubemend.dev/depth": 2, "kubemend.dev/at": NOW }],
    [{ "kubemend.dev/depth": "2", "kubemend.dev/at": "yesterday" }],
    [{ "kubemend.dev/depth": "2", "kubemend.dev/at": "2026-03-01T10:00:06.000Z" }],
    [{ "kubemend.dev/depth": "2" }],
  ])("does not count %j", (annotations) => {
    expect(toDepth([annotated(annotations)], NOW)).toBe(0);
  });
});

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

it("an object is from the future if its time is more than 5 s ahead", () => {
  const at = (time: string): boolean =>
    isFromFuture(annotated({ "kubemend.dev/at": time }), "2026-03-01T10:00:00.000Z");
  expect([at("2026-03-01T10:00:05.000Z"), at("2026-03-01T10:00:05.001Z"), at("never")]).toEqual([
    false,
    true,
    false,
  ]);
});
