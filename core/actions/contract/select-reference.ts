import * as v from "valibot";
import { REFERENCE_RELATIONS, type FoundReference } from "../../../events/reference.ts";
import { ok, refuse, type Result } from "../../result.ts";

/**
 * A reference of the trigger, as a parameter of an action: by its relation to the trigger, the kind it refers to, and its
 * position among these, from 0. `owner` includes controllers.
 * @example { relation: "involved", kind: "CronJob" }
 */
export type ReferenceSelector = {
  readonly relation: FoundReference["relation"];
  readonly kind?: string | undefined;
  readonly index?: number | undefined;
};

/** The fields of a selector, for schemas that have more. */
export const referenceEntries: Readonly<
  Record<keyof ReferenceSelector, v.GenericSchema<unknown, unknown>>
> = {
  relation: v.picklist(REFERENCE_RELATIONS, `expected one of ${REFERENCE_RELATIONS.join(", ")}`),
  kind: v.optional(v.pipe(v.string(), v.nonEmpty("expected a kind"))),
  index: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
};

export const referenceSelectorSchema: v.GenericSchema<unknown, ReferenceSelector> = v.strictObject(
  referenceEntries,
) as v.GenericSchema<unknown, ReferenceSelector>;

export type SelectionFault = {
  readonly reason: "Missing" | "Unresolved" | "Ambiguous";
  readonly message: string;
};

type Resolved = FoundReference & { readonly result: { readonly outcome: "resolved" } };

/**
 * The one reference that a selector means. Refused if there is none, if it could not be resolved, and if several different
 * objects match: no object is ever chosen because it comes first. `trigger` names the object with the references in messages.
 */
export function selectReference(
  references: readonly FoundReference[],
  selector: ReferenceSelector,
  trigger: string,
): Result<Resolved, SelectionFault> {
  const { relation, kind, index } = selector;
  const related = references.filter(({ relation: is }) => isRelation(is, relation));
  const meant = related.filter(({ result }) =>
    kind === undefined ? true : result.outcome === "resolved" && result.kind === kind,
  );
  const found = index === undefined ? dropRepeated(meant) : meant.slice(index, index + 1);
  const [first, ...others] = found;
  if (first === undefined) return refuse(toMissing(related, selector, trigger));
  if (others.length > 0) {
    const fields = found.slice(0, 5).map(({ field }) => field);
    return refuse({
      reason: "Ambiguous",
      message: `${trigger} has ${found.length} references that ${print(selector)} could mean (${fields.join(", ")}): add kind or index`,
    });
  }
  return first.result.outcome === "resolved"
    ? ok(first as Resolved)
    : refuse(toUnresolved(first, trigger));
}

function isRelation(is: string, wanted: string): boolean {
  return is === wanted || (wanted === "owner" && is === "controller");
}

/** The same object, referred to in two places, counts once. */
function dropRepeated(references: readonly FoundReference[]): readonly FoundReference[] {
  const unique = new Map<string, FoundReference>();
  for (const found of references) {
    const { result } = found;
    const key =
      result.outcome === "resolved"
        ? [result.apiVersion, result.kind, result.namespace, result.name, result.uid].join("\n")
        : found.field;
    if (!unique.has(key)) unique.set(key, found);
  }
  return [...unique.values()];
}

/** If no reference has the wanted kind, a reference that could not be resolved may be the one that was meant. */
function toMissing(
  related: readonly FoundReference[],
  selector: ReferenceSelector,
  trigger: string,
): SelectionFault {
  const unresolved = related.find(({ result }) => result.outcome === "unresolved");
  if (unresolved !== undefined && selector.index === undefined) {
    return toUnresolved(unresolved, trigger);
  }
  return { reason: "Missing", message: `${trigger} has no reference ${print(selector)}` };
}

function toUnresolved({ field, result }: FoundReference, trigger: string): SelectionFault {
  const { reason, candidates } =
    result.outcome === "unresolved" ? result : { reason: "", candidates: [] };
  const listed = candidates.length === 0 ? "none" : candidates.join(", ");
  const message = `${field} of ${trigger} cannot be resolved: ${reason} (candidates: ${listed})`;
  return { reason: "Unresolved", message };
}

function print({ relation, kind, index }: ReferenceSelector): string {
  const of = kind === undefined ? "" : ` of kind ${kind}`;
  return `${relation}${of}${index === undefined ? "" : ` at ${index}`}`;
}
