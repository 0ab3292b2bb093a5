import type { MirrorRule } from "../../core/pipeline/mirror-rule.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { misuse } from "../terminal/misuse.ts";

/** The check of what the file alone shows, before any cluster is asked. Throws a misuse if no rule mirrors, or one of these does not. */
export function checkRules(
  mirrors: readonly MirrorRule[],
  { all, ids }: { readonly all: readonly Pick<Rule, "id">[]; readonly ids: readonly string[] },
): void {
  if (mirrors.length === 0) throw misuse("no rule of the pipeline mirrors");
  for (const id of ids) {
    if (mirrors.some(({ rule }) => rule.id === id)) continue;
    const isThere = all.some((rule) => rule.id === id);
    throw misuse(isThere ? `the rule ${id} does not mirror` : describeUnknown(id, mirrors));
  }
}

/** The rules that mirror to a target: all of them, or those with these ids. Throws a misuse if there are none, or one of them does not. */
export function chooseRules(
  mirrors: readonly MirrorRule[],
  {
    all,
    ids,
    from,
    target,
  }: {
    readonly all: readonly Pick<Rule, "id">[];
    readonly ids: readonly string[];
    /** The cluster of the objects, in the pipeline. */
    readonly from: string;
    readonly target: string;
  },
): readonly MirrorRule[] {
  const towards = mirrors.filter(({ mirror }) => mirror.to.includes(target));
  const chosen = towards.filter(({ rule }) => ids.length === 0 || ids.includes(rule.id));
  for (const id of ids) {
    if (!chosen.some(({ rule }) => rule.id === id))
      throw misuse(describe(id, mirrors, { all, from, target }));
  }
  if (chosen.length > 0) return chosen;
  const targets = [...new Set(mirrors.flatMap(({ mirror }) => mirror.to))].join(", ");
  const hint = targets === "" ? "" : `; rules mirror them to: ${targets}`;
  throw misuse(`no rule of the pipeline mirrors objects of ${from} to ${target}${hint}`);
}

function describe(
  id: string,
  mirrors: readonly MirrorRule[],
  {
    all,
    from,
    target,
  }: {
    readonly all: readonly Pick<Rule, "id">[];
    readonly from: string;
    readonly target: string;
  },
): string {
  const found = mirrors.find(({ rule }) => rule.id === id);
  if (found !== undefined) {
    return `the rule ${id} does not mirror to ${target}, but to: ${found.mirror.to.join(", ")}`;
  }
  if (all.some((rule) => rule.id === id)) return `the rule ${id} mirrors no objects of ${from}`;
  return describeUnknown(id, mirrors);
}

function describeUnknown(id: string, mirrors: readonly MirrorRule[]): string {
  const names = mirrors.map(({ rule }) => rule.id);
  const near = suggestName(id, names);
  const hint =
    near === undefined
      ? `those that mirror: ${names.join(", ") || "none"}`
      : `did you mean ${near}?`;
  return `the pipeline has no rule ${id}; ${hint}`;
}
