import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("refuses a file for two clusters that does not name the second one, before anything is started", async () => {
  const config = join(folder, "pipeline.yaml");
  writeFileSync(
    config,
    `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: production }
clusters: [ { name: backup-eu, access: { secret: backup } } ]
rules:
  - id: mirror-shop
    on: { resource: configmaps, namespaces: [shop] }
    then: [ { mirror: { to: [backup-eu] } } ]
`,
  );
  const args = ["start", "--clusters", "2", "--config", config, "--once"];
  const { code, stderr } = await kubemend(args).ended;
  expect(code).toBe(2);
  expect(stderr).toContain("names no cluster backup; it has: backup-eu");
});
