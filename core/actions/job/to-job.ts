import { toCauseAnnotations } from "../../operations/loops/cause-annotations.ts";
import { applyChanges } from "../../operations/json-patch.ts";
import type { JobManifest } from "../../operations/job-manifest.ts";
import { isObject, readField } from "../../json/read-json.ts";
import { ok, type Result } from "../../result.ts";
import type { ActionState } from "../contract/action.ts";
import { toRefusal } from "../contract/change-target.ts";
import { toCause } from "../contract/loop.ts";
import type { Refusal } from "../contract/target.ts";
import { toJobChanges } from "./job-changes.ts";
import type { JobParameters } from "./job-parameters.ts";
import type { JobTemplate } from "./job-template.ts";

export type JobRuleParameters = JobParameters & {
  readonly job: JobTemplate;
  /** The other cluster of the pipeline in which the Job is; absent: the trigger's own. */
  readonly cluster?: string | undefined;
};

/** The Job of the rule, with the values of its parameters. Refused as `toJobChanges` does. */
export function toJob(state: ActionState<JobRuleParameters>): Result<JobManifest, Refusal> {
  const { job, cluster: _cluster, ...parameters } = state.parameters;
  const wanted = toJobChanges({ spec: job.spec }, "the Job", parameters, state.evaluate);
  if (!wanted.ok) return wanted;
  const { labels, changes = [] } = wanted.value;
  const changed = applyChanges({ spec: job.spec }, changes);
  const spec = changed.ok ? readField(changed.value, "spec") : undefined;
  if (!isObject(spec)) return toRefusal("NoContainer", changed.ok ? "" : changed.error);
  return ok({
    labels: { ...job.metadata?.labels, ...labels },
    annotations: { ...job.metadata?.annotations },
    spec,
  });
}

/** The annotations that end a chain of remediations, for what this record creates. */
export function toJobCause(state: ActionState<unknown>): Readonly<Record<string, string>> {
  return toCauseAnnotations(toCause(state));
}

/** The same Job with these annotations on itself and on its Pods. */
export function withAnnotations(
  { annotations, spec, ...manifest }: JobManifest,
  added: Readonly<Record<string, string>>,
): JobManifest {
  const changes = Object.entries(added).map(([name, to]) => ({
    path: ["spec", "template", "metadata", "annotations", name],
    to,
  }));
  const annotated = applyChanges({ spec }, changes);
  const marked = annotated.ok ? readField(annotated.value, "spec") : undefined;
  return {
    ...manifest,
    annotations: { ...annotations, ...added },
    spec: isObject(marked) ? marked : spec,
  };
}
