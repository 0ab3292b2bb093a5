import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { recordCommands } from "../setup/record-commands.ts";

async function doctor(...args: readonly string[]) {
  using folder = temporaryFolder();
  const settings = join(folder.path, "prod.env");
  const config = join(findProjectRoot(), "sandbox", "pipeline.yaml");
  writeFileSync(
    settings,
    [
      "KUBEMEND_STAGE=prod",
      "KUBEMEND_REGION=eu-central-1",
      `KUBEMEND_CONFIG=${config}`,
      "KUBEMEND_ACCESS=eks",
      "KUBEMEND_EKS_NAME=shop",
      "KUBEMEND_EKS_ENDPOINT=https://shop.invalid",
      "KUBEMEND_EKS_CA=LS0t",
      "KUBEMEND_SIGNING=secret",
      "",
    ].join("\n"),
  );
  const { environment, ran } = recordCommands(folder.path, ["aws"]);
  const run = kubemend(["doctor", "--settings", settings, "--json", ...args], {
    ...environment,
    HOME: folder.path,
    KUBECONFIG: join(folder.path, "none"),
  });
  const { code, stderr } = await run.ended;
  return { code, stderr, records: run.records, ran: ran() };
}

test("without a kubeconfig what is in the cluster is skipped with the reason, and AWS is asked all the same", async () => {
  const { records, ran } = await doctor();
  const outcomes = new Map(records.map(({ check, ...rest }) => [check, rest]));
  for (const check of ["API server", "definitions", "policies", "rights", "relay's Lease"]) {
    expect(outcomes.get(check)).toMatchObject({
      outcome: "skipped",
      message: expect.stringMatching(/^no cluster to look at: .*kubeconfig/) as string,
    });
  }
  expect(ran.some((line) => line.startsWith("aws sqs"))).toBe(true);
});

test("a context that was named must exist", async () => {
  const { code, records, stderr } = await doctor("--context", "other");
  expect([code, records]).toEqual([2, []]);
  expect(stderr).toContain("kubeconfig");
});
