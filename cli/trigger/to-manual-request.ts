import type { ChangeMessage, KubernetesObject, ResourceType } from "../../events/change.ts";
import { toRecordName } from "../../events/ids.ts";
import type { FoundReference } from "../../events/reference.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { toChangeMessage } from "../../core/changes/to-change-message.ts";
import { readField } from "../../core/json/read-json.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import {
  toRequestEntry,
  type Match,
  type RequestContext,
} from "../../functions/normalize/to-request.ts";

/** A manual run of a rule: who requests what. */
export type ManualRun = {
  readonly pipeline: Pipeline;
  readonly rule: Rule;
  readonly clusterUid: string;
  readonly resource: ResourceType;
  /** Its live state. */
  readonly object: KubernetesObject;
  readonly references: readonly FoundReference[];
  /** User name, as the cluster knows it. */
  readonly user: string;
  /** RFC 3339 ms. */
  readonly now: string;
};

/** The key of an episode has a maximum length in a record; user names have none. */
const USER_MAX_LENGTH = 256;

/**
 * The request that normalize would send for the object's live state, except for the episode: `manual/<time>/<user>`, so that the
 * record is always a new one and shows who requested it.
 */
export function toManualRequest(run: ManualRun): {
  readonly recordName: string;
  readonly entry: SqsEntry;
} {
  const match = toManualMatch(run);
  return { recordName: match.recordName, entry: toRequestEntry(match, toManualContext(run)) };
}

/** The rule with the episode of this run. */
export function toManualMatch({ rule, clusterUid, object, user, now }: ManualRun): Match {
  const onceKey = `manual/${now}/${user.slice(0, USER_MAX_LENGTH)}`;
  const recordName = toRecordName({
    clusterUid,
    ruleId: rule.id,
    objectUid: object.metadata.uid,
    onceKey,
    mode: rule.mode,
  });
  return { rule, recordName, onceKey };
}

/** The change that a manual run stands for: the object, as it is now. */
export function toManualContext(
  run: ManualRun,
): RequestContext & { readonly message: ChangeMessage } {
  const { pipeline, rule, clusterUid, resource, object, references, now } = run;
  const { message } = toChangeMessage(
    {
      cluster: { name: pipeline.cluster.name, uid: clusterUid },
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
  return { message, references, pipelineDigest: pipeline.digest, now, isSigned: true };
}
