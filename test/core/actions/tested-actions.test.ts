import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ACTIONS } from "../../../core/actions/registry.ts";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import { ACTION_CASES } from "../../support/functions/action-cases.ts";
import { JOB_ACTION_CASES } from "../../support/functions/job-action-cases.ts";
import { RIGHTS_CASES } from "../../support/actions/rights-cases.ts";

const E2E = join(import.meta.dirname, "..", "..", "e2e");
/** The end-to-end tests that kill the executor at every request, of the actions that are in no table of cases. */
const KILLED: Readonly<Record<string, string>> = {
  createJobFromCronJob: "functions/begun-records.test.ts",
  alert: "functions/begun-records.test.ts",
  drain: "actions/interrupted-drain.test.ts",
  emitEvent: "actions/emitted-events.test.ts",
  move: "actions/moves.test.ts",
};
const TABLES: ReadonlySet<string> = new Set(
  [...ACTION_CASES, ...JOB_ACTION_CASES].map(({ action }) => action),
);

/** Carried out by the function transfer, and not by the executor of remediations: its tests are its own. */
const CARRIED_OUT_ELSEWHERE: ReadonlySet<string> = new Set(["mirror"]);
const NAMES = Object.keys(ACTIONS).filter((name) => !CARRIED_OUT_ELSEWHERE.has(name));

describe.each(NAMES)("the action %s", (action) => {
  it("is killed at every request", () => {
    const file = KILLED[action];
    expect([TABLES.has(action), file === undefined]).toEqual([
      file === undefined,
      TABLES.has(action),
    ]);
    if (file === undefined) return;
    const text = readFileSync(join(E2E, file), "utf8");
    expect(text).toContain("killAt(at, moment)");
    expect(text).toContain("of its requests");
  });

  it("is carried out with each of its rights missing", () => {
    // The rights for alerts are those of their groups: test/e2e/actions/alert-rights.test.ts.
    expect([...RIGHTS_CASES.map((one) => one.action), "alert"]).toContain(action);
  });
});

// An alert adds to the requests of others, which the page says beside the table.
it.each(NAMES.filter((action) => action !== "alert"))(
  "the requests of the action %s are in the reference",
  (action) => {
    expect(Object.keys(ACTION_REQUESTS).map((row) => row.split(" ")[0])).toContain(action);
  },
);
