import { describe, expect, it } from "vitest";
import * as v from "valibot";
import { accessSchema, toDeclaredAccess } from "../../../core/pipeline/declared-access.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";

const EKS = {
  name: "prod",
  region: "eu-central-1",
  endpoint: "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
  certificateAuthorityData: "LS0t",
};

const { certificateAuthorityData: _ca, ...WITHOUT_CA } = EKS;

const parse = (...clusters: readonly object[]) =>
  parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "source" },
    clusters,
    watch: [{ resource: "pods" }],
  });

function findFaults(...clusters: readonly object[]): readonly string[] {
  const parsed = parse(...clusters);
  if (parsed.ok) return [];
  return parsed.error.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const withAccess = (access: unknown) => ({ name: "target", access });

describe("the access of a cluster", () => {
  it.each([
    [{ kubeconfig: "target.kubeconfig" }, { type: "kubeconfig", path: "target.kubeconfig" }],
    [{ secret: "kubemend/target" }, { type: "secret", id: "kubemend/target" }],
    [{ parameter: "/kubemend/target" }, { type: "parameter", name: "/kubemend/target" }],
    [{ eks: EKS }, { type: "eks", ...EKS }],
  ])("is one of four: %j", (access, expected) => {
    expect(toDeclaredAccess(v.parse(accessSchema, access))).toEqual(expected);
  });

  it("is optional, as are other clusters", () => {
    expect(findFaults(withAccess({ secret: "s" }))).toEqual([]);
    expect(findFaults()).toEqual([]);
  });

  it("belongs to a cluster whose name can be part of the names of objects", () => {
    expect(findFaults({ name: "Backup EU", access: { secret: "s" } })).toEqual([
      "clusters.0.name: is not the name of a cluster: at most 40 of a-z, 0-9 and -",
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", {}, /^clusters\.0\.access: expected one of kubeconfig, secret, parameter, eks/],
    ["two", { secret: "s", parameter: "p" }, /^clusters\.0\.access: .*only one/],
    ["a text", "secret", /^clusters\.0\.access: expected one of/],
    ["another", { vault: "s" }, /^clusters\.0\.access\.vault: unknown key "vault"/],
    ["an empty name", { secret: "" }, /^clusters\.0\.access\.secret: is empty/],
    ["EKS without its CA", { eks: WITHOUT_CA }, /certificateAuthorityData is missing/],
    ["EKS over http", { eks: { ...EKS, endpoint: "http://a" } }, /endpoint: is not the https/],
    ["no role", { eks: { ...EKS, roleArn: "kubemend" } }, /roleArn: is not the ARN of a role/],
    ["a region with a host in it", { eks: { ...EKS, region: "a.b/c" } }, /region: is not an AWS/],
    ["a key of EKS that is none", { eks: { ...EKS, ca: "x" } }, /access\.eks\.ca: unknown key/],
  ])("is refused with its place: %s", (_what, access, fault) => {
    expect(findFaults(withAccess(access))).toContainEqual(expect.stringMatching(fault));
  });

  it("has a unique name, which is not that of the pipeline's own cluster", () => {
    const access = { secret: "s" };
    const entries = ["a", "a", "source"].map((name) => ({ name, access }));
    expect(findFaults(...entries)).toEqual([
      "clusters.1.name: another cluster already has the name a",
      "clusters.2.name: another cluster already has the name source",
    ]);
  });
});
