import { BlockList } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageService, type PackagedService } from "../package-service.ts";
import { evaluateTemplate, getProperties } from "./evaluate-template.ts";

let service: PackagedService;

beforeAll(async () => {
  service = await packageService({}, { build: false });
});

afterAll(() => {
  service[Symbol.dispose]();
});

const KEY = "arn:aws:kms:eu-central-1:000000000000:key/k";
const NETWORK = { VpcId: "vpc-1", SubnetIds: "subnet-1,subnet-2" };

function idsOfType(type: string, settings: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(evaluateTemplate(service.parsed, settings))
    .filter(([, { Type }]) => Type === type)
    .map(([id]) => id);
}

function propertiesOf(id: string, settings: Readonly<Record<string, string>> = {}) {
  return evaluateTemplate(service.parsed, settings)[id]?.Properties;
}

const QUEUES = ["Changes", "Remediations", "Transfers", "Wakeups", "Alerts"].flatMap((name) => [
  `${name}Queue`,
  `${name}DeadLetterQueue`,
]);
const FUNCTIONS = ["Normalize", "Remediate", "Transfer", "Notify", "Sweep"];

test("every parameter is a variable of the deployment, and is described", () => {
  const parameters = Object.entries(service.parsed.Parameters);
  expect(parameters.length).toBeGreaterThan(0);
  for (const [name, parameter] of parameters) {
    expect([name, parameter]).toEqual([
      name,
      expect.objectContaining({ Default: expect.anything(), Description: expect.any(String) }),
    ]);
  }
});

test.each(QUEUES)("%s is encrypted, with the key of the deployment if there is one", (id) => {
  expect(propertiesOf(id)).toMatchObject({ SqsManagedSseEnabled: true });
  expect(propertiesOf(id)).not.toHaveProperty("KmsMasterKeyId");
  expect(propertiesOf(id, { KmsKeyArn: KEY })).toMatchObject({ KmsMasterKeyId: KEY });
  expect(propertiesOf(id, { KmsKeyArn: KEY })).not.toHaveProperty("SqsManagedSseEnabled");
});

test("with a key of the deployment its users may use it, and no others", () => {
  const policies = [...FUNCTIONS, "Relay"].map((name) => `${name}Encryption`);
  const withKey = idsOfType("AWS::IAM::RolePolicy", { KmsKeyArn: KEY });
  const without = idsOfType("AWS::IAM::RolePolicy");
  expect(withKey.filter((id) => !without.includes(id)).toSorted()).toEqual(policies.toSorted());
  for (const id of policies) {
    expect(propertiesOf(id, { KmsKeyArn: KEY })).toMatchObject({
      PolicyDocument: { Statement: [{ Effect: "Allow", Resource: KEY }] },
    });
  }
});

test.each(FUNCTIONS)("%s encrypts its variables and its log with that key", (name) => {
  const settings = { KmsKeyArn: KEY };
  expect(propertiesOf(`${name}LambdaFunction`, settings)).toMatchObject({ KmsKeyArn: KEY });
  expect(propertiesOf(`${name}LogGroup`, settings)).toMatchObject({
    KmsKeyId: KEY,
    RetentionInDays: 30,
  });
  expect(propertiesOf(`${name}LambdaFunction`)).not.toHaveProperty("KmsKeyArn");
});

test("the relay's role is for its ServiceAccount alone, by EKS Pod Identity", () => {
  expect(propertiesOf("RelayRole")?.["AssumeRolePolicyDocument"]).toMatchObject({
    Statement: [
      {
        Principal: { Service: "pods.eks.amazonaws.com" },
        Condition: {
          StringEquals: {
            "aws:RequestTag/kubernetes-namespace": "kubemend",
            "aws:RequestTag/kubernetes-service-account": "kubemend-relay",
          },
        },
      },
    ],
  });
});

