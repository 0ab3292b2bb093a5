import { execFile } from "node:child_process";
import { copyFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";

const run = promisify(execFile);
const temporary = temporaryFolder();
const folder = temporary.path;
const bundle = join(folder, "relay.mjs");

/** Runs the file as the image does: with nothing beside it, and without the environment of this machine. */
const start = (...flags: readonly string[]): Promise<unknown> =>
  run(process.execPath, [bundle, ...flags], { cwd: folder, env: {} });

describe("dist/relay.mjs, alone in a folder", () => {
  beforeAll(() => copyFileSync(join(findProjectRoot(), "dist", "relay.mjs"), bundle));
  afterAll(() => temporary[Symbol.dispose]());

  it("starts, and says what is missing", async () => {
    await expect(start("--config", "pipeline.yaml")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^kubemend-relay: KUBEMEND_CHANGES_QUEUE_URL is missing/),
    });
  });

  it.each([
    [["--unknown"], "--unknown"],
    [["--config", ""], "--config is empty: name the pipeline file"],
    [["--config", "x", "--lease", "nowhere"], "--lease: expected NAMESPACE/NAME, or off"],
  ])("refuses %j as wrong usage", async (flags, message) => {
    await expect(start(...flags)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });

  it("stays below 3.5 MB", () => {
    expect(statSync(bundle).size).toBeLessThan(3_500_000);
  });

  it("has none of the client library's classes, which would take half of the relay's memory", () => {
    expect(readFileSync(bundle, "utf8").match(/\bV1PodSpec\b|\bCoreV1Api\b/)).toBeNull();
  });
});
