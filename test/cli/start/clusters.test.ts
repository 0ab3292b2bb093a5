import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { writeMirrorFile } from "../../support/clusters/mirror-file.ts";
import { kubemend } from "../../support/host/kubemend.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("refuses a file for two clusters that does not name the second one, before anything is started", async () => {
  const config = writeMirrorFile(folder);
  const args = ["start", "--clusters", "2", "--config", config, "--once"];
  const { code, stderr } = await kubemend(args).ended;
  expect(code).toBe(2);
  expect(stderr).toContain("names no cluster backup; it has: backup-eu");
});
