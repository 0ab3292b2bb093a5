import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../core/pipeline/parse/parse-pipeline.ts";
import { toClusterPermissions } from "../../infra/build/permissions/cluster-permissions.ts";

const EKS = {
  name: "backup",
  region: "eu-west-1",
  endpoint: "https://backup.example.com",
  certificateAuthorityData: "YQ==",
};
const OWN = "${AWS::Region}:${AWS::AccountId}";

function toStatements(access: object, to = "backup"): readonly object[] {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [
      { name: "backup", access },
      { name: "other", access: { secret: "other" } },
    ],
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    rules: [{ id: "m", on: { resource: "configmaps" }, then: [{ mirror: { to: [to] } }] }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { TransferClusters: policy } = toClusterPermissions(parsed.value).Resources as {
    readonly TransferClusters?: {
      readonly Properties: {
        readonly PolicyDocument: { readonly Statement: readonly object[] };
      };
    };
  };
  return policy?.Properties.PolicyDocument.Statement ?? [];
}

describe("for a cluster whose changes rules take", () => {
  const toRoles = (then: object, to: readonly string[]) => {
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "prod" },
      clusters: [
        { name: "source", uid: "eeeeeeee-0000-4000-8000-00000000000e", access: { secret: "kube" } },
        { name: "other", access: { kubeconfig: "other" } },
      ],
      rules: [
        {
          id: "a",
          on: { resource: "configmaps", clusters: to },
          ...("mirror" in then ? {} : { once: "change" }),
          // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
          then: [then],
        },
      ],
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return Object.entries(toClusterPermissions(parsed.value).Resources)
      .filter(([, policy]) => JSON.stringify(policy).includes("secret:kube-"))
      .map(([id]) => id);
  };

  it("every function that reads it has the rights, and no other", () => {
    const label = { label: { set: { a: "b" } } };
    const mirror = { mirror: { to: ["other"] } };
    const always = ["RemediateClusters", "NormalizeClusters", "SweepClusters"];
    expect(toRoles(label, ["prod", "source"]).toSorted()).toEqual(always.toSorted());
    expect(toRoles(mirror, ["source"]).toSorted()).toEqual(
      [...always, "TransferClusters"].toSorted(),
    );
    expect(toRoles(label, ["prod"])).toEqual([]);
  });
});

describe("transfer may, for the targets of mirrors", () => {
  it("read a secret", () => {
    const arn = `arn:\${AWS::Partition}:secretsmanager:${OWN}:secret:kube-??????`;
    expect(toStatements({ secret: "kube" })).toEqual([
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: { "Fn::Sub": arn },
      },
    ]);
  });

  it("read a parameter", () => {
    const arn = `arn:\${AWS::Partition}:ssm:${OWN}:parameter/kube`;
    expect(toStatements({ parameter: "/kube" })).toEqual([
      { Effect: "Allow", Action: "ssm:GetParameter", Resource: { "Fn::Sub": arn } },
    ]);
  });

  it("assume the role of an EKS cluster in another account", () => {
    const roleArn = "arn:aws:iam::123456789012:role/backup";
    expect(toStatements({ eks: { ...EKS, roleArn } })).toEqual([
      { Effect: "Allow", Action: "sts:AssumeRole", Resource: roleArn },
    ]);
  });

  it("do nothing more for an EKS cluster that lets its own role in", () => {
    expect(toStatements({ eks: EKS })).toEqual([]);
  });

  it("do nothing for a cluster that no mirror names", () => {
    expect(JSON.stringify(toStatements({ secret: "kube" }, "other"))).not.toContain("kube-");
  });
});

describe("remediate may, for the clusters in which actions act", () => {
  it("read their secrets, and no others", () => {
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "prod" },
      clusters: [
        { name: "backup", access: { secret: "kube" } },
        { name: "copies", access: { secret: "copies" } },
      ],
      rules: [
        {
          id: "fail-over",
          on: { resource: "deployments.apps" },
          once: "object",
          // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
          then: [{ scale: { target: { cluster: "backup" }, replicas: 3 } }],
        },
        {
          id: "copy",
          on: { resource: "configmaps" },
          // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
          then: [{ mirror: { to: ["copies"] } }],
        },
      ],
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const { RemediateClusters: policy } = toClusterPermissions(parsed.value).Resources;
    expect(policy).toMatchObject({
      Properties: { RoleName: { Ref: "RemediateRole" }, PolicyDocument: { Statement: [{}] } },
    });
    expect(JSON.stringify(policy)).toContain("secret:kube-");
  });
});
