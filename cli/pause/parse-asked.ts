import * as v from "valibot";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { dnsLabel } from "../../core/text/dns-label.ts";
import { parseDuration } from "../../core/text/duration.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { ALL_GUARD } from "../../events/rule-guard.ts";
import { misuse } from "../terminal/misuse.ts";

/** A year: a rule that is not wanted for longer is removed from the pipeline. */
const FOR_MAX_MS = 366 * 86_400_000;
/** The definition of guards keeps no longer one. */
const REASON_MAX = 1024;

const ruleId = dnsLabel("the id of a rule");

/**
 * The name of the guard that the user means: the id of a rule, or `all`. Throws a misuse if it cannot be the id of a rule, or if the
 * pipeline has no such rule.
 */
export function toGuardName(rule: string | undefined, pipeline: Pipeline | undefined): string {
  if (rule === undefined || rule === ALL_GUARD) return ALL_GUARD;
  const parsed = v.safeParse(ruleId, rule);
  if (!parsed.success) throw misuse(`${JSON.stringify(rule)}: ${parsed.issues[0].message}`);
  if (pipeline === undefined) return rule;
  const ids = pipeline.rules.map(({ id }) => id);
  if (ids.includes(rule)) return rule;
  const near = suggestName(rule, ids);
  const known = ids.length === 0 ? "it has no rules" : `it has: ${ids.join(", ")}`;
  const hint = near === undefined ? known : `did you mean ${near}?`;
  throw misuse(`the pipeline has no rule ${rule}; ${hint}`);
}

/** The end of a pause that begins now (RFC 3339 ms); undefined if it lasts until somebody resumes. */
export function toUntil(text: string | undefined, nowMs: number): string | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0 || ms > FOR_MAX_MS) {
    throw misuse("expected --for with a duration such as 30m or 2h, of at most a year");
  }
  return new Date(nowMs + ms).toISOString();
}

export function checkReason(text: string): string {
  const reason = text.trim();
  if (reason !== "" && reason.length <= REASON_MAX) return reason;
  throw misuse(`expected --reason with a text of 1 to ${REASON_MAX} characters`);
}
