import * as v from "valibot";
import type { TargetKinds } from "../contract/action.ts";
import { clusterName } from "../contract/cluster.ts";
import { ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";
import { anyResource } from "../contract/target.ts";

/** The objects of one resource that match. A text may be CEL on the trigger; `where` sees each candidate. */
export type TargetSelection = {
  readonly resource: string;
  readonly labelSelector?: RuleValue<string> | undefined;
  readonly fieldSelector?: RuleValue<string> | undefined;
  /** Left out: the trigger's. `*`: all namespaces. */
  readonly namespace?: RuleValue<string> | undefined;
  readonly where?: string | undefined;
};

/** Many targets instead of one: those that are selected, or the workloads whose Pod templates use the trigger. */
export type TargetsParameter = (
  | {
      readonly select: TargetSelection;
      /** A namespace with more targets is left alone, and the others are not. */
      readonly atMostPerNamespace?: number | undefined;
    }
  | { readonly referrers: readonly string[] }
) & {
  readonly atMost: number;
  /** The other cluster of the pipeline in which they are; absent: the trigger's own. */
  readonly cluster?: string | undefined;
};

/** More targets than this are not for one remediation. */
const TARGETS_MAX = 5000;

const text = ruleValueSchema(v.pipe(v.string(), v.nonEmpty("expected a text")), "a text");

/** The schema of `targets`, for an action that can change these resources. */
export function targetsSchema({
  kinds,
  others,
}: TargetKinds): v.GenericSchema<unknown, TargetsParameter> {
  const names = Object.keys(kinds);
  const resource = others ? anyResource : v.picklist(names, `expected one of ${names.join(", ")}`);
  const atMost = v.pipe(
    v.number("expected a number"),
    v.integer("expected an integer"),
    v.minValue(1, "expected 1 or more"),
    v.maxValue(TARGETS_MAX, `expected at most ${TARGETS_MAX}`),
  );
  return v.union(
    [
      v.strictObject({
        select: v.strictObject({
          resource,
          labelSelector: v.optional(text),
          fieldSelector: v.optional(text),
          namespace: v.optional(text),
          where: v.optional(v.pipe(v.string("expected CEL"), v.nonEmpty("expected CEL"))),
        }),
        atMost,
        atMostPerNamespace: v.optional(atMost),
        cluster: clusterName,
      }),
      v.strictObject({
        referrers: v.pipe(v.array(resource), v.minLength(1, "expected a resource")),
        atMost,
        cluster: clusterName,
      }),
    ],
    "expected {select: {resource, labelSelector?, fieldSelector?, namespace?, where?}, atMost, atMostPerNamespace?, cluster?} or {referrers: [<resource>], atMost, cluster?}",
  );
}

/** The resources that the targets may be of. */
export function toTargetResourceNames(targets: TargetsParameter): readonly string[] {
  return "select" in targets ? [targets.select.resource] : targets.referrers;
}
