import { describe, expect, it } from "vitest";
import * as details from "../../../cli/records/format-record-details.ts";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";

const NOW = Date.parse("2026-03-01T10:05:00.000Z");
const CONTROLS = /[^\P{Cc}\n]|\p{Cf}/u;
const EVIL = "\u001B[2J\u202Eforged";

/** Without our own colours, which a terminal and CI get. */
const COLOUR = new RegExp(String.raw`\x1B\[\d+m`, "g");

function toText(record: RemediationRecord, now: number): string {
  return details.formatRecordDetails(record, now).replace(COLOUR, "");
}

function toRecord(
  status: Partial<RecordStatus>,
  spec: Partial<RemediationRecord["spec"]> = {},
): RemediationRecord {
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Remediation",
    metadata: { name: "scale-1", namespace: "kubemend", uid: "u", resourceVersion: "1" },
    spec: {
      rule: { id: "scale", digest: "d" },
      mode: "approval",
      trigger: { kind: "Deployment", namespace: "shop", name: "web" },
      ...spec,
    } as RemediationRecord["spec"],
    status: { phase: "AwaitingApproval", ...status },
  };
}

describe("the details of a remediation", () => {
  it("are its line, the decision, its steps, and the diff of what they would do", () => {
    const text = toText(
      toRecord(
        {
          steps: [{ name: "scale", state: "failed", code: "Invalid", message: "no" }],
          preview: ["would change Deployment shop/web\n  spec:\n-   replicas: 1\n+   replicas: 3"],
        },
        { approval: { decision: "approve", by: "ann", reason: "fine" } },
      ),
      NOW,
    );
    expect(text.split("\n").slice(1)).toEqual([
      "  decision: approve by ann: fine",
      "  steps:",
      "    failed   scale  Invalid: no",
      "  preview:",
      "    would change Deployment shop/web",
      "          spec:",
      "        -   replicas: 1",
      "        +   replicas: 3",
    ]);
  });

  it("control no terminal, whatever a record says", () => {
    const text = toText(
      toRecord(
        {
          steps: [{ name: EVIL, state: "failed", code: EVIL, message: `${EVIL}\nforged` }],
          preview: [`${EVIL}\n+ ${EVIL}`],
        },
        { approval: { decision: "reject", by: EVIL, reason: `${EVIL}\nforged` } },
      ),
      NOW,
    );
    expect(text).not.toMatch(CONTROLS);
    expect(text.split("\n")).toHaveLength(7);
  });

  it("for scripts have each change of a field", () => {
    const changes = [{ path: ["spec", "replicas"], from: 1, to: 3 }];
    const operations = [{ type: "patch", name: "scale", changes }];
    expect(details.toRecordDetails(toRecord({ plan: { operations } }))).toMatchObject({
      name: "scale-1",
      phase: "AwaitingApproval",
      operations: [{ changes }],
    });
  });
});
