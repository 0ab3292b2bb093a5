import * as v from "valibot";
import { parseQuantity } from "../../text/quantity.ts";
import { labelKey } from "../contract/label-key.ts";
import { ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";
import type { TextValues } from "../contract/text-values.ts";

/**
 * The fields of a created Job beyond its template. Values are texts (quantities in `requests` and `limits`) or CEL that gives them.
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

/** The entries of these parameters in the schema of an action. */
export const jobParameterEntries: {
  readonly [Key in keyof JobParameters]-?: v.GenericSchema<unknown, JobParameters[Key]>;
} = {
  labels: v.optional(v.record(labelKey, text), {}),
  container: v.optional(name),
  env: v.optional(v.record(v.pipe(v.string(), v.regex(/^[^=\s]+$/, "expected a name")), text), {}),
  args: v.optional(v.array(text, "expected a list of texts")),
  requests: quantities,
  limits: quantities,
};
