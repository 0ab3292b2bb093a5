import { describe, expect, it } from "vitest";
import { isMarked, toMarkChanges, toMarks } from "../../../core/operations/change-marks.ts";
import type { FieldChange, PatchOperation } from "../../../core/operations/operation.ts";

const CAUSE = {
  record: "restart-1",
  depth: 2,
  now: "2026-03-01T10:00:00.000Z",
  identity: { namespace: "kubemend", uid: "record-uid" },
};
const toChange = (...path: readonly string[]): FieldChange => ({ path, to: "x" });
const OWN = ["metadata", "annotations"];

function toPatch(changes: readonly FieldChange[], cause = CAUSE): PatchOperation {
  const target = {
    group: "apps",
    version: "v1",
    resource: "deployments",
    kind: "Deployment",
    namespace: "data",
    name: "web",
  };
  const marks = toMarks(changes, cause);
  return { type: "patch", name: "patch", target, uid: "web-uid", changes, marks };
}

const toObject = (annotations: Readonly<Record<string, string>>) => ({ metadata: { annotations } });

describe("the marks of a change", () => {
  it.each<readonly [string, FieldChange, readonly (readonly string[])[]]>([
    ["no template", toChange("spec", "replicas"), [OWN]],
    ["a name that begins like one", toChange("spec", "templateName"), [OWN]],
    [
      "a template of Pods",
      toChange("spec", "template", "spec", "nodeName"),
      [OWN, ["spec", "template", ...OWN]],
    ],
    [
      "a template of Jobs",
      toChange("spec", "jobTemplate", "spec", "suspend"),
      [OWN, ["spec", "jobTemplate", ...OWN]],
    ],
    [
      "the Pods in a template of Jobs",
      toChange("spec", "jobTemplate", "spec", "template", "spec"),
      [OWN, ["spec", "jobTemplate", "spec", "template", ...OWN]],
    ],
  ])("are written to the object, and to the template that is changed: %s", (_what, change, at) => {
    expect(toMarks([change], CAUSE).at).toEqual(at);
  });

  it("say which remediation made it, how deep it is, and which changes these were", () => {
    const { annotations } = toMarks([toChange("spec", "replicas")], CAUSE);
    expect(annotations).toMatchObject({
      "kubemend.dev/cause": "restart-1",
      "kubemend.dev/depth": "2",
      "kubemend.dev/record": "kubemend/record-uid",
    });
    const other = toMarks([toChange("spec", "paused")], CAUSE).annotations;
    expect(other["kubemend.dev/digest"]).not.toBe(annotations["kubemend.dev/digest"]);
  });

  it("are changes of each place", () => {
    const changes = toMarkChanges(toPatch([toChange("spec", "template", "spec")]));
    expect(changes.filter(({ to }) => to === "restart-1").map(({ path }) => path)).toEqual([
      [...OWN, "kubemend.dev/cause"],
      ["spec", "template", ...OWN, "kubemend.dev/cause"],
    ]);
    const { marks: _marks, ...unmarked } = toPatch([toChange("spec", "replicas")]);
    expect(toMarkChanges(unmarked)).toEqual([]);
  });
});

describe("an object has the marks of an operation", () => {
  const patch = toPatch([toChange("spec", "replicas")]);
  const annotations = patch.marks?.annotations ?? {};

  it("if the record, its identity and the changes are the same, whatever else it has", () => {
    expect(isMarked(toObject({ ...annotations, note: "x" }), patch)).toBe(true);
    expect(isMarked(toObject({ ...annotations, "kubemend.dev/at": "later" }), patch)).toBe(true);
  });

  it.each(["kubemend.dev/cause", "kubemend.dev/record", "kubemend.dev/digest"])(
    "not without %s, nor with another value of it",
    (name) => {
      const { [name]: _removed, ...others } = annotations;
      expect(isMarked(toObject(others), patch)).toBe(false);
      expect(isMarked(toObject({ ...others, [name]: "another" }), patch)).toBe(false);
    },
  );

  it("not if the operation has none", () => {
    const { marks: _marks, ...unmarked } = patch;
    expect(isMarked(toObject(annotations), unmarked)).toBe(false);
    expect(isMarked({}, patch)).toBe(false);
  });
});
