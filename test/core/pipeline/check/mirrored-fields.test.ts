/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { findRuleFaults } from "../../../../core/pipeline/check/check-pipeline.ts";
import { findTypeFaults } from "../../../../core/pipeline/check/type-faults.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { loadBuiltinTypes } from "../../../../core/schemas/builtin-types.ts";

const findType = await loadBuiltinTypes();

function toDocument(mirror: object, resource: string): object {
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: "dr", access: { secret: "dr" } }],
    rules: [{ id: "a", on: { resource }, then: [{ mirror: { to: ["dr"], ...mirror } }] }],
  };
}

/** The faults of a mirror's `fields`, as `place: message; hint`. */
function find(fields: object, resource = "deployments.apps"): readonly string[] {
  const parsed = parsePipeline(toDocument({ fields }, resource));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return findTypeFaults(parsed.value, findType).map(
    ({ path, message, hint }) => `${path.slice(4).join(" ")}: ${message}; ${hint}`,
  );
}

const IMAGE = "spec.template.spec.containers[name=main].image";

describe("the fields in which copies differ", () => {
  it("are refused if the resource has none of that name", () => {
    expect(find({ set: { "spec.replica": 0 } })).toEqual([
      expect.stringMatching(
        /^mirror fields set spec\.replica: .*no field replica.*did you mean replicas\?/,
      ),
    ]);
    expect(find({ remove: ["spec.puased"] })).toEqual([
      expect.stringMatching(/^mirror fields remove 0: .*did you mean paused\?/),
    ]);
  });

  it("are refused if the value is of another type", () => {
    expect(find({ set: { "spec.replicas": "zero" } })).toEqual([
      expect.stringMatching(/^mirror fields set spec\.replicas: /),
    ]);
  });

  it.each([
    [{ set: { "spec.replicas": 0, [IMAGE]: "a:1" }, remove: ["spec.paused"] }, "deployments.apps"],
    [{ set: { "spec.replicas": { cel: "object.spec.replicas / 2" } } }, "deployments.apps"],
    [{ set: { 'data["a.b"]': "c" } }, "configmaps"],
    [{ set: { "spec.anything": 1 } }, "widgets.example.com"],
  ])("are accepted: %j of %s", (fields, resource) => {
    expect(find(fields, resource)).toEqual([]);
  });
});

it.each<readonly [object, RegExp]>([
  [{ labels: { set: { x: "a b" } } }, /labels set x: "a b" is not the value of a label/],
  [{ labels: { set: { x: "a" }, remove: ["x"] } }, /labels set x: x is set and removed/],
  [{ annotations: { set: { x: "a" }, remove: ["x"] } }, /annotations set x: x is set and removed/],
  [
    { fields: { set: { "/spec/replicas": 2 } } },
    /fields set \/spec\/replicas: .*JSON Pointer.*; write spec\.replicas$/,
  ],
  [{ fields: { remove: ["$.spec.paused"] } }, /remove 0: .*JSONPath.*; write spec\.paused$/],
])("a mirror with %j is refused, whatever its resource", (mirror, fault) => {
  const faults = findRuleFaults(toDocument(mirror, "widgets.example.com"));
  expect(
    faults.map(({ path, message, hint }) => `${path.slice(5).join(" ")}: ${message}; ${hint}`),
  ).toEqual([expect.stringMatching(fault)]);
});
