import { holdsOthers } from "../actions/mirror/copy-fate.ts";
import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import type { Rule } from "./pipeline.ts";

/** A rule whose objects are mirrored. */
export type MirrorRule = { readonly rule: Rule; readonly mirror: MirrorParameters };

/** Whether a rule mirrors its objects. */
export function hasMirror({ then }: Pick<Rule, "then">): boolean {
  return then.some(({ action }) => action === "mirror");
}

/**
 * The parameters of a rule's `mirror`, with the defaults that depend on its resource; undefined if it has none. Its objects are mirrored
 * then, and a match of it does nothing else.
 */
export function findMirror({
  then,
  on: { resource },
}: Pick<Rule, "then"> & {
  readonly on: Pick<Rule["on"], "resource">;
}): MirrorParameters | undefined {
  const own = then.find(({ action }) => action === "mirror");
  if (own === undefined) return undefined;
  // Parsing has validated them.
  const written = own.parameters as MirrorParameters;
  if (!holdsOthers(resource)) return { ...written, delete: written.delete ?? "propagate" };
  return { ...written, delete: written.delete ?? "keep", left: written.left ?? "keep" };
}

/** The rules that mirror, in the order of the file. */
export function findMirrorRules(rules: readonly Rule[]): readonly MirrorRule[] {
  return rules.flatMap((rule) => {
    const mirror = findMirror(rule);
    return mirror === undefined ? [] : [{ rule, mirror }];
  });
}
