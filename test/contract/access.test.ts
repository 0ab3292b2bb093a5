import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { clusterAccess } from "../../adapters/lambda/cluster-access.ts";
import { signingKeys } from "../../adapters/signing/setting.ts";
import { evaluateTemplate } from "./stack/evaluate-template.ts";
import { packageService, type PackagedService, type Properties } from "./package-service.ts";
import { CERTIFICATE_AUTHORITY } from "../support/aws/certificate-authority.ts";

const FUNCTIONS = ["normalize", "remediate", "transfer", "sweep"];
const EKS = {
  name: "prod",
  region: "eu-central-1",
  endpoint: "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
  certificateAuthorityData: CERTIFICATE_AUTHORITY,
};
const ROLE_PREFIX = "arn:aws:iam::123456789012:role/kubemend-prod-";
const VARIABLES = {
  KUBEMEND_EKS_NAME: EKS.name,
  KUBEMEND_EKS_REGION: EKS.region,
  KUBEMEND_EKS_ENDPOINT: EKS.endpoint,
  KUBEMEND_EKS_CA: EKS.certificateAuthorityData,
  KUBEMEND_EKS_ROLE_PREFIX: ROLE_PREFIX,
};

const toId = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

/** As the function itself parses it. */
function readAccess({ resources }: PackagedService, name: string): unknown {
  const { Environment } = resources[`${toId(name)}LambdaFunction`]?.Properties ?? {};
  const { Variables } = Environment as { readonly Variables: Properties };
  return v.parse(clusterAccess, Variables["KUBEMEND_CLUSTER_ACCESS"]);
}

/** Of a deployment without further settings. */
function findPolicies({ parsed }: PackagedService): readonly Properties[] {
  return Object.values(evaluateTemplate(parsed))
    .filter(({ Type }) => Type === "AWS::IAM::RolePolicy")
    .map(({ Properties }) => Properties);
}

type Mode = {
  readonly toAccess: (name: string) => object;
  /** Absent: the mode needs no permission. */
  readonly action?: string;
  readonly toResource?: (name: string) => unknown;
};

/* oxlint-disable no-template-curly-in-string -- CloudFormation fills it in */
const ACCOUNT = "${AWS::Region}:${AWS::AccountId}";
const MODES: Readonly<Record<string, Mode>> = {
  secret: {
    toAccess: (name) => ({ type: "secret", id: `kubemend-dev/${name}` }),
    action: "secretsmanager:GetSecretValue",
    toResource: (name) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:secretsmanager:${ACCOUNT}:secret:kubemend-dev/${name}-??????`,
    }),
  },
  parameter: {
    toAccess: (name) => ({ type: "parameter", name: `/kubemend-dev/${name}` }),
    action: "ssm:GetParameter",
    toResource: (name) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:ssm:${ACCOUNT}:parameter/kubemend-dev/${name}`,
    }),
  },
  eks: { toAccess: () => ({ type: "eks", ...EKS }) },
  "eks-role": {
    toAccess: (name) => ({ type: "eks", ...EKS, roleArn: `${ROLE_PREFIX}${name}` }),
    action: "sts:AssumeRole",
    toResource: (name) => `${ROLE_PREFIX}${name}`,
  },
};

describe.each(Object.entries(MODES))("KUBEMEND_ACCESS=%s", (mode, { toAccess, ...right }) => {
  test("configures each function's own access, and gives its role the permission for it and no more", async () => {
    using service = await packageService({ ...VARIABLES, KUBEMEND_ACCESS: mode }, { build: false });
    expect(FUNCTIONS.map((name) => readAccess(service, name))).toEqual(FUNCTIONS.map(toAccess));
    const { action, toResource } = right;
    const policies = FUNCTIONS.map((name) => ({
      RoleName: { Ref: `${toId(name)}Role` },
      PolicyName: "access",
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: expect.any(String),
            Effect: "Allow",
            Action: action,
            Resource: toResource?.(name),
          },
        ],
      },
    }));
    expect(findPolicies(service)).toEqual(action === undefined ? [] : policies);
  });
});

const SIGNING = ["normalize", "remediate", "transfer", "notify"];

test.each([
  ["secret", "secretsmanager:GetSecretValue", { type: "secret", id: "kubemend-dev/signing-keys" }],
  ["parameter", "ssm:GetParameter", { type: "parameter", name: "/kubemend-dev/signing-keys" }],
])(
  "KUBEMEND_SIGNING=%s gives the functions that sign or verify the keys, and no other",
  async (mode, action, source) => {
    using service = await packageService({ KUBEMEND_SIGNING: mode }, { build: false });
    const policies = findPolicies(service);
    expect(policies.map(({ RoleName }) => RoleName)).toEqual(
      SIGNING.map((name) => ({ Ref: `${toId(name)}Role` })),
    );
    expect(policies.map(({ PolicyDocument }) => PolicyDocument)).toMatchObject(
      SIGNING.map(() => ({ Statement: [{ Effect: "Allow", Action: action }] })),
    );
    const readSource = (name: string): unknown => {
      const { Environment } = service.resources[`${toId(name)}LambdaFunction`]?.Properties ?? {};
      const { Variables } = Environment as { readonly Variables: Properties };
      return Variables["KUBEMEND_SIGNING_KEYS"];
    };
    for (const name of SIGNING) {
      expect(v.parse(signingKeys, readSource(name))).toEqual(source);
    }
    expect(readSource("sweep")).toBeUndefined();
  },
);

test("a packed kubeconfig needs no permission", async () => {
  using service = await packageService({}, { build: false });
  expect(findPolicies(service)).toEqual([]);
});

test("EKS without an endpoint is not packaged", async () => {
  const packaged = packageService(
    { KUBEMEND_ACCESS: "eks", KUBEMEND_EKS_NAME: "prod" },
    { build: false },
  );
  await expect(packaged).rejects.toMatchObject({
    stdout: expect.stringContaining(
      `Cannot resolve variable at "custom.access.environment.normalize"`,
    ),
  });
});
