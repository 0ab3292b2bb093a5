import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

const run = promisify(execFile);
/** Vitest loads this file once per project, so the builds that they share are kept in a global. */
const shared = globalThis as { kubemendBuilds?: Map<string, Promise<unknown>> };

/**
 * The global setup of every project whose tests run `dist/`: builds it once, and again before each rerun in watch mode, so that
 * a test file that runs alone tests the sources as they are. Only the contract tests run the bundled command, which is slow to
 * build; the others run the command from its sources, through its launcher.
 */
export async function setup(project: TestProject): Promise<void> {
  const flags = project.name === "contract" ? [] : ["--launcher-only"];
  const build = async (): Promise<void> => {
    const programs = ["functions.ts", "relay.ts"].map((script) => buildOnce(script));
    await Promise.all([buildOnce("cli.mjs", ...flags), ...programs]);
  };
  project.onTestsRerun(async () => {
    shared.kubemendBuilds?.clear();
    await build();
  });
  await build();
}

function buildOnce(script: string, ...flags: readonly string[]): Promise<unknown> {
  const builds = (shared.kubemendBuilds ??= new Map<string, Promise<unknown>>());
  const key = [script, ...flags].join(" ");
  const root = findProjectRoot();
  const path = join(root, "infra", "build", script);
  // For the tests that look at the packed stack.
  const env = { ...process.env, KUBEMEND_PIPELINE_FILE: join(root, "sandbox", "pipeline.yaml") };
  const started = builds.get(key) ?? run(process.execPath, [path, ...flags], { env });
  builds.set(key, started);
  return started;
}
