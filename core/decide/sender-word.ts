import type { KubernetesObject } from "../../events/change.ts";
import type { ChangeSummary } from "../../events/request.ts";
import { readField, readList } from "../json/read-json.ts";
import { findExpressions, findTargetConditions } from "../actions/find-expressions.ts";
import { readsVariable } from "../cel/reads-variable.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/** A request comes seconds after its change. What is older may be as it was before the relay's first start, or before the rule existed. */
const PROMPT_MS = 15 * 60_000;

/** Fields of `change` that a request without a signature does not decide. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["id", "time"]);

/**
 * The claim of an unsigned request about its change that the live object does not show; undefined if it shows everything that matters.
 * - That the object was added or modified, if the rule tells the two apart, in any of its expressions: an object was added if it was
 *   created just now. It was modified if it was written since its creation, where a write within the same second counts, as the API
 *   server records whole seconds; an object whose writes are not recorded was, if it was created just now.
 * - That the state is new, if signing keys are configured (`isForeign`): rules do not act on objects as they were before the first start,
 *   unless they include these. A state is new if the object was written just now. Without keys ordinary requests are not signed either,
 *   and may come late.
 */
export function findSendersWord(
  rule: Rule,
  { kind }: ChangeSummary,
  live: { readonly object: KubernetesObject; readonly writtenAt?: string | undefined },
  { now, isForeign }: { readonly now: string; readonly isForeign: boolean },
): string | undefined {
  const createdMs = toMs(live.object.metadata["creationTimestamp"]);
  const recordedMs = toMs(live.writtenAt);
  const isPrompt = (atMs: number): boolean => Date.parse(now) - atMs <= PROMPT_MS;
  if (tellsKindsApart(rule)) {
    const isRecorded = kind !== "added" && recordedMs > 0;
    const isShown = isRecorded ? recordedMs >= createdMs : isPrompt(createdMs);
    if (!isShown) return `nothing shows that the object was ${kind}`;
  }
  if (!isForeign || rule.initial === "include" || isPrompt(Math.max(createdMs, recordedMs))) {
    return undefined;
  }
  return "the object was not written lately, so its state may be older than the rule";
}

function tellsKindsApart(rule: Rule): boolean {
  const { changes } = rule.on;
  if (changes.includes("added") !== changes.includes("modified")) return true;
  return toExpressions(rule).some(
    (source) => source !== undefined && readsVariable(source, "change", OWN_FIELDS),
  );
}

function toExpressions(rule: Rule): readonly (string | undefined)[] {
  const { where, whereTarget, once, at, verify, then, onFailure = [] } = rule;
  const ofActions = [...then, ...onFailure].flatMap(({ action, parameters }) =>
    [...findExpressions(action, parameters), ...findTargetConditions(parameters)].map(
      ({ source }) => source,
    ),
  );
  const key = once.type === "key" ? once.expression : undefined;
  return [where, whereTarget, key, at, verify?.expression, ...ofActions];
}

/** When the object was written last, as the API server has recorded it (RFC 3339). */
export function readWrittenAt({ metadata }: KubernetesObject): string | undefined {
  const times = readList(metadata["managedFields"]).map((entry) => readField(entry, "time"));
  return times
    .filter((time) => typeof time === "string")
    .reduce<string | undefined>(
      (newest, time) => (newest === undefined || time > newest ? time : newest),
      undefined,
    );
}

function toMs(time: unknown): number {
  return typeof time === "string" ? Date.parse(time) || 0 : 0;
}
