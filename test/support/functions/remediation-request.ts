import { toRecordName } from "../../../events/ids.ts";
import {
  REQUEST_SCHEMA_URN,
  type ChangeSummary,
  type RemediationMode,
  type RemediationRequest,
} from "../../../events/request.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import { toOnceKey } from "../../../core/decide/once-key.ts";
import { JOBS, toPipeline, type JobObject, type RemediationWorld } from "./remediation-world.ts";

/** The episode that the Job is in; any, if it is in none. */
function toKey(
  rule: Rule,
  job: JobObject,
  cluster: { readonly name: string; readonly uid: string },
  change: ChangeSummary,
): string {
  const now = change.time;
  const key = toOnceKey(rule, { object: job, change, references: [], cluster, now }, change.id);
  return key.ok ? key.value : "object";
}

/** The request that normalize would send for a Job. */
export function toRequest(
  world: Pick<RemediationWorld, "clusterUid">,
  job: JobObject,
  options: {
    readonly pipeline?: Pipeline;
    readonly mode?: RemediationMode;
    readonly onceKey?: string;
    readonly change?: "modified" | "deleted";
  } = {},
): RemediationRequest {
  const { pipeline = toPipeline(), mode = "enforce" } = options;
  const rule = pipeline.rules[0];
  if (rule === undefined) throw new Error("the pipeline has no rule");
  const cluster = { name: "test", uid: world.clusterUid };
  const change = {
    id: "c".repeat(64),
    kind: options.change ?? "modified",
    time: new Date().toISOString(),
  };
  const onceKey = options.onceKey ?? toKey(rule, job, cluster, change);
  const { name, uid, resourceVersion } = job.metadata;
  const record = toRecordName({
    clusterUid: cluster.uid,
    ruleId: rule.id,
    objectUid: uid,
    onceKey,
    mode,
  });
  const object = { ...job, apiVersion: "batch/v1", kind: "Job" };
  return {
    specversion: "1.0",
    id: record,
    source: `/clusters/${cluster.uid}/rules/${rule.id}`,
    type: "dev.kubemend.remediation.requested",
    subject: `${JOBS}/${name}`,
    time: new Date().toISOString(),
    dataschema: REQUEST_SCHEMA_URN,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data: {
      cluster,
      record,
      rule: { id: rule.id, digest: rule.digest },
      pipeline: pipeline.digest,
      onceKey,
      mode,
      change,
      trigger: {
        group: "batch",
        version: "v1",
        resource: "jobs",
        kind: "Job",
        namespaced: true,
        namespace: "default",
        name,
        uid,
        resourceVersion,
      },
      references: findReferences(
        { ...object, metadata: { ...object.metadata, namespace: "default" } },
        builtinCatalog(),
      ),
    },
  };
}
