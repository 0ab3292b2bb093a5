import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import {
  CHANGES_MAX,
  countChanges,
  extendChangedBy,
  isChangedByRecord,
} from "../../../core/operations/loops/changed-by.ts";
import { LOOP_WINDOW_MS } from "../../../core/operations/loops/loop-window.ts";
import { NOW } from "../actions/state.ts";

const later = (ms: number): string => new Date(Date.parse(NOW) + ms).toISOString();

function annotated(annotations: Readonly<Record<string, string>>): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "a", uid: "u", annotations } };
}

/** An object that these rules have changed one after the other, a second each. */
function toChanged(...rules: readonly string[]): KubernetesObject {
  return rules.reduce(
    (object, rule, index) =>
      annotated({ "kubemend.dev/changed-by": extendChangedBy(object, rule, later(index * 1000)) }),
    annotated({}),
  );
}

describe("the changes of an object by a rule", () => {
  it("are counted, and those of other rules are not", () => {
    const object = toChanged("a", "b", "a");
    const counts = ["a", "b", "c"].map((rule) => countChanges(object, rule, later(3000)));
    expect(counts).toEqual([2, 1, 0]);
  });

  it("count for an hour each", () => {
    const object = toChanged("a", "a");
    expect(countChanges(object, "a", later(LOOP_WINDOW_MS - 1))).toBe(2);
    expect(countChanges(object, "a", later(LOOP_WINDOW_MS))).toBe(1);
    expect(countChanges(object, "a", later(LOOP_WINDOW_MS + 1000))).toBe(0);
  });

  it("are the newest only: an object that is changed all the time keeps a short annotation", () => {
    const others = Array.from({ length: 200 }, (_, index) => `other-${index}`);
    const { annotations } = toChanged(...others, "a").metadata;
    const text = (annotations as Readonly<Record<string, string>>)["kubemend.dev/changed-by"] ?? "";
    expect(text.split(" ").length).toBeLessThanOrEqual(30);
    expect(text).toMatch(/other-199@\S+ a@\S+$/);
    const often = toChanged(...Array.from({ length: 9 }, () => "a"));
    expect(countChanges(often, "a", later(9000))).toBe(CHANGES_MAX);
  });

  it.each([
    ["garbage"],
    ["a@never"],
    [`a@${later(6000)}`],
    [`a@2026-03-01T99:99:99.000Z`],
    ["a@".repeat(100_000)],
  ])("are none if the annotation says %.40s", (text) => {
    expect(countChanges(annotated({ "kubemend.dev/changed-by": text }), "a", NOW)).toBe(0);
  });
});

it("an object was last changed by the record that its annotations name, with the same uid", () => {
  const object = annotated({ "kubemend.dev/cause": "r", "kubemend.dev/record": "kubemend/u1" });
  const is = (name: string, uid: string): boolean =>
    isChangedByRecord(object, { name, namespace: "kubemend", uid });
  expect([is("r", "u1"), is("r", "u2"), is("s", "u1")]).toEqual([true, false, false]);
});
