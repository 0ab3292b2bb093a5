import type { KubernetesObject } from "../../../events/change.ts";
import { toRecordName } from "../../../events/ids.ts";
import type { RequestData } from "../../../events/request.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";

type Json = Readonly<Record<string, unknown>>;

export const CLUSTER_UID = "cluster-uid";
export const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

export function parseRule(rule: Json): { readonly pipeline: Pipeline; readonly rule: Rule } {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "rerun", on: { resource: "jobs.batch" }, ...rule }],
  });
  const [first] = parsed.ok ? parsed.value.rules : [];
  if (!parsed.ok || first === undefined) throw new Error(JSON.stringify(parsed));
  return { pipeline: parsed.value, rule: first };
}

/** The request that normalize would send about the trigger, with these parts changed, and the matching record name. */
export function toRequestData(
  rule: Rule,
  { kind, metadata }: KubernetesObject,
  now: string,
  part: Partial<RequestData>,
): RequestData {
  const data = {
    cluster: { name: "test", uid: CLUSTER_UID },
    rule: { id: rule.id, digest: rule.digest },
    pipeline: "p",
    onceKey: "object",
    mode: rule.mode,
    change: { id: "c".repeat(64), kind: "modified", time: now },
    trigger: {
      group: "batch",
      version: "v1",
      resource: "jobs",
      kind,
      namespaced: true,
      namespace: metadata.namespace ?? null,
      name: metadata.name,
      uid: metadata.uid,
      resourceVersion: String(metadata["resourceVersion"]),
    },
    references: [],
    ...part,
  } as const;
  const record = toRecordName({
    clusterUid: data.cluster.uid,
    ruleId: data.rule.id,
    objectUid: data.trigger.uid,
    onceKey: data.onceKey,
    mode: data.mode,
  });
  return { ...data, record };
}

export function toMessage(data: RequestData): Json {
  return {
    specversion: "1.0",
    id: data.record,
    source: `/clusters/${CLUSTER_UID}/rules/${data.rule.id}`,
    type: "dev.kubemend.remediation.requested",
    subject: "/apis/batch/v1/namespaces/data/jobs/backup-1",
    time: data.change.time,
    dataschema: "urn:kubemend:request:1",
    traceparent: TRACEPARENT,
    data,
  };
}
