import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { assumeRole } from "../../../adapters/access/assume-role.ts";
import { readParameter } from "../../../adapters/access/read-parameter.ts";
import { readSecret } from "../../../adapters/access/read-secret.ts";

const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);
const sts = mockClient(STSClient);

const ROLE = "arn:aws:iam::123456789012:role/kubemend-sweep";

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
});

afterEach(() => {
  for (const mock of [secrets, parameters, sts]) mock.reset();
  vi.unstubAllEnvs();
});

function failWith(name: string, message = "no"): void {
  const error = Object.assign(new Error(message), { name });
  secrets.on(GetSecretValueCommand).rejects(error);
  parameters.on(GetParameterCommand).rejects(error);
  sts.on(AssumeRoleCommand).rejects(error);
}

const CALLS = [
  ["a secret", () => readSecret("kubemend/sweep", "a kubeconfig"), "secret kubemend/sweep"],
  [
    "a parameter",
    () => readParameter("/kubemend/sweep", "a kubeconfig"),
    "parameter /kubemend/sweep",
  ],
  ["a role", () => assumeRole(ROLE, "eu-central-1"), `role ${ROLE}`],
] as const;

describe.each(CALLS)("%s that AWS refuses", (_what, call, about) => {
  it.each([
    ["AccessDeniedException", "CredentialDenied", /give the function's role/],
    ["ExpiredTokenException", "CredentialDenied", /give the function's role/],
    ["ResourceNotFoundException", "CredentialNotFound", /check its name, region and account/],
    ["ParameterNotFound", "CredentialNotFound", /check its name, region and account/],
    ["ThrottlingException", "CredentialThrottled", /read again later/],
    ["TimeoutError", "CredentialUnreachable", /AWS_ENDPOINT_URL_/],
    ["InternalServiceError", "CredentialUnreachable", /check the network/],
  ])("is reported by its cause, and is temporary: %s", async (name, code, hint) => {
    failWith(name);
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, retryable: true });
    expect(error).toMatchObject({ message: expect.stringMatching(hint) });
    expect(error).toMatchObject({ message: expect.stringContaining(`${about}: ${name}: no`) });
    // The SDK's error, which contains request and answer, is not passed on.
    expect(error).not.toHaveProperty("cause");
  });
});

it("a missing permission is named", async () => {
  failWith("AccessDeniedException");
  await expect(readSecret("s", "a kubeconfig")).rejects.toThrow("secretsmanager:GetSecretValue");
  await expect(readParameter("p", "a kubeconfig")).rejects.toThrow("ssm:GetParameter");
  await expect(assumeRole(ROLE, "eu-central-1")).rejects.toThrow("sts:AssumeRole");
});

describe("what AWS returns", () => {
  it("is a secret's text, or its bytes", async () => {
    secrets.on(GetSecretValueCommand).resolvesOnce({ SecretString: "text" });
    expect(await readSecret("s", "a kubeconfig")).toBe("text");
    secrets.on(GetSecretValueCommand).resolves({ SecretBinary: Buffer.from("bytes") });
    expect(await readSecret("s", "a kubeconfig")).toBe("bytes");
  });

  it("is a parameter, decrypted", async () => {
    parameters.on(GetParameterCommand).resolves({ Parameter: { Value: "text" } });
    expect(await readParameter("/p", "a kubeconfig")).toBe("text");
    const [call] = parameters.commandCalls(GetParameterCommand);
    expect(call?.args[0].input).toEqual({ Name: "/p", WithDecryption: true });
  });

  it.each([
    ["a secret", () => readSecret("s", "a kubeconfig")],
    ["a parameter", () => readParameter("p", "a kubeconfig")],
  ])("is an error if it is empty: %s", async (_what, call) => {
    secrets.on(GetSecretValueCommand).resolves({});
    parameters.on(GetParameterCommand).resolves({});
    await expect(call()).rejects.toMatchObject({
      code: "CredentialNotFound",
      message: expect.stringContaining("is empty"),
    });
  });

  it("comes from the region that an ARN names", async () => {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: "text" });
    await readSecret(
      "arn:aws:secretsmanager:ap-south-1:123456789012:secret:s-AbCdEf",
      "a kubeconfig",
    );
    const [call] = secrets.commandCalls(GetSecretValueCommand);
    expect(await call?.thisValue.config.region()).toBe("ap-south-1");
  });
});
