import { formatDuration } from "../../text/duration.ts";
import { parseTimestamp } from "../../text/timestamp.ts";
import { evaluateConstant } from "../parse/parse-at.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";

/** No wait is meant to be longer: a pipeline does not live that long, and a record would stay all that time. */
const LONGEST_MS = 366 * 86_400_000;
/** Written into a rule, an earlier moment is over, and a later one is a slip. */
const EARLIEST = Date.parse("2026-01-01T00:00:00Z");
const LATEST = Date.parse("2100-01-01T00:00:00Z");

/** Waits that make no sense, whatever the object is: durations of years, and a fixed moment that is over or never comes. */
export function findWaitFaults(rule: Rule, path: PipelineIssue["path"]): readonly PipelineIssue[] {
  const durations: readonly (readonly [number | undefined, PipelineIssue["path"]])[] = [
    [rule.forMs, ["for"]],
    [rule.giveUpAfterMs, ["giveUpAfter"]],
    [rule.approveWithinMs, ["guards", "approveWithin"]],
    [rule.verify?.withinMs, ["verify", "within"]],
  ];
  return [
    ...durations.flatMap(([ms, keys]) => {
      if (ms === undefined || ms <= LONGEST_MS) return [];
      const hint = `write ${formatDuration(LONGEST_MS)} or less`;
      return [{ path: [...path, ...keys], message: "is longer than a year", hint }];
    }),
    ...findMomentFault(rule.at, path),
  ];
}

function findMomentFault(
  at: string | undefined,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  const answer = at === undefined ? undefined : evaluateConstant(at);
  const value = answer?.outcome === "value" ? answer.value : undefined;
  const ms = typeof value === "string" ? parseTimestamp(value) : undefined;
  if (ms === undefined || (ms >= EARLIEST && ms < LATEST)) return [];
  const message = ms < EARLIEST ? "is over, so the rule would not wait" : "is a lifetime away";
  const hint =
    "write a moment that the object states, such as timestamp(object.status.notAfter) - duration('168h')";
  return [{ path: [...path, "at"], message: `${String(value)} ${message}`, hint }];
}
