import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { startOneRecordServer } from "../records/one-record-server.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-approval-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EVIL = "\u001B[2J\u202Ea";
const CONTROLS = /[^\P{Cc}\n]|\p{Cf}/u;
const PREVIEW = ["would change Deployment shop/web\n  spec:\n-   replicas: 1\n+   replicas: 3"];

const SAMPLE = JSON.parse(
  readFileSync(
    join(findProjectRoot(), "events/samples/record-v1alpha1/valid/awaiting-approval.json"),
    "utf8",
  ),
) as RemediationRecord;

const toRecord = (status: object) => ({
  ...SAMPLE,
  metadata: { ...SAMPLE.metadata, name: "scale-1", uid: "u", resourceVersion: "7" },
  status: { ...SAMPLE.status, ...status },
});
const waiting = (preview: readonly string[]) => toRecord({ phase: "AwaitingApproval", preview });

const EFFECT =
  "This takes effect at once, or within a minute if the relay is down, unless a guard holds it back: kubemend guards rerun-failed-backup says until when.";

async function run(record: ReturnType<typeof toRecord>, args: readonly string[], user?: string) {
  await using server = await startOneRecordServer(folder, record, user);
  const ended = await kubemend(args, { KUBECONFIG: server.kubeconfig }).ended;
  return { ...ended, patched: server.patched };
}

describe("kubemend approve", () => {
  test("shows the diff of what is approved, and decides about exactly that", async () => {
    const { code, stdout, patched } = await run(waiting(PREVIEW), ["approve", "scale-1"]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "  would change Deployment shop/web",
        "        spec:",
        "      -   replicas: 1",
        "      +   replicas: 3",
        `Approved by ann. ${EFFECT}`,
        "",
      ].join("\n"),
    );
    expect(patched).toEqual([
      {
        metadata: { uid: "u", resourceVersion: "7" },
        spec: { approval: { decision: "approve", by: "ann" } },
      },
    ]);
  });

  test("names the question that it decides if the record asks again", async () => {
    const record = toRecord({ phase: "AwaitingApproval", preview: PREVIEW, question: 2 });
    const { patched } = await run(record, ["approve", "scale-1"]);
    expect(patched).toMatchObject([
      { spec: { approval: { decision: "approve", by: "ann", question: 2 } } },
    ]);
  });

  test("lets neither the record nor the cluster control the terminal, or forge a line", async () => {
    const record = waiting([`${EVIL}\n+ ${EVIL}\r\nApproved by root.`]);
    const { stdout } = await run(record, ["approve", "scale-1"], `${EVIL}\nforged`);
    expect(stdout).not.toMatch(CONTROLS);
    expect(stdout.split("\n").filter((line) => /^(Approved|forged)/.test(line))).toEqual([
      `${String.raw`Approved by \u001b[2J\u202ea\nforged.`} ${EFFECT}`,
    ]);
  });

  test("refuses what does not wait, in one line that nobody else has written", async () => {
    const record = toRecord({ phase: `Ended${EVIL}\nApproved by root.` });
    const { code, stdout, stderr, patched } = await run(record, ["approve", "scale-1"]);
    expect([code, stdout, patched]).toEqual([1, "", []]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).not.toMatch(CONTROLS);
  });

  test("says that there is no such remediation", async () => {
    const { code, stderr } = await run(waiting([]), ["reject", `no\n${EVIL}`]);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).not.toMatch(CONTROLS);
  });
});

describe("kubemend remediations NAME", () => {
  test("shows one remediation with the diff of what it would do", async () => {
    const { code, stdout } = await run(waiting(PREVIEW), ["remediations", "scale-1"]);
    expect(code).toBe(0);
    expect(stdout).toContain("AwaitingApproval  ");
    expect(stdout).toContain("+   replicas: 3");
  });

  test("says which one was probably meant", async () => {
    const { code, stderr } = await run(waiting(PREVIEW), ["remediations", "scale-2"]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "There is no remediation scale-2 in the namespace kubemend. Did you mean scale-1?",
    );
  });

  test.each([["--watch"], ["--rule=x"]])("is not for %s, and says so", async (flag) => {
    const { code, stderr } = await run(waiting(PREVIEW), ["remediations", "scale-1", flag]);
    expect(code).toBe(2);
    expect(stderr).toContain("is for the list of remediations");
  });
});
