import { hash } from "node:crypto";

/**
 * Lower-case hex of SHA-256 over the parts joined by "\n".
 * Every id on the wire is made by this one function, so that one change has one id everywhere.
 */
export function sha256(...parts: readonly string[]): string {
  return hash("sha256", parts.join("\n"), "hex");
}

export interface ChangeIdentity {
  readonly clusterUid: string;
  readonly objectUid: string;
  readonly change: ChangeKind;
  readonly resourceVersion: string;
  /** Set only where nothing but the namespace's labels changed. */
  readonly namespace?: { readonly uid: string; readonly resourceVersion: string };
}

/** What can happen to an object. `left`: it still exists, but is no longer selected. */
export const CHANGE_KINDS = ["added", "modified", "deleted", "left"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/**
 * The id of a state of an object, or of its deletion. The kind of change is no part of a state's id:
 * `added` and `modified` with one resourceVersion are the same state, seen from two histories.
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

/** MessageGroupId of a change: a delete and a re-creation under one name stay in order. */
export function toChangeGroupId(identity: GroupIdentity): string {
  return sha256(identity.clusterUid, identity.resource, identity.namespace, identity.name);
}

/**
 * MessageDeduplicationId of a change. Without the epoch a replay after a crash sends an older state that is new
 * to SQS and has the newest one swallowed as a duplicate; without the watch key one watch's message swallows another's.
 */
export function toChangeDeduplicationId(id: string, watchKey: string, epoch: number): string {
  return sha256(id, watchKey, String(epoch));
}

export interface EpisodeIdentity {
  readonly clusterUid: string;
  readonly ruleId: string;
  readonly objectUid: string;
  /** The episode, as `once` of the rule derives it. */
  readonly onceKey: string;
  /** `enforce`, `dryRun` or `approval`: a dry run does not use up the episode. */
  readonly mode: string;
}

/** Name of the Remediation record of an episode: `<rule id, at most 40 characters>-<20 hex>`. It is the idempotency key. */
export function toRecordName(identity: EpisodeIdentity): string {
  const { clusterUid, ruleId, objectUid, onceKey, mode } = identity;
  const digest = sha256(clusterUid, ruleId, objectUid, onceKey, mode).slice(0, 20);
  return `${toRecordPrefix(ruleId)}-${digest}`;
}

/** Whether a record of that name may be a rule's: its digest tells only who knows the episode. */
export function mayBeRecordOf(name: string, ruleId: string): boolean {
  const prefix = `${toRecordPrefix(ruleId)}-`;
  return name.startsWith(prefix) && /^[0-9a-f]{20}$/.test(name.slice(prefix.length));
}

function toRecordPrefix(ruleId: string): string {
  return ruleId.slice(0, 40).replace(/[-.]+$/, "");
}
