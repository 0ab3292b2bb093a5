import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readCheckedPipelineFile } from "../../../adapters/checked-pipeline.ts";
import { parseSigningKeys } from "../../../adapters/signing/parse-keys.ts";
import { composePipeline } from "../../../cli/init/compose-pipeline.ts";
import { readRecipes } from "../../../cli/recipes/read-recipes.ts";
import { readPackageInput } from "../../../infra/build/package-input.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { CERTIFICATE_AUTHORITY } from "../../support/aws/certificate-authority.ts";

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder.path, "kubemend");
});
afterEach(() => folder[Symbol.dispose]());

const CLUSTER = ["--cluster", "prod-eu-1", "--region", "eu-central-1"];
const FILES = [".gitignore", "pipeline.yaml", "prod.env", "signing-keys", "values.yaml"];

async function init(...flags: readonly string[]) {
  return kubemend(["init", "--yes", "--dir", dir, ...flags]).ended;
}

function read(file: string): string {
  return readFileSync(join(dir, file), "utf8");
}

function readAll(): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(dir).map((file) => [file, read(file)]));
}

/** As `aws eks update-kubeconfig` writes it. */
function writeKubeconfig(certificateAuthority: string = CERTIFICATE_AUTHORITY): string {
  const arn = "arn:aws:eks:eu-west-1:111122223333:cluster/shop";
  const path = join(folder.path, "config");
  const document = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": arn,
    clusters: [
      {
        name: arn,
        cluster: {
          server: "https://0123.gr7.eu-west-1.eks.amazonaws.com",
          "certificate-authority-data": certificateAuthority,
        },
      },
    ],
    contexts: [{ name: arn, context: { cluster: arn, user: "me" } }],
    users: [{ name: "me", user: { token: "t" } }],
  };
  writeFileSync(path, JSON.stringify(document));
  return path;
}

