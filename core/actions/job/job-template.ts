import * as v from "valibot";
import { namespaceName } from "../../../events/address.ts";
import { isObject } from "../../json/read-json.ts";
import { labelKey } from "../contract/label-key.ts";

type Fields = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string>>;

/** A Job as a rule has it. The API server checks what is below its Pod template, and refuses what it does not know. */
export type JobTemplate = {
  /** As in a manifest; they say nothing new. */
  readonly apiVersion?: "batch/v1" | undefined;
  readonly kind?: "Job" | undefined;
  readonly metadata?:
    | {
        readonly name?: string | undefined;
        readonly namespace?: string | undefined;
        readonly labels?: Texts | undefined;
        readonly annotations?: Texts | undefined;
      }
    | undefined;
  readonly spec: Fields;
};

/** The name of a Job is a label of its Pods. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const count = v.optional(v.pipe(v.number("expected a whole number"), v.integer(), v.minValue(0)));
const fields = v.optional(v.record(v.string(), v.unknown(), "expected fields"));
const texts = v.optional(v.record(labelKey, v.string("expected text: write it in quotes")));

const podTemplate = v.strictObject({
  metadata: v.optional(v.strictObject({ labels: texts, annotations: texts })),
  spec: v.objectWithRest(
    {
      restartPolicy: v.picklist(
        ["Never", "OnFailure"],
        "expected Never or OnFailure: a Job's Pods cannot have another restartPolicy",
      ),
      containers: v.pipe(
        v.array(
          v.objectWithRest(
            { name: v.pipe(v.string(), v.nonEmpty("expected a name")) },
            v.unknown(),
          ),
          "expected a list of containers",
        ),
        v.minLength(1, "expected a container"),
      ),
    },
    v.unknown(),
  ),
});

/**
 * The schema of `job`. Its fields are those of `batch/v1`, without `selector` and `manualSelector`, because the API server generates the
 * selector of each Job. It has no expressions: what comes from the trigger are values in `env`, `args` and `labels` beside it.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/
 */
export const jobTemplateSchema: v.GenericSchema<unknown, JobTemplate> = v.pipe(
  v.strictObject({
    apiVersion: v.optional(v.literal("batch/v1", "expected batch/v1")),
    kind: v.optional(v.literal("Job", "expected Job")),
    metadata: v.optional(
      v.strictObject({
        name: v.optional(
          v.pipe(
            v.string(),
            v.regex(NAME, "expected a name of lower-case letters, digits and -"),
            v.maxLength(63, "expected at most 63 characters, because it is a label of the Pods"),
          ),
        ),
        namespace: v.optional(namespaceName),
        labels: texts,
        annotations: texts,
      }),
    ),
    spec: v.strictObject({
      template: podTemplate,
      activeDeadlineSeconds: count,
      backoffLimit: count,
      backoffLimitPerIndex: count,
      completionMode: v.optional(v.picklist(["NonIndexed", "Indexed"])),
      completions: count,
      managedBy: v.optional(v.string()),
      maxFailedIndexes: count,
      parallelism: count,
      podFailurePolicy: fields,
      podReplacementPolicy: v.optional(v.picklist(["TerminatingOrFailed", "Failed"])),
      successPolicy: fields,
      suspend: v.optional(v.boolean("expected true or false")),
      ttlSecondsAfterFinished: count,
    }),
  }),
  v.check(
    (job) => !hasExpression(job),
    "expressions have no effect inside job: write them into env, args or labels beside it",
  ),
);

/** Whether something is written as `{cel: ...}`. */
function hasExpression(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasExpression);
  if (!isObject(value)) return false;
  const { cel, ...others } = value;
  if (typeof cel === "string" && Object.keys(others).length === 0) return true;
  return Object.values(value).some(hasExpression);
}
