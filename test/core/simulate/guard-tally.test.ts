import { expect, test } from "vitest";
import type { GuardEvent } from "../../../core/simulate/guard-event.ts";
import { createGuardTally } from "../../../core/simulate/guard-tally.ts";

test("the requests of each rule are counted by what became of them, and by guard", () => {
  const tally = createGuardTally();
  const add = (outcome: GuardEvent["outcome"], more: Partial<GuardEvent> = {}): void =>
    tally.add({ time: "", rule: "r", record: "r-1", line: 1, outcome, ...more });
  add("started");
  add("started", { code: "Cooldown", heldMs: 0 });
  add("deferred", { code: "Cooldown" });
  add("deferred", { code: "Cooldown" });
  add("deferred", { code: "Storm" });
  add("refused", { code: "MaxPerHour" });
  add("expired", { code: "Cooldown" });
  add("ended", { code: "TriggerGone" });
  add("dryRun");
  add("dryRun", { code: "Storm" });
  add("uncounted");
  add("started", { rule: "s" });
  const none = { deferred: {}, refused: {}, expired: {}, ended: {}, dryRun: {}, uncounted: 0 };
  expect(tally.rules()).toEqual([
    {
      rule: "r",
      started: 2,
      startedLater: 1,
      deferred: { Cooldown: 2, Storm: 1 },
      refused: { MaxPerHour: 1 },
      expired: { Cooldown: 1 },
      ended: { TriggerGone: 1 },
      dryRun: { started: 1, Storm: 1 },
      uncounted: 1,
    },
    { rule: "s", started: 1, startedLater: 0, ...none },
  ]);
});
