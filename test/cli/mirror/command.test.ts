import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Mirror } from "../../../events/mirrors/mirror.ts";
import { writeMirrorFile } from "../../support/clusters/mirror-file.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { startMirrorApi, toMirrorObject } from "./mirror-api.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-mirror-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(
  args: readonly string[],
  mirrors: readonly Mirror[] = [toMirrorObject("backup-eu"), toMirrorObject("backup-us")],
  options: Parameters<typeof startMirrorApi>[2] = { answers: true },
) {
  await using api = await startMirrorApi(folder, mirrors, options);
  const ended = await kubemend(["mirror", "compare", ...args], { KUBECONFIG: api.kubeconfig })
    .ended;
  return { ...ended, writes: api.writes, mirrors: api.mirrors };
}

test("requests the comparison in all targets, waits for it, and says what was found", async () => {
  const { code, stdout, writes } = await run(["mirror-shop"]);
  expect(code).toBe(0);
  expect(writes).toEqual(["PATCH mirror-shop.backup-eu", "PATCH mirror-shop.backup-us"]);
  expect(stdout).toContain("Requested the comparison of mirror-shop in backup-eu");
  expect(stdout).toContain(
    "mirror-shop in backup-us: compared 12, missing 1, stale 0, drifted 2, orphans 0, failing 0. What differs is being repaired, as far as the rule lets it. With drift: report, what has drifted stays. kubemend diff shows what is left.",
  );
});

test("requests it in one target with --to, and only annotates the Mirror", async () => {
  const { code, writes, mirrors } = await run(["mirror-shop", "--to", "backup-us", "--no-wait"]);
  expect(code).toBe(0);
  expect(writes).toEqual(["PATCH mirror-shop.backup-us"]);
  const annotations = mirrors.get("mirror-shop.backup-us")?.metadata["annotations"];
  expect(Object.keys(annotations as object)).toEqual(["kubemend.dev/compare-requested"]);
});

test("asks no cluster if the file shows that the rule does not mirror there", async () => {
  const config = writeMirrorFile(folder);
  // The cluster has such a Mirror, of an earlier pipeline.
  const args = ["mirror-shop", "--to", "backup-us", "--config", config, "--no-wait"];
  const { code, stderr, writes } = await run(args);
  expect(code).toBe(2);
  expect(stderr).toContain("does not mirror to backup-us, but to: backup-eu");
  expect(writes).toEqual([]);
});

test("prints JSON lines", async () => {
  const { stdout } = await run(["mirror-shop", "--to", "backup-eu", "--json"]);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { type: "requested", rule: "mirror-shop", target: "backup-eu" },
    { type: "compared", target: "backup-eu", state: "InSync", lastComparison: { compared: 12 } },
  ]);
});

test("ends with 1 if there was no comparison within the time, and says why", async () => {
  const status = {
    state: "Behind",
    since: "2026-11-30T10:00:00.000Z",
    reason: "no answer",
  } as const;
  const mirrors = [toMirrorObject("backup-eu", status)];
  const { code, stdout } = await run(["mirror-shop", "--timeout", "1"], mirrors, {});
  expect(code).toBe(1);
  expect(stdout).toContain("the target is away, so it is compared when it answers");
  expect(stdout).toContain("was not compared yet: it is Behind (no answer). The request stays.");
});

test("says at once that the functions do not know the rule any more", async () => {
  const reason = "no rule of the pipeline mirrors to this target under this id any more";
  const status = { state: "Obsolete", since: "2026-11-30T10:00:00.000Z", reason } as const;
  const { code, stdout } = await run(["mirror-shop"], [toMirrorObject("backup-eu", status)], {});
  expect(code).toBe(1);
  expect(stdout).toContain("no rule of the functions' pipeline has this id and this target");
  expect(stdout).toContain(`mirror-shop in backup-eu is not compared: ${reason}.`);
});

test.each([
  [["mirror-shopp"], "did you mean mirror-shop?"],
  [["mirror-shop", "--to", "backup-e"], "has no mirror in backup-e"],
])("writes nothing for what is not there: %j", async (args, message) => {
  const { code, stderr, writes } = await run(args);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(writes).toEqual([]);
});

test("names the right that is missing", async () => {
  const { code, stderr } = await run(["mirror-shop", "--no-wait"], undefined, { forbidden: true });
  expect(code).toBe(1);
  expect(stderr).toContain('resources: ["mirrors"], verbs: ["list","patch"]');
});

test("shows examples and exit codes in its help", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("kubectl annotate mirror RULE.CLUSTER");
  expect(stdout).toContain("Exit codes: 0 compared");
});
