import type { ChangeMessage } from "../../events/change.ts";
import { sha256, toTransferGroupId } from "../../events/ids.ts";
import type { TransferMessage } from "../../events/transfer.ts";
import { findExclusion } from "../../core/decide/decide.ts";
import { isCopy } from "../../core/decide/copy-mark.ts";
import { toTransferMessage } from "../../core/mirror/to-transfer-message.ts";
import { findMirrorRules, type MirrorRule } from "../../core/pipeline/mirror-rule.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";

export type TransferContext = {
  readonly message: ChangeMessage;
  /** Whether the relay has signed the change; only then are the transfers signed. */
  readonly isSigned: boolean;
  /** Digest of the pipeline that made the decision. */
  readonly pipelineDigest: string;
  /** RFC 3339 ms: time of the decision. */
  readonly now: string;
};

/**
 * Every change of an object of a mirror has its copies checked: one entry of `transfers.fifo` for each rule and target.
 * Nothing is decided here, because source and target are read when that is done: not even the condition of the rule, which an object may
 * have ceased to satisfy. A copy from another cluster is not mirrored on, so two clusters that mirror to each other do not send anything
 * about each other's copies.
 */
export function toTransfers(rules: readonly Rule[], context: TransferContext): readonly SqsEntry[] {
  const { message } = context;
  if (isCopy(message.data.object)) return [];
  return findMirrorRules(rules)
    .filter(({ rule }) => findExclusion(rule, message) === undefined)
    .flatMap((one) => one.mirror.to.map((target) => toEntry(one, target, context)));
}

function toEntry({ rule }: MirrorRule, target: string, context: TransferContext): SqsEntry {
  const { message, isSigned } = context;
  const { cluster, resource, object } = message.data;
  const group = {
    clusterUid: cluster.uid,
    resource: toResourceName(resource),
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
  };
  return {
    body: JSON.stringify(toTransfer(rule, target, context)),
    groupId: toTransferGroupId(group, target),
    // Several rules may mirror the object to the same target; their order among each other does not matter.
    orderKey: `${rule.id}/${target}`,
    // After a rollback of etcd an object is in a state again that was reported before.
    deduplicationId: sha256(
      message.id,
      message.data.change,
      String(message.data.epoch),
      rule.id,
      rule.digest,
      target,
    ),
    unsigned: !isSigned,
  };
}

function toTransfer(
  rule: Rule,
  target: string,
  { message, pipelineDigest, now }: TransferContext,
): TransferMessage {
  const { cluster, resource, resourceVersion, object, change, gap } = message.data;
  const { group, version, resource: plural, kind, namespaced } = resource;
  return toTransferMessage({
    id: `${message.id}/${rule.id}/${target}`,
    subject: message.subject,
    time: now,
    traceparent: message.traceparent,
    data: {
      cluster: { name: cluster.name, uid: cluster.uid },
      target: { name: target },
      rule: { id: rule.id, digest: rule.digest },
      pipeline: pipelineDigest,
      reason: "change",
      change: {
        id: message.id,
        kind: change,
        time: message.time,
        ...(gap === undefined ? {} : { gap }),
      },
      object: {
        group,
        version,
        resource: plural,
        kind,
        namespaced,
        namespace: object.metadata.namespace ?? null,
        name: object.metadata.name,
        uid: object.metadata.uid,
        resourceVersion,
      },
    },
  });
}
