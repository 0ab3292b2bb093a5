import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

const run = promisify(execFile);

export type PackagedService = Disposable & {
  readonly folder: string;
  /** Path of the CloudFormation template. */
  readonly template: string;
  readonly resources: Readonly<Record<string, Resource>>;
};

export type Resource = { readonly Type: string; readonly Properties: Properties };
/** A CloudFormation resource; each test names the properties that it checks. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * Runs `npm run package` as a user without AWS credentials, configuration or login. Without `build` it uses the existing build,
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
  const command = build ? ["run", "package", "--"] : ["exec", "--", "osls", "package"];
  await run("npm", [...command, "--package", folder], {
    cwd: findProjectRoot(),
    env: { PATH: path, HOME: home, CI: "1", ...variables },
  });
  const template = join(folder, "cloudformation-template-update-stack.json");
  const parsed = JSON.parse(readFileSync(template, "utf8")) as {
    readonly Resources: Record<string, Resource>;
  };
  return {
    folder,
    template,
    resources: parsed.Resources,
    [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }),
  };
}
