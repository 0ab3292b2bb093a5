import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { CHART, renderChart, REQUIRED, toValues } from "../../support/chart/chart.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const run = promisify(execFile);
const SAMPLE = join(findProjectRoot(), "infra", "relay", "relay-values.yaml");
const temporary = temporaryFolder();
const folder = temporary.path;
const file = join(folder, "values.yaml");
let helm: string | undefined;

beforeAll(async () => {
  helm = (await findClusterTools())?.helm;
  writeFileSync(file, toValues());
});
afterAll(() => temporary[Symbol.dispose]());

describe("the values of the chart", () => {
  it("pass helm lint, as the file to copy has them, with an image", async ({ skip }) => {
    if (helm === undefined) return skip(NO_TOOLS);
    const files = [file, SAMPLE].flatMap((path) => ["--values", path]);
    const set = ["--set", "image.repository=registry.example.com/kubemend-relay"];
    const { stdout } = await run(helm, ["lint", CHART, "--strict", ...files, ...set]);
    expect(stdout).toContain("1 chart(s) linted, 0 chart(s) failed");
  });

  it.for([
    [
      "if something is missing, and say where to find it",
      [
        ["image.repository=", "image.repository is missing: the image is not published"],
        ["image.repository=registry.example.com/relay:1", "the tag belongs into image.tag"],
        ["image.repository=REGISTRY/relay", "REGISTRY stands for your registry"],
        ["queueUrl=", "queueUrl is missing: it is the output ChangesQueueUrl"],
        ["queueUrl=https://queue.example.com/changes.fifo", "aws.region is missing"],
        ["pipeline=", "pipeline is missing: pass the values that `kubemend validate FILE"],
        ["rbac.grants=null", "rbac.grants is missing: pass the values"],
      ],
    ],
    [
      "if the rights are those of a release in another namespace",
      [["rbac.namespace=other", "`kubemend validate FILE --chart-values --namespace kubemend`"]],
    ],
    [
      "if a value is no setting or has another type, and name it",
      [
        ["queueUrl=https://sqs.eu-central-1.amazonaws.com/1/changes", "/queueUrl"],
        ["replicas=two", "/replicas"],
        ["replica=2", "'replica' not allowed"],
        ["functions.userPrefix=me\\", "/functions/userPrefix"],
        ["extraEnv[0].name=AWS_REGION", "/extraEnv/0/name"],
      ],
    ],
  ] as const)("are refused %s", async ([, faults], { skip }) => {
    if (helm === undefined) return skip(NO_TOOLS);
    for (const [fault, message] of faults) {
      const release = renderChart({ helm, files: [file], set: [...REQUIRED, fault] });
      await expect(release).rejects.toMatchObject({ stderr: expect.stringContaining(message) });
    }
  });
});