describe("kubemend init", () => {
  it("writes a valid pipeline, the settings of the stage, the chart's values and a key", async () => {
    expect(await init(...CLUSTER, "--rule", "01", "22")).toMatchObject({ code: 0 });
    expect(readdirSync(dir).toSorted()).toEqual(FILES);
    const pipeline = await readCheckedPipelineFile(join(dir, "pipeline.yaml"));
    expect(pipeline).toMatchObject({
      value: {
        pipeline: {
          cluster: { name: "prod-eu-1" },
          rules: [{ id: "rerun-backup" }, { id: "roll-back" }],
        },
      },
    });
    expect(parse(read("values.yaml"))).toEqual({
      image: { repository: "" },
      aws: { region: "eu-central-1" },
      signingKeys: { secretName: "kubemend-signing-keys", key: "keys" },
    });
    expect(parseSigningKeys(read("signing-keys"), "")).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(statSync(join(dir, "signing-keys")).mode & 0o777).toBe(0o600);
    expect(read(".gitignore")).toContain("signing-keys");
  });

  it("writes settings that can be packed, with the address that a context has", async () => {
    expect(await init("--kubeconfig", writeKubeconfig())).toMatchObject({ code: 0 });
    const input = readPackageInput(["--settings", "prod.env"], {}, dir);
    expect(input).toMatchObject({
      value: {
        config: join(dir, "pipeline.yaml"),
        rest: ["--stage", "prod", "--region", "eu-west-1"],
        variables: {
          KUBEMEND_ACCESS: "eks",
          KUBEMEND_EKS_NAME: "shop",
          KUBEMEND_EKS_ENDPOINT: "https://0123.gr7.eu-west-1.eks.amazonaws.com",
          KUBEMEND_EKS_CA: CERTIFICATE_AUTHORITY,
          KUBEMEND_SIGNING: "secret",
        },
      },
    });
  });

  it("refuses a certificate that was cut off, and writes nothing", async () => {
    const cut = CERTIFICATE_AUTHORITY.slice(0, -100);
    const { code, stderr } = await init("--kubeconfig", writeKubeconfig(cut));
    expect(code).toBe(2);
    expect(stderr).toMatch(/certificate-authority-data of the cluster arn:\S+: expected a whole/);
    expect(existsSync(dir)).toBe(false);
  });

  it("without an address says in the settings how to get it, and packing names what is missing", async () => {
    await init(...CLUSTER);
    expect(read("prod.env")).toContain("aws eks describe-cluster --region eu-central-1");
    expect(readPackageInput(["--settings", "prod.env"], {}, dir)).toEqual({
      ok: false,
      error: [
        expect.stringMatching(/^KUBEMEND_EKS_ENDPOINT is missing/),
        expect.stringMatching(/^KUBEMEND_EKS_CA is missing/),
      ],
    });
  });

  it("prints the next commands as this one was started, with npx or without", async () => {
    const start = async (npmCommand: string): Promise<string> => {
      const flags = ["init", "--yes", "--dir", dir, ...CLUSTER];
      return (await kubemend(flags, { npm_command: npmCommand }).ended).stdout;
    };
    expect(await start("exec")).toContain("    npx kubemend deploy --settings");
    expect(await start("")).toContain("    kubemend deploy --settings");
  });

  it("changes nothing when it is run again", async () => {
    await init(...CLUSTER);
    const before = readAll();
    const again = await init(...CLUSTER);
    expect(again.code).toBe(0);
    expect(readAll()).toEqual(before);
  });

  it("keeps what has other contents, and says so", async () => {
    await init(...CLUSTER);
    writeFileSync(join(dir, "pipeline.yaml"), "# mine\n");
    const again = await init(...CLUSTER);
    expect(again).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/pipeline\.yaml {2}kept: .*--force replaces it/),
    });
    expect(read("pipeline.yaml")).toBe("# mine\n");
  });

  it("with --force replaces everything but the signing keys", async () => {
    await init(...CLUSTER);
    const keys = read("signing-keys");
    writeFileSync(join(dir, "pipeline.yaml"), "# mine\n");
    expect(await init(...CLUSTER, "--force")).toMatchObject({ code: 0 });
    expect(read("pipeline.yaml")).toContain("rerun-backup");
    expect(read("signing-keys")).toBe(keys);
  });

  it("prints the key nowhere", async () => {
    const { stdout, stderr } = await init(...CLUSTER);
    expect(stdout + stderr).not.toContain(read("signing-keys").trim());
  });

  it.each([
    [[], /--cluster is missing\n--region is missing/],
    [[...CLUSTER, "--rule", "roll-back"], /There is no recipe roll-back\. .*22 roll-back/],
    [[...CLUSTER, "--signing", "file"], /--signing is file: expected none, secret, parameter/],
  ])("refuses %j, and writes nothing", async (flags, says) => {
    mkdirSync(dir);
    expect(await init(...flags)).toMatchObject({ code: 2, stderr: expect.stringMatching(says) });
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ["is a file", "", /--dir is .*kubemend, which cannot be a folder: it is a file, or below one/],
    [
      "is below a file",
      "below",
      /--dir is .*below, which cannot be a folder: it is a file, or below/,
    ],
  ])("refuses a folder that %s", async (_, below, says) => {
    writeFileSync(dir, "mine");
    const { code, stderr } = await kubemend([
      "init",
      "--yes",
      ...CLUSTER,
      "--dir",
      join(dir, below),
    ]).ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
    expect(readFileSync(dir, "utf8")).toBe("mine");
  });

  it("names the file that it cannot write", async () => {
    mkdirSync(join(dir, "pipeline.yaml"), { recursive: true });
    const { code, stderr } = await init(...CLUSTER);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/pipeline\.yaml cannot be written: it is a folder/),
    ]);
  });

  it("asks on a terminal only", async () => {
    const ended = await kubemend(["init", "--dir", dir]).ended;
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  });
});

it("every recipe, and all of them together, make a valid pipeline", async () => {
  const recipes = readRecipes(join(findProjectRoot(), "docs", "recipes"));
  const file = join(folder.path, "pipeline.yaml");
  for (const some of [...recipes.map((recipe) => [recipe]), recipes]) {
    writeFileSync(file, composePipeline("prod", some));
    const checked = await readCheckedPipelineFile(file);
    const names = some.map(({ name }) => name).join();
    expect([names, checked]).toEqual([names, expect.objectContaining({ ok: true })]);
  }
});
