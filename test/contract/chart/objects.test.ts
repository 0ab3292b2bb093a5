import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import {
  renderChart,
  REQUIRED,
  toManifests,
  toValues,
  type Manifest,
  type Release,
} from "../../support/chart/chart.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const temporary = temporaryFolder();
const folder = temporary.path;
let helm: string | undefined;

beforeAll(async () => {
  helm = (await findClusterTools())?.helm;
});
afterAll(() => temporary[Symbol.dispose]());

/** Renders a release, with all that is required and what a test adds. */
async function render(
  { skip }: Pick<TestContext, "skip">,
  { set = [], ...release }: Omit<Release, "helm" | "files"> = {},
): Promise<readonly Manifest[]> {
  if (helm === undefined) return skip(NO_TOOLS);
  const namespace = release.namespace ?? "kubemend";
  const file = join(folder, `${namespace}.yaml`);
  writeFileSync(file, toValues(namespace));
  return renderChart({ helm, files: [file], set: [...REQUIRED, ...set], ...release });
}

const withoutNames = ({ metadata: _metadata, ...rest }: Manifest): object => rest;
const ofKind = (objects: readonly Manifest[], kind: string): readonly Manifest[] =>
  objects.filter((object) => object.kind === kind);

describe("the chart", () => {
  it("installs the definitions of infra/crds, and keeps them", async (test) => {
    const definitions = ofKind(await render(test), "CustomResourceDefinition");
    const sources = listInfraFiles("crds").flatMap((file) =>
      toManifests(readFileSync(file, "utf8")),
    );
    expect(definitions.map(withoutNames).toSorted(byText)).toEqual(
      sources.map(withoutNames).toSorted(byText),
    );
    const kept = definitions.map(({ metadata }) => metadata.annotations);
    expect(kept).toEqual(sources.map(() => ({ "helm.sh/resource-policy": "keep" })));
  });

  it("installs the policies of infra/admission, for the records of its own namespace", async (test) => {
    const policies = ofKind(await render(test), "ValidatingAdmissionPolicy");
    const sources = ofKind(
      listInfraFiles("admission").flatMap((file) => toManifests(readFileSync(file, "utf8"))),
      "ValidatingAdmissionPolicy",
    );
    const expected = sources.map((source) => {
      const { spec } = source as unknown as { spec: { matchConstraints: object } };
      const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": "kubemend" } };
      return { ...spec, matchConstraints: { ...spec.matchConstraints, namespaceSelector } };
    });
    const specs = policies.map((policy) => (policy as unknown as { spec: object }).spec);
    expect(specs.toSorted(byText)).toEqual(expected.toSorted(byText));
  });

  it("binds each policy", async (test) => {
    const objects = await render(test);
    const names = ofKind(objects, "ValidatingAdmissionPolicy").map(({ metadata }) => metadata.name);
    const bound = ofKind(objects, "ValidatingAdmissionPolicyBinding").map(
      (binding) => (binding as unknown as { spec: { policyName: string } }).spec.policyName,
    );
    expect(names.length).toBeGreaterThan(2);
    expect(bound).toEqual(names);
  });

  it("names the functions of a release in its policies as its access entries do", async (test) => {
    const objects = await render(test, { namespace: "second" });
    const policies = JSON.stringify(ofKind(objects, "ValidatingAdmissionPolicy"));
    expect(policies).toContain('\\"second:remediate\\"');
    expect(policies).toContain("system:serviceaccount:second:kubemend-remediate");
    expect(policies).not.toMatch(/"kubemend:|serviceaccount:kubemend:/);
  });

  it("grants the rights that `validate --chart-values` has found, and no others", async (test) => {
    const objects = await render(test);
    const granted = objects.flatMap((object) =>
      object.kind.endsWith("Role") ? (object as unknown as { rules: unknown[] }).rules : [],
    );
    const { rbac } = parse(toValues()) as {
      rbac: { grants: Record<string, { rules: unknown[] }[]> };
    };
    const found = Object.values(rbac.grants).flatMap((grants) =>
      grants.flatMap(({ rules }) => rules),
    );
    expect(granted.toSorted(byText)).toEqual(found.toSorted(byText));
  });

  it("has no object in common with a release in another namespace, but the definitions", async (test) => {
    const first = await render(test);
    const second = await render(test, { namespace: "second", set: ["crds.install=false"] });
    const toKey = ({ kind, metadata }: Manifest): string =>
      `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
    expect(second.length).toBeGreaterThan(10);
    expect(ofKind(second, "CustomResourceDefinition")).toEqual([]);
    const keys = new Set(first.map(toKey));
    expect(second.map(toKey).filter((key) => keys.has(key))).toEqual([]);
  });

  it("has the role of IRSA on the ServiceAccount only if there is one", async (test) => {
    const role = "arn:aws:iam::123456789012:role/relay";
    const annotations = async (set: readonly string[]): Promise<unknown> =>
      ofKind(await render(test, { set }), "ServiceAccount")[0]?.metadata.annotations;
    expect(await annotations([])).toBeUndefined();
    expect(await annotations([`aws.roleArn=${role}`])).toEqual({
      "eks.amazonaws.com/role-arn": role,
    });
  });
});

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
