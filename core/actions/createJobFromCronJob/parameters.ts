import * as v from "valibot";
import { referenceSelectorSchema, type ReferenceSelector } from "../contract/select-reference.ts";

/**
 * Parameters of createJobFromCronJob.
 * - `cronJob`: `owner` (default) is the CronJob that owns the trigger; `{relation, kind?, index?}` another reference of it, such as
 *   what an Event is about; `{name, namespace?}` one by name. Outside of the trigger's namespace only by the rule's `reach`.
 * - `concurrencyPolicy`: `honour` (default) refuses while a run is active and the CronJob says Forbid or Replace; `ignore` runs beside it.
 * - `suspend`: `honour` (default) refuses while the CronJob is suspended.
 * - `owner`: `controller` (default) makes the CronJob the Job's controller, so that its history limits apply (and the CronJob
 *   controller reports UnexpectedJob); `plain` ties only its life to the CronJob's; `none` writes no owner reference.
 */
export type CreateJobFromCronJobParameters = {
  readonly cronJob:
    | "owner"
    | ReferenceSelector
    | { readonly namespace?: string | undefined; readonly name: string };
  readonly concurrencyPolicy: "honour" | "ignore";
  readonly suspend: "honour" | "ignore";
  readonly owner: "controller" | "plain" | "none";
};

const name = v.pipe(v.string(), v.nonEmpty("expected a name"));

export const createJobFromCronJobSchema: v.GenericSchema<unknown, CreateJobFromCronJobParameters> =
  v.strictObject({
    cronJob: v.optional(
      v.union(
        [
          v.literal("owner"),
          referenceSelectorSchema,
          v.strictObject({ namespace: v.optional(name), name }),
        ],
        "expected owner, {relation, kind?, index?} or {name, namespace?}",
      ),
      "owner",
    ),
    concurrencyPolicy: v.optional(v.picklist(["honour", "ignore"]), "honour"),
    suspend: v.optional(v.picklist(["honour", "ignore"]), "honour"),
    owner: v.optional(v.picklist(["controller", "plain", "none"]), "controller"),
  });
