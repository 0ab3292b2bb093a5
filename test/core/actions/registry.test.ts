import { describe, expect, it } from "vitest";
import { ACTIONS, findAction } from "../../../core/actions/registry.ts";
import { CRON_JOB, toState } from "./state.ts";

describe("the registry of actions", () => {
  it("has each action under its own name", () => {
    expect(Object.entries(ACTIONS).map(([name, action]) => [name, action.name])).toEqual(
      Object.keys(ACTIONS).map((name) => [name, name]),
    );
  });

  it.each(["constructor", "__proto__", "toString", ""])("has no action %j", (name) => {
    expect(findAction(name)).toBeUndefined();
  });

  it("accepts parameters as they are written in a rule", () => {
    const action = findAction("createJobFromCronJob");
    const answer = action?.next(toState({}, { cronJob: CRON_JOB }));
    expect(answer?.outcome).toBe("operations");
  });
});
