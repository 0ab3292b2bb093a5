import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { toRbac } from "../../../cli/validate/to-rbac.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toPipeline } from "../../support/functions/remediation-world.ts";

type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: unknown;
  readonly roleRef?: unknown;
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
};

function toManifests(pipeline: Pipeline): readonly Manifest[] {
  const documents = parseAllDocuments(toRbac(pipeline));
  return "empty" in documents ? [] : documents.map((document) => document.toJS() as Manifest);
}

describe("the rights that a pipeline needs", () => {
  it("are those that the sandbox grants, a role for each identity and place", () => {
    const roles = toManifests(toPipeline()).filter(({ kind }) => kind.endsWith("Role"));
    const expected = Object.entries(planPermissions(toPipeline(), builtinCatalog())).flatMap(
      ([part, grants]) =>
        grants.map(({ namespace, rules }) => [`kubemend-${part}`, namespace, rules]),
    );
    expect(
      roles.map(({ metadata, rules }) => [metadata.name, metadata.namespace ?? null, rules]),
    ).toEqual(expected);
    for (const { kind, metadata } of roles) {
      expect(kind).toBe(metadata.namespace === undefined ? "ClusterRole" : "Role");
    }
  });

  it("are bound where they are granted", () => {
    const pipeline = toPipeline({ on: { resource: "jobs.batch", namespaces: ["team-a"] } });
    const bindings = toManifests(pipeline).filter(({ kind }) => kind === "RoleBinding");
    expect(bindings.map(({ metadata }) => `${metadata.name} in ${metadata.namespace}`)).toEqual([
      "kubemend-relay in kubemend",
      "kubemend-relay in team-a",
      "kubemend-normalize in kubemend",
      "kubemend-normalize in team-a",
      "kubemend-remediate in kubemend",
      "kubemend-remediate in team-a",
      "kubemend-sweep in kubemend",
      "kubemend-sweep in team-a",
    ]);
  });

  it("are bound to ServiceAccounts, and the functions' to the names of access entries too", () => {
    const bindings = toManifests(toPipeline()).filter(({ kind }) => kind.endsWith("Binding"));
    expect(
      Object.fromEntries(
        bindings.map(({ metadata, subjects }) => [
          metadata.name,
          subjects?.map(({ kind, name }) => `${kind} ${name}`),
        ]),
      ),
    ).toMatchObject({
      "kubemend-relay": ["ServiceAccount kubemend-relay"],
      "kubemend-sweep": ["ServiceAccount kubemend-sweep", "User kubemend:sweep"],
    });
  });
});

it.each([
  ["a namespace", { on: { resource: "jobs.batch", namespaces: ["a\nforged: b"] } }],
  ["a resource", { on: { resource: "jobs.\u001B[2Jbatch" } }],
  ["the reach", { reach: ["a\u202Eb"] }],
  [
    "the name of a target",
    { do: { label: { target: { resource: "pods", name: "x\u001B[2J" }, set: { a: "b" } } } },
  ],
  [
    "the resource of a target",
    { do: { label: { target: { resource: "po\nds", name: "x" }, set: { a: "b" } } } },
  ],
])(
  "no text of a pipeline forges a line of the manifests, or controls a terminal: %s",
  (_, rule) => {
    const { do: action = { createJobFromCronJob: {} }, ...rest } = rule as {
      readonly do?: object;
    };
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "a" },
      rules: [{ id: "r", on: { resource: "jobs.batch" }, ...rest, ["then"]: [action] }],
    });
    expect(parsed.ok ? toRbac(parsed.value) : "").not.toMatch(/[^\P{Cc}\n]|\p{Cf}|forged/u);
  },
);
