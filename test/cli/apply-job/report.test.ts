import { describe, expect, it } from "vitest";
import { formatApplied, toLine, type Outcome } from "../../../cli/apply-job/report.ts";
import { toJobAddress } from "../../support/kubernetes/job-address.ts";

const BEFORE = "postgres://app:S3CRET-before@db/prod";
const AFTER = "postgres://app:S3CRET-after@db/prod";
const ENV = "spec.template.spec.containers[0].env[0].value";

function toOutcome(showValues: boolean): Outcome {
  return {
    file: "job.yaml",
    target: toJobAddress("migrate"),
    dryRun: false,
    showValues,
    applied: {
      outcome: "recreated",
      uid: "1",
      differences: [{ path: ENV, live: BEFORE, wanted: AFTER }],
      changes: [{ path: ["metadata", "annotations", "dsn"], from: BEFORE, to: AFTER }],
    },
    end: undefined,
  };
}

describe.each([
  ["the text", formatApplied],
  ["--json", (outcome: Outcome) => JSON.stringify(toLine(outcome))],
])("what differs, in %s", (_, print) => {
  it("is named without its values", () => {
    const printed = print(toOutcome(false));
    expect(printed).toContain(ENV);
    expect(printed).toContain("metadata.annotations");
    expect(printed).not.toContain("S3CRET");
  });

  it("has its values if they are asked for", () => {
    const printed = print(toOutcome(true));
    expect(printed.match(/S3CRET-before/g)).toHaveLength(2);
    expect(printed.match(/S3CRET-after/g)).toHaveLength(2);
  });
});
