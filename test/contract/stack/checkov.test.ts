import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { findPythonTool } from "../find-python-tool.ts";
import { packageService } from "../package-service.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 300_000;

type Report = {
  readonly summary: { readonly passed: number };
  readonly results: {
    readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[];
  };
};

test(
  "checkov finds nothing wrong with a deployment that has a key of its own, but for the rules of infra/checkov.yml",
  {
    timeout: TIMEOUT_MS,
  },
  async ({ skip }) => {
    const checkov = await findPythonTool("checkov");
    if (checkov === undefined) return skip("checkov is not installed");
    using service = await packageService(
      { KUBEMEND_KMS_KEY_ARN: "arn:aws:kms:us-east-1:000000000000:key/k" },
      { build: false },
    );
    const config = join(findProjectRoot(), "infra", "checkov.yml");
    const args = ["--config-file", config, "--output", "json", "--file", service.template];
    const { stdout } = await run(checkov, args, { maxBuffer: 64 * 1024 * 1024 }).catch(
      (error: { readonly stdout: string }) => error,
    );
    const { summary, results } = JSON.parse(stdout) as Report;
    expect(results.failed_checks.map(({ check_id, resource }) => [check_id, resource])).toEqual([]);
    expect(summary.passed).toBeGreaterThan(50);
  },
);
