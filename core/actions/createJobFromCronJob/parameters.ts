import * as v from "valibot";
import { parseQuantity } from "../../text/quantity.ts";
import { durationSchema } from "../contract/duration-schema.ts";
import { labelKey } from "../contract/label-key.ts";
import { ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";
import type { TextValues } from "../contract/text-values.ts";
import { referenceSelectorSchema, type ReferenceSelector } from "../contract/select-reference.ts";

/**
 * The fields of the created Job beyond its template. Values are texts (quantities in `requests` and `limits`) or CEL that gives them.
 * - `labels`: on the Job.
 * - `env`, `args`, `requests`, `limits`: of the container `container`, which may be left out if there is only one. `args` replaces them all.
 */
export type JobParameters = {
  readonly labels: TextValues;
  readonly container?: string | undefined;
  readonly env: TextValues;
  readonly args?: readonly RuleValue<string>[] | undefined;
  readonly requests: TextValues;
  readonly limits: TextValues;
};

/**
 * Parameters of createJobFromCronJob.
 * - `cronJob`: `owner` (default) is the CronJob that owns the trigger; `trigger` is the trigger itself; `{relation, kind?, index?}` is another reference of the
 *   trigger, such as the object of an Event; `{name, namespace?}` names one. Outside the trigger's namespace it needs `reach`.
 * - `concurrencyPolicy`: `honour` (default) refuses while a run is active and the CronJob has Forbid or Replace; `ignore` runs in parallel.
 * - `suspend`: `honour` (default) refuses while the CronJob is suspended.
 * - `owner`: `controller` (default) makes the CronJob the controller of the Job, so that its history limits apply (and the CronJob
 *   controller reports UnexpectedJob); `plain` only deletes the Job with the CronJob; `none` writes no owner reference.
 */
export type CreateJobFromCronJobParameters = JobParameters & {
  readonly cronJob:
    | "owner"
    | "trigger"
    | ReferenceSelector
    | { readonly namespace?: string | undefined; readonly name: string };
  readonly concurrencyPolicy: "honour" | "ignore";
  readonly within?: string | undefined;
  readonly suspend: "honour" | "ignore";
  readonly owner: "controller" | "plain" | "none";
};

const name = v.pipe(v.string(), v.nonEmpty("expected a name"));

const text = ruleValueSchema(v.string(), "a text");
const quantity = v.pipe(
  v.string("expected a quantity such as 512Mi or 500m"),
  v.check(
    (written) => parseQuantity(written) !== undefined,
    "expected a quantity such as 512Mi or 500m",
  ),
);
const quantities = v.optional(v.record(name, ruleValueSchema(quantity, "a quantity")), {});

export const createJobFromCronJobSchema: v.GenericSchema<unknown, CreateJobFromCronJobParameters> =
  v.strictObject({
    cronJob: v.optional(
      v.union(
        [
          v.literal("owner"),
          v.literal("trigger"),
          referenceSelectorSchema,
          v.strictObject({ namespace: v.optional(name), name }),
        ],
        "expected owner, trigger, {relation, kind?, index?} or {name, namespace?}",
      ),
      "owner",
    ),
    concurrencyPolicy: v.optional(v.picklist(["honour", "ignore"]), "honour"),
    within: v.optional(durationSchema),
    suspend: v.optional(v.picklist(["honour", "ignore"]), "honour"),
    owner: v.optional(v.picklist(["controller", "plain", "none"]), "controller"),
    labels: v.optional(v.record(labelKey, text), {}),
    container: v.optional(name),
    env: v.optional(
      v.record(v.pipe(v.string(), v.regex(/^[^=\s]+$/, "expected a name")), text),
      {},
    ),
    args: v.optional(v.array(text, "expected a list of texts")),
    requests: quantities,
    limits: quantities,
  });
