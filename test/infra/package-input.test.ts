import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPackageInput } from "../../infra/build/package-input.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";
import { CERTIFICATE_AUTHORITY } from "../support/aws/certificate-authority.ts";

let folder: ReturnType<typeof temporaryFolder>;
let config: string;

beforeEach(() => {
  folder = temporaryFolder();
  config = join(folder.path, "pipeline.yaml");
  writeFileSync(config, "");
});
afterEach(() => folder[Symbol.dispose]());

function read(args: readonly string[], environment: Readonly<Record<string, string>>) {
  return readPackageInput(args, environment, folder.path);
}

const NAMES = ["normalize", "remediate", "transfer", "sweep"];

function writeKubeconfigs(names: readonly string[]): void {
  for (const name of names) writeFileSync(join(folder.path, `${name}.kubeconfig`), "{}");
}

describe("the input of `npm run package`", () => {
  it("is the pipeline file, and the rest is for osls", () => {
    writeKubeconfigs(NAMES);
    const access = { KUBEMEND_KUBECONFIGS: folder.path };
    const rest = ["--stage", "prod", "--package", "out"];
    for (const args of [
      ["--config", config, ...rest],
      [`--config=${config}`, ...rest],
      ["--stage", "prod", "--config", config, "--package", "out"],
    ]) {
      expect(read(args, access)).toEqual({ ok: true, value: { config, rest, variables: access } });
    }
    const variables = { ...access, KUBEMEND_CONFIG: config };
    expect(read(rest, variables)).toEqual({ ok: true, value: { config, rest, variables } });
  });

  it.each([
    [
      "everything, with no settings at all",
      [],
      {},
      [/pipeline file is missing: .*--config FILE/, /KUBEMEND_KUBECONFIGS is missing/],
    ],
    [
      "a pipeline file that does not exist",
      ["--config", "none.yaml"],
      { KUBEMEND_ACCESS: "secret" },
      [/none\.yaml does not exist/],
    ],
    [
      "each variable of an EKS cluster",
      ["--config", import.meta.filename],
      { KUBEMEND_ACCESS: "eks", KUBEMEND_EKS_NAME: "prod" },
      [/^KUBEMEND_EKS_ENDPOINT is missing/, /^KUBEMEND_EKS_CA is missing/],
    ],
    [
      "the roles of one in another account",
      ["--config", import.meta.filename],
      {
        KUBEMEND_ACCESS: "eks-role",
        KUBEMEND_EKS_NAME: "n",
        KUBEMEND_EKS_ENDPOINT: "https://e.invalid",
        KUBEMEND_EKS_CA: CERTIFICATE_AUTHORITY,
      },
      [/^KUBEMEND_EKS_ROLE_PREFIX is missing/],
    ],
    [
      "a kind of access that there is",
      ["--config", import.meta.filename],
      { KUBEMEND_ACCESS: "vault" },
      [/^KUBEMEND_ACCESS is vault: expected eks, eks-role, kubeconfig, secret, parameter/],
    ],
  ] as const)("names what is missing: %s", (_, args, environment, expected) => {
    expect(read(args, environment)).toEqual({
      ok: false,
      error: expected.map((line) => expect.stringMatching(line)),
    });
  });

  it("names each kubeconfig that is missing", () => {
    writeKubeconfigs(["remediate"]);
    expect(read(["--config", config], { KUBEMEND_KUBECONFIGS: folder.path })).toEqual({
      ok: false,
      error: [
        expect.stringContaining(join(folder.path, "normalize.kubeconfig")),
        expect.stringContaining(join(folder.path, "transfer.kubeconfig")),
        expect.stringContaining(join(folder.path, "sweep.kubeconfig")),
      ],
    });
  });

  it("takes a relative path from the user's folder", () => {
    writeKubeconfigs(NAMES);
    expect(
      read(["--config", "pipeline.yaml"], { KUBEMEND_KUBECONFIGS: folder.path }),
    ).toMatchObject({
      value: { config },
    });
  });

  it.each([
    ["KUBEMEND_TRACING", "on", "expected Active or PassThrough"],
    ["KUBEMEND_SIGNING", "file", "expected none, secret, parameter"],
    ["KUBEMEND_EKS_ENDPOINT", "http://t.invalid", "begins with https://"],
    ["KUBEMEND_EKS_CA", "-----BEGIN", "in base64"],
    ["KUBEMEND_EKS_CA", CERTIFICATE_AUTHORITY.slice(0, 40), "a whole certificate"],
    ["KUBEMEND_KMS_KEY_ARN", "alias/k", "an ARN, such as arn:aws:kms"],
    ["KUBEMEND_RELAY_OIDC_PROVIDER", "https://oidc.eks.invalid/id/1", "without https://"],
    ["KUBEMEND_MONTHLY_BUDGET_USD", "ten", "a number of US dollars"],
    ["KUBEMEND_ALARM_EMAIL", "oncall", "an e-mail address"],
    ["KUBEMEND_STAGE", "Prod 1", "small letters"],
  ])("says what is wrong with the value of %s", (name, value, expected) => {
    const variables = { KUBEMEND_ACCESS: "secret", KUBEMEND_CONFIG: config, [name]: value };
    const says = new RegExp(`^${name} is ${value}: .*${expected}`);
    expect(read([], variables)).toEqual({ ok: false, error: [expect.stringMatching(says)] });
  });

  it("does not show the whole of a long value", () => {
    const variables = {
      KUBEMEND_ACCESS: "secret",
      KUBEMEND_CONFIG: config,
      KUBEMEND_EKS_CA: CERTIFICATE_AUTHORITY.slice(0, 400),
    };
    expect(read([], variables)).toEqual({
      ok: false,
      error: [expect.stringMatching(/^KUBEMEND_EKS_CA is LS0t\w{36}\.\.\. \(400 characters\): /)],
    });
  });

  it("names the subnets of a VPC if they are missing, and the VPC of endpoints", () => {
    const variables = { KUBEMEND_ACCESS: "secret", KUBEMEND_CONFIG: config };
    expect(read([], { ...variables, KUBEMEND_VPC_ID: "vpc-1" })).toEqual({
      ok: false,
      error: [expect.stringMatching(/^KUBEMEND_SUBNET_IDS is missing: KUBEMEND_VPC_ID needs it/)],
    });
    expect(read([], { ...variables, KUBEMEND_VPC_ENDPOINTS: "true" })).toEqual({
      ok: false,
      error: [
        expect.stringMatching(/^KUBEMEND_VPC_ID is missing: KUBEMEND_VPC_ENDPOINTS needs it/),
      ],
    });
  });
});

