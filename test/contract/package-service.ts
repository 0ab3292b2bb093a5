import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { waitForLock } from "../../sandbox/host/file-lock.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import type { Template } from "./stack/evaluate-template.ts";
import { CERTIFICATE_AUTHORITY } from "../support/aws/certificate-authority.ts";

const run = promisify(execFile);
/** An access that needs no file and no permission. */
const EKS = {
  KUBEMEND_ACCESS: "eks",
  KUBEMEND_EKS_NAME: "test",
  KUBEMEND_EKS_ENDPOINT: "https://test.invalid",
  KUBEMEND_EKS_CA: CERTIFICATE_AUTHORITY,
};

export type PackagedService = Disposable & {
  readonly folder: string;
  /** Path of the CloudFormation template. */
  readonly template: string;
  readonly parsed: Template;
  readonly resources: Template["Resources"];
};

/** A CloudFormation resource; each test names the properties that it checks. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * Runs `npm run package` with the sandbox's pipeline, unless KUBEMEND_CONFIG names another, as a user without AWS credentials, configuration or login. Without `build` it uses the existing build,
 * for tests of the template alone.
 */
export async function packageService(
  variables: Readonly<Record<string, string>> = {},
  { build = true }: { readonly build?: boolean } = {},
): Promise<PackagedService> {
  const parent = mkdtempSync(join(tmpdir(), "kubemend-package-"));
  const folder = join(parent, "package");
  const home = join(parent, "home");
  mkdirSync(home);
  // The Node that runs this test, for npm too.
  const path = `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
  const root = findProjectRoot();
  const config = variables["KUBEMEND_CONFIG"] ?? join(root, "sandbox", "pipeline.yaml");
  const command = build
    ? ["run", "package", "--", "--config", config]
    : ["exec", "--", "osls", "package"];
  const access = build && variables["KUBEMEND_KUBECONFIGS"] === undefined ? EKS : {};
  // A build replaces the files that other packages are made of, and test files run side by side.
  using _alone = await waitForLock(join(root, "dist", "package.lock"), () => undefined);
  await run("npm", [...command, "--package", folder], {
    cwd: root,
    env: { PATH: path, HOME: home, CI: "1", ...access, ...variables },
  });
  const template = join(folder, "cloudformation-template-update-stack.json");
  const parsed = JSON.parse(readFileSync(template, "utf8")) as Template;
  return {
    folder,
    template,
    parsed,
    resources: parsed.Resources,
    [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }),
  };
}
