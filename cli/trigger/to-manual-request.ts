import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { toRecordName } from "../../events/ids.ts";
import type { FoundReference } from "../../events/reference.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { toChangeMessage } from "../../core/changes/to-change-message.ts";
import { readField } from "../../core/json/read-json.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { toRequestEntry } from "../../functions/normalize/to-request.ts";

/** Who asks for what, by hand. */
export type ManualRun = {
  readonly pipeline: Pipeline;
  readonly rule: Rule;
  readonly clusterUid: string;
  readonly resource: ResourceType;
  /** As it is now. */
  readonly object: KubernetesObject;
  readonly references: readonly FoundReference[];
  /** As the cluster knows them. */
  readonly user: string;
  /** RFC 3339 ms. */
  readonly now: string;
};

/** A record keeps so much of its episode's key; names of users are as long as somebody likes. */
const USER_MAX_LENGTH = 256;

/**
 * The request that normalize would send for the object as it is now, but for the episode: `manual/<time>/<user>`, so that its
 * record is a new one whatever was done before, and tells who asked.
 */
export function toManualRequest(run: ManualRun): {
  readonly recordName: string;
  readonly entry: SqsEntry;
} {
  const { pipeline, rule, clusterUid, resource, object, references, user, now } = run;
  const cluster = { name: pipeline.cluster.name, uid: clusterUid };
  const onceKey = `manual/${now}/${user.slice(0, USER_MAX_LENGTH)}`;
  const recordName = toRecordName({
    clusterUid,
    ruleId: rule.id,
    objectUid: object.metadata.uid,
    onceKey,
    mode: rule.mode,
  });
  const { message } = toChangeMessage(
    {
      cluster,
      watch: "manual",
      pipeline: pipeline.digest,
      rules: { [rule.id]: rule.digest },
      resource,
    },
    {
      change: "modified",
      object,
      resourceVersion: String(readField(object, "metadata", "resourceVersion")),
      epoch: Date.parse(now),
      time: now,
    },
  );
  const context = { message, references, pipelineDigest: pipeline.digest, now };
  return { recordName, entry: toRequestEntry({ rule, recordName, onceKey }, context) };
}
