import { readOwn } from "../../json/read-json.ts";

/** The rules of a chain, and when each of them acted last (RFC 3339 ms). */
export type LoopRules = Readonly<Record<string, string>>;

/** More rules than this on one object within an hour are not distinguished. */
const RULES_MAX = 30;
/** Of a time in milliseconds, and of the name of a rule, which is a DNS label. */
const ENTRY = /^([a-z0-9][-a-z0-9]{0,62})@(\d{4}-\d\d-\d\dT[\d:.]{8,12}Z)$/;

/** `scale-up@2026-03-01T10:00:00.000Z scale-down@...`; undefined if there are too many rules for an annotation. */
export function formatRules(rules: LoopRules): string | undefined {
  const entries = Object.entries(rules);
  if (entries.length > RULES_MAX) return undefined;
  return entries.map(([rule, at]) => `${rule}@${at}`).join(" ");
}

/** The opposite; undefined if the text is not one that `formatRules` makes. */
export function parseRules(text: string): LoopRules | undefined {
  const rules: Record<string, string> = {};
  const entries = text === "" ? [] : text.split(" ", RULES_MAX + 1);
  if (entries.length > RULES_MAX) return undefined;
  for (const entry of entries) {
    const parsed = parseEntry(entry);
    if (parsed === undefined) return undefined;
    const [rule, at] = parsed;
    rules[rule] = at;
  }
  return rules;
}

/** A rule and a time, of `rule@time`. */
export function parseEntry(entry: string): readonly [rule: string, at: string] | undefined {
  const [, rule, at] = ENTRY.exec(entry) ?? [];
  return rule === undefined || at === undefined ? undefined : [rule, at];
}

/** All rules of both, each with its later time. */
export function mergeRules(left: LoopRules, right: LoopRules): LoopRules {
  const merged: Record<string, string> = { ...left };
  for (const [rule, at] of Object.entries(right)) {
    const known = readOwn(merged, rule);
    if (typeof known !== "string" || known < at) merged[rule] = at;
  }
  return merged;
}
