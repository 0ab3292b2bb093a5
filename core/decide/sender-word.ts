import type { KubernetesObject } from "../../events/change.ts";
import type { ChangeSummary } from "../../events/request.ts";
import { readField, readList } from "../json/read-json.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/** A request comes seconds after its change. What is older may be as it was before the relay's first start, or before the rule existed. */
const PROMPT_MS = 15 * 60_000;

/** A use of the variable `change`, except for its id and time, which a request without a signature does not decide. */
const READS_CHANGE = /\bchange\b(?!\s*\.\s*(id|time)\b)/;

/**
 * What a request without a signature says of a change and the live object does not show; undefined if it shows everything that matters.
 * - That the object was added or modified, if the rule tells the two apart: an object was added if it was created just now, and modified
 *   if it was written after its creation.
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
  const writtenMs = Math.max(createdMs, toMs(live.writtenAt));
  const isPrompt = (atMs: number): boolean => Date.parse(now) - atMs <= PROMPT_MS;
  if (tellsKindsApart(rule)) {
    const isShown = kind === "added" ? isPrompt(createdMs) : writtenMs > createdMs;
    if (!isShown) return `nothing shows that the object was ${kind}`;
  }
  if (!isForeign || rule.initial === "include" || isPrompt(writtenMs)) return undefined;
  return "the object was not written lately, so its state may be older than the rule";
}

function tellsKindsApart({ on, where, once, at }: Rule): boolean {
  if (on.changes.includes("added") !== on.changes.includes("modified")) return true;
  const expressions = [where, at, once.type === "key" ? once.expression : undefined];
  return expressions.some((source) => source !== undefined && READS_CHANGE.test(source));
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
