import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { readCheckedPipelineFile } from "../../adapters/checked-pipeline.ts";
import { packKubeconfigs, packPipeline } from "../../infra/build/packed-files.ts";

let source: string;
let folder: string;

beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), "kubemend-source-"));
  folder = mkdtempSync(join(tmpdir(), "kubemend-packed-"));
});

afterEach(() => {
  rmSync(source, { recursive: true });
  rmSync(folder, { recursive: true });
});

const PIPELINE = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
rules:
  - id: tell
    on: { resource: jobs.batch }
    then:
      - alert: { to: ops, summary: object.metadata.name } # whom
`;

test("the pipeline is packed as it was written, in JSON", async () => {
  const file = join(source, "pipeline.yaml");
  writeFileSync(file, PIPELINE);
  await packPipeline(file, folder);
  const packed: unknown = JSON.parse(readFileSync(join(folder, "pipeline.json"), "utf8"));
  expect(packed).toEqual(parse(PIPELINE));
});

test("the digest of the pipeline is an output of the stack", async () => {
  const file = join(source, "pipeline.yaml");
  writeFileSync(file, PIPELINE);
  await packPipeline(file, folder);
  const read = await readCheckedPipelineFile(file);
  const written = readFileSync(join(folder, "packed-pipeline.json"), "utf8");
  expect(JSON.parse(written)).toMatchObject({
    Outputs: { PipelineDigest: { Value: read.ok ? read.value.pipeline.digest : undefined } },
  });
});

test.each([
  [
    "environment:\n  POWERTOOLS_SERVICE_NAME: notify",
    [expect.stringMatching(/receiver ops reads the variable OPS_WEBHOOK,.*secret/)],
  ],
  ["environment:\n  OPS_WEBHOOK: ${env:OPS_WEBHOOK}", []],
])(
  "a receiver's variable that serverless.yml does not set is named: %j",
  async (service, named) => {
    const file = join(source, "pipeline.yaml");
    const receivers = "receivers: { ops: { teams: { webhook: { env: OPS_WEBHOOK } } } }\nrules:";
    writeFileSync(file, PIPELINE.replace("rules:", receivers));
    expect(await packPipeline(file, folder, service)).toEqual(named);
  },
);

test("the permissions that the receivers of a pipeline need are written beside it", async () => {
  const file = join(source, "pipeline.yaml");
  const receivers = "receivers: { ops: { eventBridge: { bus: default } } }\nrules:";
  writeFileSync(file, PIPELINE.replace("rules:", receivers));
  await packPipeline(file, folder);
  const written = readFileSync(join(folder, "notify-permissions.json"), "utf8");
  expect(JSON.parse(written)).toMatchObject({
    Resources: { NotifyReceivers: { Type: "AWS::IAM::RolePolicy" } },
  });
  expect(written).toContain("event-bus/default");
});

test("an invalid pipeline is refused with file, line and column, and nothing is packed", async () => {
  const file = join(source, "pipeline.yaml");
  writeFileSync(file, PIPELINE.replace("  - id: tell", "  - id: tell\n    wehre: 'true'"));
  await expect(packPipeline(file, folder)).rejects.toMatchObject({
    code: "InvalidPipeline",
    message: expect.stringMatching(/pipeline\.yaml:6:\d+ .*wehre/),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("kubeconfigs are packed as JSON, readable for the function's user", () => {
  writeFileSync(join(source, "normalize.kubeconfig"), "kind: Config # ours", { mode: 0o600 });
  writeFileSync(join(source, "notes.txt"), "not for the zip");
  expect(packKubeconfigs(source, folder)).toEqual(["normalize.kubeconfig"]);
  expect(readdirSync(folder)).toEqual(["normalize.kubeconfig"]);
  const packed = join(folder, "normalize.kubeconfig");
  expect(JSON.parse(readFileSync(packed, "utf8"))).toEqual({ kind: "Config" });
  expect(statSync(packed).mode & 0o777).toBe(0o644);
});

test.each(["token", "token: [", "- token"])(
  "%j is refused because it is not a kubeconfig, and the error does not quote it",
  (text) => {
    writeFileSync(join(source, "normalize.kubeconfig"), text);
    const refused = expect.objectContaining({
      code: "InvalidConfiguration",
      message: expect.stringMatching(/normalize\.kubeconfig is not a kubeconfig: (?!.*token)/),
    });
    expect(() => packKubeconfigs(source, folder)).toThrow(refused);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("kubeconfigs of an earlier build are not left behind", () => {
  writeFileSync(join(folder, "normalize.kubeconfig"), "of yesterday");
  expect(packKubeconfigs(undefined, folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder without a kubeconfig is an error", () => {
  expect(() => packKubeconfigs(source, folder)).toThrow(
    `KUBEMEND_KUBECONFIGS: ${source} contains no <function>.kubeconfig file`,
  );
});
