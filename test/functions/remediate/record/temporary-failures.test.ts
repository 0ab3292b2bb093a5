/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { RecordStatus, RemediationRecord } from "../../../../events/remediation.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { advance } from "../../../../functions/remediate/record/advance.ts";
import { toRecord } from "../../../core/records/record.ts";

const NOW_MS = Date.parse("2026-03-01T10:00:00.000Z");
const RUN = { holder: "me", deadlineMs: NOW_MS + 1000, signal: new AbortController().signal };

const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  rules: [{ id: "rerun", on: { resource: "jobs.batch" }, then: [{ createJobFromCronJob: {} }] }],
});

const unexpected = (): never => {
  throw new Error("not expected");
};

/**
 * Claims a record of the rule and plans it against a cluster that fails like this. Returns what was thrown, or the outcome, and
 * the phases that were saved.
 */
async function planWith(
  code: ErrorCode,
): Promise<{ readonly result: unknown; readonly phases: readonly string[] }> {
  const pipeline = parsed.ok ? parsed.value : unexpected();
  const fail = async (): Promise<never> => {
    throw new KubemendError(code, `it is ${code}`, { retryable: false });
  };
  const phases: string[] = [];
  const saveStatus = async (record: RemediationRecord, status: RecordStatus) => {
    phases.push(status.phase);
    return { outcome: "saved", record: { ...record, status } } as const;
  };
  const { spec, ...record } = toRecord();
  const rule = { id: "rerun", digest: pipeline.rules[0]?.digest ?? "" };
  const deps = {
    client: { server: "", request: fail, stream: fail, close: async () => {} },
    records: {
      obtain: unexpected,
      read: unexpected,
      list: unexpected,
      remove: unexpected,
      saveStatus,
    },
    discovery: { catalog: fail, refresh: fail },
    pipeline,
    clusterUid: unexpected,
    sendAlert: unexpected,
    now: () => NOW_MS,
  };
  const result = await advance({ ...record, spec: { ...spec, rule } }, deps, RUN).catch(
    (error: unknown) => error,
  );
  return { result, phases };
}

it.each(["Unauthorized", "InvalidConfiguration"] as const)(
  "a claimed record is not ended by credentials that an operator must fix: %s",
  async (code) => {
    expect(await planWith(code)).toMatchObject({ result: { code }, phases: [] });
  },
);

it("a claimed record is ended by what the API server refuses for good", async () => {
  const { result, phases } = await planWith("Forbidden");
  expect(result).toMatchObject({
    outcome: "ended",
    record: { status: { phase: "Failed", reason: "Forbidden" } },
  });
  expect(phases.at(-1)).toBe("Failed");
});
