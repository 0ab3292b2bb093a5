import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openAccess } from "../../../adapters/access/connect-cluster.ts";
import { loadEksAccess } from "../../../adapters/access/load-eks-access.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE_MS = 60_000;
const PEM = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
const EKS = {
  name: "prod",
  region: "eu-central-1",
  endpoint: "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
  certificateAuthorityData: Buffer.from(PEM).toString("base64"),
};
const roleArn = "arn:aws:iam::123456789012:role/kubemend";

const sts = mockClient(STSClient);

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
});

afterEach(() => {
  sts.reset();
  vi.unstubAllEnvs();
});

function assume(minutes: number): void {
  sts.on(AssumeRoleCommand).resolves({
    Credentials: {
      AccessKeyId: "ASIAROLE",
      SecretAccessKey: "secret",
      SessionToken: "session",
      Expiration: new Date(NOW_MS + minutes * MINUTE_MS),
    },
  });
}

const toKey = (token = ""): string | null =>
  new URL(Buffer.from(token.replace("k8s-aws-v1.", ""), "base64url").toString()).searchParams.get(
    "X-Amz-Credential",
  );

it("access is the endpoint, verified by the cluster's own CA, with a token for 14 minutes", async () => {
  expect(await loadEksAccess(EKS, NOW_MS)).toEqual({
    access: {
      server: new URL(EKS.endpoint),
      ca: PEM,
      token: expect.stringMatching(/^k8s-aws-v1\./),
      insecureSkipVerify: false,
    },
    expiresAtMs: NOW_MS + 14 * MINUTE_MS,
  });
});

it("a token of a role expires before the role's credentials", async () => {
  assume(10);
  const { access, expiresAtMs } = await loadEksAccess({ ...EKS, roleArn }, NOW_MS);
  expect(expiresAtMs).toBe(NOW_MS + 9 * MINUTE_MS);
  expect(toKey(access.token)).toMatch(/^ASIAROLE\//);
});

it("a warm function signs another token before the 15 minutes are over", async () => {
  let nowMs = NOW_MS;
  const source = openAccess({ type: "eks", ...EKS }, () => nowMs);
  const first = await source.current();
  nowMs += 14 * MINUTE_MS - 1;
  expect(await source.current()).toBe(first);
  nowMs += 1;
  const second = await source.current();
  expect(second.token).not.toBe(first.token);
});

it("a role that returns no credentials is a temporary failure", async () => {
  sts.on(AssumeRoleCommand).resolves({});
  await expect(loadEksAccess({ ...EKS, roleArn }, NOW_MS)).rejects.toMatchObject({
    code: "CredentialUnreachable",
    retryable: true,
  });
});

it("an invalid CA is a configuration error", async () => {
  const eks = { ...EKS, certificateAuthorityData: Buffer.from("no PEM").toString("base64") };
  await expect(loadEksAccess(eks, NOW_MS)).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: "EKS cluster prod: certificateAuthorityData is not base64-encoded PEM",
  });
});
