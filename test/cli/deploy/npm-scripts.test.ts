import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { recordCommands } from "../setup/record-commands.ts";

const run = promisify(execFile);

function writeSettings(folder: string): string {
  const settings = join(folder, "prod.env");
  writeFileSync(join(folder, "pipeline.yaml"), "");
  writeFileSync(
    settings,
    "KUBEMEND_STAGE=prod\nKUBEMEND_REGION=eu-central-1\nKUBEMEND_CONFIG=pipeline.yaml\nKUBEMEND_ACCESS=secret\n",
  );
  return settings;
}

test("npm run deploy deploys what was packed, to the stage and region of the settings", async () => {
  using folder = temporaryFolder();
  const { environment, ran } = recordCommands(folder.path, ["npx"]);
  const script = join(findProjectRoot(), "infra", "build", "deploy.ts");
  const args = [script, "--settings", writeSettings(folder.path)];
  await run(process.execPath, args, { env: { ...process.env, ...environment } });
  expect(ran()).toEqual([
    "npx osls deploy --stage prod --region eu-central-1 --package .serverless",
  ]);
});

test("it does nothing if settings are missing", async () => {
  using folder = temporaryFolder();
  const { environment, ran } = recordCommands(folder.path, ["npx"]);
  const script = join(findProjectRoot(), "infra", "build", "deploy.ts");
  const started = run(process.execPath, [script], { env: { ...process.env, ...environment } });
  await expect(started).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("deploy: The pipeline file is missing"),
  });
  expect(ran()).toEqual([]);
});
