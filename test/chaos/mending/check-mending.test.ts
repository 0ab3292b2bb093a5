import { describe, expect, it } from "vitest";
import { checkMending, type MendingRecord, type MendingState } from "./check-mending.ts";

const DUE = { uid: "u", namespace: "n", name: "nightly-1" };
const RECORD: MendingRecord = {
  name: "rerun-1",
  triggerUid: "u",
  triggerName: "nightly-1",
  phase: "Succeeded",
  reason: "Remediated",
};
const MADE = { name: "nightly-again", record: "rerun-1" };
const KEPT: MendingState = { due: [DUE], made: [MADE], records: [RECORD], deadLetters: [] };

const rules = (state: Partial<MendingState>): readonly string[] =>
  checkMending({ ...KEPT, ...state }).map(({ rule }) => rule);

describe("a Job that has failed", () => {
  it("is mended once", () => {
    expect(rules({})).toEqual([]);
  });

  it("is not mended without a record, by a record that has not ended, or without a new Job", () => {
    expect(rules({ records: [], made: [] })).toEqual(["remediation arrives"]);
    expect(rules({ records: [{ ...RECORD, phase: "Waiting" }] })).toEqual(["remediation arrives"]);
    expect(rules({ made: [] })).toEqual(["remediation arrives"]);
    expect(rules({ records: [{ ...RECORD, phase: "Failed" }] })).toEqual(["remediation arrives"]);
  });

  it("must not be mended twice, be it by one record or by two, whether it is due or not", () => {
    const twice = { made: [MADE, { ...MADE, name: "nightly-third" }] };
    expect(rules(twice)).toEqual(["remediated once"]);
    const two = {
      records: [RECORD, { ...RECORD, name: "rerun-2" }],
      made: [MADE, { name: "nightly-third", record: "rerun-2" }],
    };
    expect(rules(two)).toEqual(["remediated once"]);
    expect(rules({ ...two, due: [] })).toEqual(["remediated once"]);
  });
});

describe("poison", () => {
  it("ends in its own record, whatever that says", () => {
    const due = [{ ...DUE, name: "poison-nightly-1" }];
    const refused = { ...RECORD, phase: "Refused", reason: "PlanTooLarge" };
    expect(rules({ due, records: [refused], made: [] })).toEqual([]);
    const open = { ...RECORD, phase: "Running" };
    expect(rules({ due, records: [open], made: [] })).toEqual(["remediation arrives"]);
  });

  it("may be a dead letter, and nothing else may", () => {
    expect(rules({ deadLetters: ['{"record":"poison-1"}'] })).toEqual([]);
    expect(rules({ deadLetters: ['{"record":"rerun-1"}'] })).toEqual(["only poison fails"]);
  });
});
