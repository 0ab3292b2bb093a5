import { readField, readTextMap } from "../json/read-json.ts";
import { isRemediation } from "../actions/registry.ts";
import { matchesLabels, parseLabelSelector } from "../pipeline/label-selector.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/**
 * A label or an annotation of an object, or of its namespace: with the value `false` no rule acts upon the object. So the owner of an
 * object decides about it, without a change of the pipeline.
 */
export const REMEDIATE_KEY = "kubemend.dev/remediate";

/** Why an object is left alone, whatever its state is. */
export type LeftAlone = { readonly code: "OptedOut" | "NotOptedIn"; readonly message: string };

/** An object as far as its metadata is known; null if there is none. */
type Marked = object | null;

/**
 * Why a rule leaves an object alone, or undefined if it does not. `namespace` is that of the object, null if it has none, and
 * undefined if nothing is known of it: then only the object itself can have opted out.
 */
export function findLeftAlone(
  optIn: string | undefined,
  object: Marked,
  namespace: Marked | undefined,
): LeftAlone | undefined {
  const where = hasOptedOut(object)
    ? "the object"
    : hasOptedOut(namespace ?? null)
      ? "the namespace of the object"
      : undefined;
  if (where !== undefined) {
    return { code: "OptedOut", message: `${where} has ${REMEDIATE_KEY}: "false"` };
  }
  if (optIn === undefined || namespace === undefined) return undefined;
  if ([object, namespace].some((one) => isSelected(optIn, one))) return undefined;
  const message = `neither the object nor its namespace has the labels ${optIn} (guards.optIn)`;
  return { code: "NotOptedIn", message };
}

/** Rules that only alert do nothing to an object. */
export function findRuleLeftAlone(
  { then, guards }: Pick<Rule, "then" | "guards">,
  object: Marked,
  namespace: Marked | undefined,
): LeftAlone | undefined {
  return isRemediation(then) ? findLeftAlone(guards.optIn, object, namespace) : undefined;
}

/** In any case of letters, because the intention is clear. */
export function hasOptedOut(object: Marked): boolean {
  return ["labels", "annotations"].some((field) => {
    const marks = readTextMap(readField(object, "metadata", field));
    return Object.hasOwn(marks, REMEDIATE_KEY) && marks[REMEDIATE_KEY]?.toLowerCase() === "false";
  });
}

function isSelected(selector: string, object: Marked): boolean {
  const parsed = parseLabelSelector(selector);
  const labels = readTextMap(readField(object, "metadata", "labels"));
  return object !== null && parsed.ok && matchesLabels(parsed.value, labels);
}
