import { pino } from "pino";
import { expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { createRelayMetrics } from "../../../relay/observe/metrics.ts";
import { createReport } from "../../../relay/observe/report.ts";
import { planReaction } from "../../../relay/reflector/reaction.ts";
import { plannedWatch } from "../../support/relay/followed-watch.ts";
import { change } from "../../support/relay/relay.ts";

it("reports many unanswered questions in one line for each wait, and counts them all", async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const metrics = createRelayMetrics({
    buffered: () => ({ objects: 0, bytes: 0 }),
    statuses: new Map(),
    checkpointAgesMs: () => new Map(),
  });
  let nowMs = 1_000;
  const watch = plannedWatch({ labelSelector: "a=b" });
  const report = createReport({ log, metrics, watches: [watch], wallMs: () => nowMs });
  const error = new KubemendError("Unavailable", "no answer", { retryable: true });
  const ending = { type: "unreachable", error } as const;
  const reaction = planReaction(ending, { mode: "listWatch", received: false, encoding: "json" });
  const ask = (waitMs: number): void => {
    for (const name of ["a", "b", "c"]) {
      report.unconfirmed(watch, change(name, "deleted", "5"), { ending, reaction, waitMs });
    }
  };
  ask(800);
  expect(lines).toHaveLength(1);
  nowMs += 800;
  ask(1_600);
  expect(lines).toHaveLength(2);
  // A wall clock that was set back does not silence it.
  nowMs -= 3_600_000;
  ask(1_600);
  expect(lines).toHaveLength(3);
  expect(
    await metrics.registry.getSingleMetricAsString("kubemend_relay_confirmations_total"),
  ).toMatch(/outcome="unanswered"\} 9/);
  report.unanswerable(watch, change("a", "left", "5"), { ending, reaction, waitMs: 0 });
  expect(lines.at(-1)).toContain("will not ask again, and reports configmaps a as left");
  expect(
    await metrics.registry.getSingleMetricAsString("kubemend_relay_confirmations_total"),
  ).toMatch(/outcome="refused"\} 1/);
});
