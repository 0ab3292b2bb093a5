import { describe, expect, it } from "vitest";
import { findTimeFaults } from "../../../../core/pipeline/check/time-faults.ts";

const LONG = 'now - timestamp(object.status.startTime) > duration("2h")';

const find = (where: string): number => {
  const on = { resource: "jobs.batch", changes: ["added", "modified"] } as const;
  return findTimeFaults({ on, where }, []).length;
};

describe("how long a state lasts, which no change reports", () => {
  it.each([
    LONG,
    `!has(object.status.completionTime) && ${LONG}`,
    `!object.status.conditions.exists(c, c.type == "Complete" || c.type == "Failed") && ${LONG}`,
    `object.status.phase != "Succeeded" && ${LONG}`,
    `!(object.status.phase in ["Succeeded", "Failed"]) && ${LONG}`,
    `object.status.phase == "Running" && ${LONG}`,
  ])("is refused: %s", (where) => {
    expect(find(where)).toBe(1);
  });

  it.each([
    `has(object.status.completionTime) && ${LONG}`,
    `object.status.conditions.exists(c, c.type == "Failed" && c.status == "True") && ${LONG}`,
    `object.status.phase in ["Succeeded", "Failed"] && ${LONG}`,
    `!(object.status.phase != "Failed") && ${LONG}`,
    'now - timestamp(object.status.startTime) < duration("2h")',
  ])("is allowed once the object has ended, and before a time: %s", (where) => {
    expect(find(where)).toBe(0);
  });
});
