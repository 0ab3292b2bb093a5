import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { recordCommands } from "../setup/record-commands.ts";
import { writeStageFile } from "../setup/stage-file.ts";

async function doctor(...args: readonly string[]) {
  return doctorWith((text) => text, ...args);
}

/** With the settings of the stage as `edit` returns them. */
async function doctorWith(edit: (settings: string) => string, ...args: readonly string[]) {
  return doctorAt(undefined, edit, ...args);
}

/** A kubeconfig of this API server; without one a path at which there is none. */
function writeKubeConfig(folder: string, server: string | undefined): string {
  const file = join(folder, "none");
  if (server === undefined) return file;
  const document = {
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "c", user: { token: "t" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

async function doctorAt(
  server: string | undefined,
  edit: (settings: string) => string,
  ...args: readonly string[]
) {
  using folder = temporaryFolder();
  const config = join(findProjectRoot(), "sandbox", "pipeline.yaml");
  const settings = writeStageFile(folder.path, config);
  writeFileSync(settings, edit(readFileSync(settings, "utf8")));
  const { environment, ran } = recordCommands(folder.path, ["aws"]);
  const run = kubemend(["doctor", "--settings", settings, "--json", ...args], {
    ...environment,
    HOME: folder.path,
    KUBECONFIG: writeKubeConfig(folder.path, server),
  });
  const { code, stderr } = await run.ended;
  return { code, stderr, records: run.records, ran: ran() };
}

test("without a kubeconfig what is in the cluster is skipped with the reason, and AWS is asked all the same", async () => {
  const { records, ran } = await doctor();
  const outcomes = new Map(records.map(({ check, ...rest }) => [check, rest]));
  for (const check of ["API server", "definitions", "policies", "rights", "relay's Lease"]) {
    expect(outcomes.get(check)).toMatchObject({
      outcome: "skipped",
      message: expect.stringMatching(/^no cluster to look at: .*kubeconfig/) as string,
    });
  }
  expect(ran.some((line) => line.startsWith("aws sqs"))).toBe(true);
});

test("a context that was named must exist", async () => {
  const { code, records, stderr } = await doctor("--context", "other");
  expect([code, records]).toEqual([2, [{ error: expect.stringContaining("kubeconfig") }]]);
  expect(stderr).toContain("kubeconfig");
});

test("settings that are not whole fail with their file", async () => {
  const whole = await doctor();
  expect(whole.records[0]).toMatchObject({ check: "settings", outcome: "ok" });
  const { code, records } = await doctorWith((text) =>
    text.replace(/^KUBEMEND_EKS_CA=.*$/m, "KUBEMEND_EKS_CA=LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"),
  );
  expect(code).toBe(1);
  expect(records[0]).toMatchObject({
    check: "settings",
    outcome: "failed",
    message: expect.stringMatching(/^KUBEMEND_EKS_CA is .*: expected a whole certificate/),
    fix: expect.stringMatching(/^correct it in .*prod\.env$/),
  });
});

const IN_CLUSTER = [
  "resources",
  "namespaces",
  "definitions",
  "policies",
  "rights",
  "relay's Lease",
  "relay's queue",
  "signing keys",
];

const SERVER = "https://127.0.0.1:1";

test.each([
  ["API server", SERVER, "the API server cannot be reached"],
  ["cluster", "https://other.invalid", "the context is another cluster"],
])(
  "checks that a fault of %s makes impossible are reported in one line",
  async (check, endpoint, why) => {
    const { records } = await doctorAt(SERVER, (text) =>
      text.replace("https://shop.invalid", endpoint),
    );
    const faults = records.filter(({ outcome }) => outcome === "failed").map((one) => one["check"]);
    const skipped = records.filter(({ message }) => message === why).map((one) => one["check"]);
    expect(faults.filter((name) => name === check)).toEqual([check]);
    expect(faults.filter((name) => IN_CLUSTER.includes(String(name)))).toEqual([]);
    expect(skipped).toEqual(expect.arrayContaining(IN_CLUSTER));
  },
);
