import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPackageInput } from "../../infra/build/package-input.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;
let config: string;

beforeEach(() => {
  folder = temporaryFolder();
  config = join(folder.path, "pipeline.yaml");
  writeFileSync(config, "");
});
afterEach(() => folder[Symbol.dispose]());

const NAMES = ["normalize", "remediate", "sweep"];

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
      expect(readPackageInput(args, access)).toEqual({ config, rest });
    }
    expect(readPackageInput(rest, { ...access, KUBEMEND_CONFIG: config })).toEqual({
      config,
      rest,
    });
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
        KUBEMEND_EKS_ENDPOINT: "e",
        KUBEMEND_EKS_CA: "c",
      },
      [/^KUBEMEND_EKS_ROLE_PREFIX is missing/],
    ],
    [
      "a kind of access that there is",
      ["--config", import.meta.filename],
      { KUBEMEND_ACCESS: "vault" },
      [/KUBEMEND_ACCESS is vault: expected eks, eks-role, kubeconfig, secret, parameter/],
    ],
  ] as const)("names what is missing: %s", (_, args, environment, expected) => {
    const read = readPackageInput(args, environment);
    expect(read).toEqual({ missing: expected.map((line) => expect.stringMatching(line)) });
  });

  it("names each kubeconfig that is missing", () => {
    writeKubeconfigs(["remediate"]);
    expect(readPackageInput(["--config", config], { KUBEMEND_KUBECONFIGS: folder.path })).toEqual({
      missing: [
        expect.stringContaining(join(folder.path, "normalize.kubeconfig")),
        expect.stringContaining(join(folder.path, "sweep.kubeconfig")),
      ],
    });
  });
});