test.each(["Normalize", "Remediate", "Transfer", "Sweep"])(
  "%s looks for records in the relay's namespace",
  (name) => {
    const settings = { RelayNamespace: "second" };
    expect(propertiesOf(`${name}LambdaFunction`, settings)).toMatchObject({
      Environment: { Variables: { KUBEMEND_RECORD_NAMESPACE: "second" } },
    });
  },
);

test("sweep looks for the relay's Lease in the relay's namespace", () => {
  expect(propertiesOf("SweepLambdaFunction")).toMatchObject({
    Environment: {
      Variables: { KUBEMEND_RELAY_LEASE: { "Fn::Sub": "${RelayNamespace}/kubemend-relay" } },
    },
  });
});

test("the relay's role is for its ServiceAccount alone, by IRSA", () => {
  const issuer = "oidc.eks.eu-central-1.amazonaws.com/id/ABC";
  const template = evaluateTemplate(service.parsed, { RelayOidcProvider: issuer });
  const { "Fn::Sub": text } = getProperties(template, "RelayRole")["AssumeRolePolicyDocument"] as {
    readonly "Fn::Sub": string;
  };
  const values: Readonly<Record<string, string>> = {
    "AWS::Partition": "aws",
    "AWS::AccountId": "000000000000",
    RelayOidcProvider: issuer,
    RelayNamespace: "kubemend",
    RelayServiceAccount: "kubemend-relay",
  };
  const filled = text.replace(/\$\{([^}]+)\}/g, (_, name: string) => values[name] ?? "");
  expect(JSON.parse(filled)).toMatchObject({
    Statement: [
      {
        Principal: { Federated: `arn:aws:iam::000000000000:oidc-provider/${issuer}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: "sts.amazonaws.com",
            [`${issuer}:sub`]: "system:serviceaccount:kubemend:kubemend-relay",
          },
        },
      },
    ],
  });
});

test("a role of the relay that exists already is named, and none is created", () => {
  const settings = { RelayRoleArn: "arn:aws:iam::111111111111:role/relay" };
  expect(idsOfType("AWS::IAM::Role", settings)).not.toContain("RelayRole");
  expect(propertiesOf("ChangesQueuePolicy", settings)).toMatchObject({
    PolicyDocument: {
      Statement: [
        { Sid: "TheRelaySends", Principal: { AWS: settings.RelayRoleArn } },
        { Effect: "Deny" },
      ],
    },
  });
});

test("without a VPC no function and no endpoint is in one", () => {
  expect(idsOfType("AWS::EC2::SecurityGroup")).toEqual([]);
  expect(idsOfType("AWS::EC2::VPCEndpoint")).toEqual([]);
  for (const name of FUNCTIONS) {
    expect(propertiesOf(`${name}LambdaFunction`)).not.toHaveProperty("VpcConfig");
  }
});

test("in a VPC the functions that connect to the cluster are, and notify stays outside", () => {
  for (const name of ["Normalize", "Remediate", "Transfer", "Sweep"]) {
    expect(propertiesOf(`${name}LambdaFunction`, NETWORK)).toMatchObject({
      VpcConfig: { SecurityGroupIds: [{ "Fn::GetAtt": ["FunctionsSecurityGroup", "GroupId"] }] },
    });
    expect(idsOfType("AWS::IAM::RolePolicy", NETWORK)).toContain(`${name}Network`);
  }
  expect(propertiesOf("NotifyLambdaFunction", NETWORK)).not.toHaveProperty("VpcConfig");
  expect(idsOfType("AWS::IAM::RolePolicy", NETWORK)).not.toContain("NotifyNetwork");
  expect(idsOfType("AWS::EC2::VPCEndpoint", NETWORK)).toEqual([]);
});

test("a VPC without internet access gets an endpoint of each service that these functions call", () => {
  const endpoints = idsOfType("AWS::EC2::VPCEndpoint", { ...NETWORK, VpcEndpoints: "true" });
  expect(endpoints.toSorted()).toEqual([
    "SecretsManagerEndpoint",
    "SqsEndpoint",
    "SsmEndpoint",
    "StsEndpoint",
  ]);
  expect(idsOfType("AWS::EC2::VPCEndpoint", { VpcEndpoints: "true" })).toEqual([]);
});

test.each([
  ["VpcSqsEndpoint", "SqsEndpoint"],
  ["VpcStsEndpoint", "StsEndpoint"],
  ["VpcSecretsManagerEndpoint", "SecretsManagerEndpoint"],
  ["VpcSsmEndpoint", "SsmEndpoint"],
])("with %s=false only %s is left out", (parameter, endpoint) => {
  const all = { ...NETWORK, VpcEndpoints: "true" };
  const left = idsOfType("AWS::EC2::VPCEndpoint", { ...all, [parameter]: "false" });
  const before = idsOfType("AWS::EC2::VPCEndpoint", all);
  expect(left).toEqual(before.filter((id) => id !== endpoint));
  expect(left).toHaveLength(3);
});

test.each(["10.20.30.40", "172.31.255.1", "192.168.7.7", "100.96.0.9", "198.19.4.2"])(
  "a Pod or node with the address %s reaches the endpoints, whose names hold in the whole VPC",
  (address) => {
    const group = propertiesOf("EndpointsSecurityGroup", { ...NETWORK, VpcEndpoints: "true" });
    const rules = group?.["SecurityGroupIngress"] as readonly Ingress[];
    const admitted = rules.filter(({ CidrIp = "" }) => {
      const [network = "", prefix = ""] = CidrIp.split("/");
      if (prefix === "") return false;
      const list = new BlockList();
      list.addSubnet(network, Number(prefix));
      return list.check(address);
    });
    expect(admitted).toEqual([expect.objectContaining({ FromPort: 443, ToPort: 443 })]);
  },
);

test("the stack names the functions' security group if there is one, for the rule that lets them reach a private API server", () => {
  expect(service.parsed.Outputs["FunctionsSecurityGroupId"]).toMatchObject({
    Condition: "HasVpc",
    Value: { "Fn::GetAtt": ["FunctionsSecurityGroup", "GroupId"] },
  });
});

type Ingress = { readonly CidrIp?: string };

test("X-Ray samples, and may be called, only if tracing is on", () => {
  const traced = { Tracing: "Active" };
  for (const name of FUNCTIONS) {
    expect(propertiesOf(`${name}LambdaFunction`)).toMatchObject({
      TracingConfig: { Mode: "PassThrough" },
    });
    expect(propertiesOf(`${name}LambdaFunction`, traced)).toMatchObject({
      TracingConfig: { Mode: "Active" },
    });
    expect(idsOfType("AWS::IAM::RolePolicy", traced)).toContain(`${name}Tracing`);
    expect(idsOfType("AWS::IAM::RolePolicy")).not.toContain(`${name}Tracing`);
  }
});

test("alarms are mailed, and costs watched, only if somebody asks for it", () => {
  expect(idsOfType("AWS::SNS::Subscription")).toEqual([]);
  expect(propertiesOf("AlarmsSubscription", { AlarmEmail: "a@example.com" })).toMatchObject({
    Endpoint: "a@example.com",
  });
  expect(idsOfType("AWS::Budgets::Budget")).toEqual([]);
  expect(propertiesOf("Budget", { MonthlyBudgetUsd: "50" })).toMatchObject({
    Budget: { BudgetLimit: { Amount: "50", Unit: "USD" } },
  });
});

test("the outputs name what the relay, the access entries and redrive need", () => {
  expect(Object.keys(service.parsed.Outputs)).toEqual(
    expect.arrayContaining([
      "ChangesQueueUrl",
      "RelayRoleArn",
      "NormalizeRoleArn",
      "RemediateRoleArn",
      "TransferRoleArn",
      "SweepRoleArn",
      "AlarmsTopicArn",
      "ChangesDeadLetterQueueUrl",
      "RemediationsDeadLetterQueueUrl",
      "WakeupsDeadLetterQueueUrl",
      "AlertsDeadLetterQueueUrl",
      "PipelineDigest",
    ]),
  );
});
