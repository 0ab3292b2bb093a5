import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findPythonTool } from "../find-python-tool.ts";
import { packageService } from "../package-service.ts";

const run = promisify(execFile);

/**
 * W3005: osls makes a function depend on its role, to which it refers as well. Harmless.
 * W1030: the parameter for the subnets is empty by default, and then the condition leaves them out.
 */
const IGNORED = ["W3005", "W1030"];

test("cfn-lint finds nothing wrong with the CloudFormation template", async ({ skip }) => {
  const cfnLint = await findPythonTool("cfn-lint");
  if (cfnLint === undefined) return skip("cfn-lint is not installed");
  using service = await packageService({}, { build: false });
  const args = ["--ignore-checks", ...IGNORED, "--", service.template];
  const { stdout } = await run(cfnLint, args).catch((error: { readonly stdout: string }) => error);
  expect(stdout).toBe("");
});
