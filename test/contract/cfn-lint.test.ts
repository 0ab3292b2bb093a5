import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cacheDir } from "../../sandbox/host/folders.ts";
import { packageService } from "./package-service.ts";

const run = promisify(execFile);

/** On PATH, or in a virtual environment in Kubemend's cache folder (`python3 -m venv`, then `pip install cfn-lint`). */
async function findCfnLint(): Promise<string | undefined> {
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    join(cacheDir(), "cfn-lint", "bin"),
  ];
  for (const folder of folders) {
    const path = join(folder, "cfn-lint");
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

test("cfn-lint finds nothing wrong with the CloudFormation template", async ({ skip }) => {
  const cfnLint = await findCfnLint();
  if (cfnLint === undefined) return skip("cfn-lint is not installed");
  using service = await packageService();
  // W3005: osls makes a function depend on its role, to which it refers as well. Harmless.
  const args = ["--ignore-checks", "W3005", "--", service.template];
  const { stdout } = await run(cfnLint, args).catch((error: { readonly stdout: string }) => error);
  expect(stdout).toBe("");
});
