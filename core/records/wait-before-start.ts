import type { RemediationRecord } from "../../events/remediation.ts";
import { ok, refuse, type Result } from "../result.ts";
import { compileExpression, type Bindings } from "../cel/compile.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import type { Wait } from "./wait.ts";
import type { RecordEnd } from "./record-end.ts";

/**
 * `for`: how long a match has to wait before anything is looked at, from `now` (RFC 3339 ms), this executor's clock: the relay's
 * is another machine's. Undefined where there is none, or it has been waited for: only a record that has waited has a `wakeAt`.
 */
export function planForWait(record: RemediationRecord, rule: Rule, now: string): Wait | undefined {
  if (rule.forMs === undefined || record.status?.wakeAt !== undefined) return undefined;
  const until = new Date(Date.parse(now) + rule.forMs).toISOString();
  const message = `waits until ${until}; the condition is then asked again`;
  return { until, reason: "For", message };
}

/**
 * `at`: when it is to be done, as the live object says; asked again where it changes before that time. A time that is past is now; what is no time refuses the remediation.
 */
export function planAtWait(
  record: RemediationRecord,
  rule: Rule,
  bindings: Bindings,
): Result<Wait | undefined, RecordEnd> {
  if (rule.at === undefined || hasWaited(record, bindings.now)) return ok(undefined);
  const time = evaluateTime(rule.at, bindings);
  if (!time.ok) {
    const message = `the rule's at: ${time.error}`;
    return refuse({ phase: "Refused", reason: "RuleError", message });
  }
  if (time.value <= Date.parse(bindings.now)) return ok(undefined);
  const until = new Date(time.value).toISOString();
  const message = `waits until ${until}, as the rule's at says; the condition is then asked again`;
  return ok({ until, reason: "At", message });
}

function hasWaited({ status }: RemediationRecord, now: string): boolean {
  return status?.wakeAt !== undefined && Date.parse(status.wakeAt) <= Date.parse(now);
}

/** Date's own range. */
const LATEST_MS = Date.parse("9999-12-31T23:59:59.000Z");

function evaluateTime(source: string, bindings: Bindings): Result<number, string> {
  const compiled = compileExpression(source);
  if (!compiled.ok) return refuse(compiled.error.message);
  const answer = compiled.value.evaluate(bindings);
  switch (answer.outcome) {
    case "unknown":
      return refuse(`it reads ${answer.path}, which is not there`);
    case "error":
      return refuse(answer.message);
    case "value": {
      const ms = typeof answer.value === "string" ? Date.parse(answer.value) : Number.NaN;
      return ms <= LATEST_MS
        ? ok(ms)
        : refuse("it is no timestamp: timestamp(x) makes one of a text");
    }
  }
}
