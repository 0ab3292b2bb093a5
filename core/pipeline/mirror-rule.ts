import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import type { Rule } from "./pipeline.ts";

/** A rule whose objects are mirrored. */
export type MirrorRule = { readonly rule: Rule; readonly mirror: MirrorParameters };

/** The parameters of a rule's `mirror`; undefined if it has none. Its objects are mirrored then, and a match of it does nothing else. */
export function findMirror({ then }: Pick<Rule, "then">): MirrorParameters | undefined {
  const own = then.find(({ action }) => action === "mirror");
  // Parsing has validated them.
  return own?.parameters as MirrorParameters | undefined;
}

/** The rules that mirror, in the order of the file. */
export function findMirrorRules(rules: readonly Rule[]): readonly MirrorRule[] {
  return rules.flatMap((rule) => {
    const mirror = findMirror(rule);
    return mirror === undefined ? [] : [{ rule, mirror }];
  });
}
