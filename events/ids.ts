import { hash } from "node:crypto";

/**
 * Lower-case hex of SHA-256 over the parts joined by "\n".
 * Every id in a message is made by this one function, so that a change has the same id everywhere.
 */
export function sha256(...parts: readonly string[]): string {
  return hash("sha256", parts.join("\n"), "hex");
}

export interface ChangeIdentity {
  readonly clusterUid: string;
  readonly objectUid: string;
  readonly change: ChangeKind;
  readonly resourceVersion: string;
  /** Set only if nothing but the labels of the namespace changed. */
  readonly namespace?: { readonly uid: string; readonly resourceVersion: string };
}

/** What can happen to an object. `left`: it still exists, but is no longer selected. */
export const CHANGE_KINDS = ["added", "modified", "deleted", "left"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/**
 * The id of a state of an object, or of its deletion. The kind of change is not part of the id of a state:
 * `added` and `modified` with the same resourceVersion are the same state, compared with different earlier ones.
 */
export function toChangeId(identity: ChangeIdentity): string {
  const { clusterUid, objectUid, change, resourceVersion, namespace } = identity;
  const parts = [clusterUid, objectUid, change === "deleted" ? "deleted" : resourceVersion];
  if (namespace) parts.push(namespace.uid, namespace.resourceVersion);
  return sha256(...parts);
}

export interface GroupIdentity {
  readonly clusterUid: string;
  /** `jobs.batch`, `pods`. */
  readonly resource: string;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** MessageGroupId of a change: a deletion and a re-creation under the same name stay in order. */
export function toChangeGroupId(identity: GroupIdentity): string {
  return sha256(identity.clusterUid, identity.resource, identity.namespace, identity.name);
}

/**
 * MessageDeduplicationId of a change. Without the epoch, a replay after a crash would send an older state, which is new to
 * SQS, and SQS would then drop the newest state as a duplicate. Without the watch key, the message of one watch would make
 * SQS drop that of another. A signed message is sent under an id that is made of this one and the key.
 */
export function toChangeDeduplicationId(id: string, watchKey: string, epoch: number): string {
  return sha256(id, watchKey, String(epoch));
}

/**
 * MessageGroupId of a request: the requests about one object stay in order, and those about other objects do not wait for them.
 * `namespace` is null for cluster-scoped objects.
 */
export function toRequestGroupId(
  clusterUid: string,
  trigger: { readonly namespace: string | null; readonly name: string },
): string {
  return sha256(clusterUid, trigger.namespace ?? "", trigger.name);
}

/**
 * MessageGroupId of a transfer of one object: the changes of an object stay in order for each target, and neither another object nor another
 * target waits for it. The name of the target counts, which is unique in a pipeline: its uid would have to be read from the target, which
 * may be away.
 */
export function toTransferGroupId(object: GroupIdentity, target: string): string {
  return sha256(toChangeGroupId(object), target);
}

/** MessageGroupId of the comparisons of a rule's objects in one cluster with one target: one at a time. */
export function toCompareGroupId(clusterUid: string, ruleId: string, target: string): string {
  return sha256("compare", clusterUid, ruleId, target);
}

export interface EpisodeIdentity {
  readonly clusterUid: string;
  readonly ruleId: string;
  readonly objectUid: string;
  /** The episode, as `once` of the rule derives it. */
  readonly onceKey: string;
  /** `enforce`, `dryRun` or `approval`. As it is part of the name, a dry run does not use the episode up. */
  readonly mode: string;
}

/** Name of the Remediation record of an episode: `<rule id, at most 40 characters>-<20 hex>`. It is the idempotency key. */
export function toRecordName(identity: EpisodeIdentity): string {
  const { clusterUid, ruleId, objectUid, onceKey, mode } = identity;
  const digest = sha256(clusterUid, ruleId, objectUid, onceKey, mode).slice(0, 20);
  return `${toRecordPrefix(ruleId)}-${digest}`;
}

/** Whether a record of that name may belong to a rule. The digest cannot be checked without knowing the episode. */
export function mayBeRecordOf(name: string, ruleId: string): boolean {
  const prefix = `${toRecordPrefix(ruleId)}-`;
  return name.startsWith(prefix) && /^[0-9a-f]{20}$/.test(name.slice(prefix.length));
}

/** How the names of the records of a rule begin. */
export function toRecordPrefix(ruleId: string): string {
  return ruleId.slice(0, 40).replace(/[-.]+$/, "");
}
