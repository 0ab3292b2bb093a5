import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { toRbac } from "../../../cli/validate/to-rbac.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planPermissions } from "../../../core/pipeline/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toPipeline } from "../../support/remediation-world.ts";

type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: unknown;
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
};

function toManifests(pipeline: Pipeline): readonly Manifest[] {
  const documents = parseAllDocuments(toRbac(pipeline));
  return "empty" in documents ? [] : documents.map((document) => document.toJS() as Manifest);
}

describe("the permissions that a pipeline needs", () => {
  it("are the ones that the sandbox grants, with a role for each identity", () => {
    const roles = toManifests(toPipeline()).filter(({ kind }) => kind === "ClusterRole");
    const expected = Object.entries(planPermissions(toPipeline(), builtinCatalog()));
    expect(roles.map(({ metadata, rules }) => [metadata.name, rules])).toEqual(
      expected.map(([part, rules]) => [`kubemend-${part}`, rules]),
    );
  });

  it("are bound to ServiceAccounts and, for the functions, to the users of access entries too", () => {
    const bindings = toManifests(toPipeline()).filter(({ kind }) => kind === "ClusterRoleBinding");
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

  it("name the resources that they do not include", () => {
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "c" },
      watch: [{ resource: "widgets.example.com" }],
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    expect(toRbac(parsed.value)).toMatch(/^# widgets\.example\.com is not a built-in resource/);
  });
});