describe("a file of settings", () => {
  const SETTINGS =
    "KUBEMEND_STAGE=prod\nKUBEMEND_REGION=eu-central-1\nKUBEMEND_CONFIG=pipeline.yaml\nKUBEMEND_ACCESS=secret\n";

  function write(text: string): readonly string[] {
    writeFileSync(join(folder.path, "prod.env"), text);
    return ["--settings", "prod.env"];
  }

  it("has the pipeline, relative to the file, stage and region", () => {
    const args = write(SETTINGS);
    expect(read(args, {})).toMatchObject({
      value: {
        config,
        rest: ["--stage", "prod", "--region", "eu-central-1"],
        variables: { KUBEMEND_ACCESS: "secret", KUBEMEND_CONFIG: config },
      },
    });
  });

  it("gives way to the arguments", () => {
    const args = [...write(SETTINGS), "--stage", "test", "-r", "us-east-1"];
    expect(read(args, {})).toMatchObject({
      value: { rest: ["--stage", "test", "-r", "us-east-1"] },
    });
  });

  it.each([
    [
      "KUBEMEND_TRACNG=Active",
      /^KUBEMEND_TRACNG in .*prod\.env is no setting: did you mean KUBEMEND_TRACING\?$/,
    ],
    ["PATH=/bin", /^PATH in .* is no setting: docs\/deployment\.md lists them\.$/],
  ])("may contain only settings: %s", (line, says) => {
    expect(read(write(`${SETTINGS}${line}`), {})).toEqual({
      ok: false,
      error: [expect.stringMatching(says)],
    });
  });

  it("is not overridden silently", () => {
    const args = write(SETTINGS);
    expect(read(args, { KUBEMEND_STAGE: "prod" })).toMatchObject({ ok: true });
    expect(read(args, { KUBEMEND_STAGE: "dev" })).toEqual({
      ok: false,
      error: [
        expect.stringMatching(/^KUBEMEND_STAGE is set in .*prod\.env and, to something else/),
      ],
    });
  });

  it("must exist", () => {
    expect(read(["--settings", "none.env"], {})).toEqual({
      ok: false,
      error: [expect.stringMatching(/none\.env cannot be read: /)],
    });
  });
});
