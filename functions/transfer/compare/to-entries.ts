import { sha256, toCompareGroupId, toTransferGroupId } from "../../../events/ids.ts";
import type { ResourceType } from "../../../events/change.ts";
import type { MirrorSpec } from "../../../events/mirrors/mirror.ts";
import type { TransferData, TransferMessage } from "../../../events/transfer.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { toTransferMessage } from "../../../core/mirror/to-transfer-message.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import type { Difference } from "./judge-orphan.ts";

/** The comparison that sends, and of what. */
export type Sender = { readonly message: TransferMessage; readonly mirror: MirrorSpec };

/** The message that asks for one object to be looked at. `type` is that of the source. */
export function toAsked(
  { message, mirror }: Sender,
  type: ResourceType,
  { place, uid, resourceVersion }: Difference,
  nowMs: number,
): SqsEntry {
  const { group, version, resource, kind, namespaced } = type;
  const name = toResourceName(type);
  const namespace = place.namespace ?? "";
  const clusterUid = mirror.cluster.uid;
  const state = [name, namespace, place.name, uid, resourceVersion];
  const identity = [clusterUid, mirror.rule, mirror.target, ...state];
  const id = sha256("comparison", message.data.compare?.started ?? "", ...identity);
  const object = { group, version, resource, kind, namespaced, ...place, uid, resourceVersion };
  const data: TransferData = { ...toCommon(message), reason: "comparison", object };
  const { traceparent } = message;
  const time = new Date(nowMs).toISOString();
  const subject = `/${name}/${namespace}/${place.name}`;
  return {
    body: JSON.stringify(toTransferMessage({ id, subject, time, traceparent, data })),
    groupId: toTransferGroupId(
      { clusterUid, resource: name, namespace, name: place.name },
      mirror.target,
    ),
    deduplicationId: id,
  };
}

/** The message that continues the comparison. Each step has an id of its own, because a queue drops what it had before. */
export function toNext(
  { message, mirror, started }: Sender & { readonly started: string },
  step: number,
  nowMs: number,
): SqsEntry {
  const { cluster, rule, target } = mirror;
  const id = sha256("compare", started, cluster.uid, rule, target, String(step));
  const compare = { started };
  const data: TransferData = { ...toCommon(message), reason: "compare", compare };
  const { subject, traceparent } = message;
  const time = new Date(nowMs).toISOString();
  return {
    body: JSON.stringify(toTransferMessage({ id, subject, time, traceparent, data })),
    groupId: toCompareGroupId(cluster.uid, rule, target),
    deduplicationId: id,
  };
}

function toCommon({ data }: TransferMessage) {
  const { cluster, target, rule, pipeline } = data;
  return { cluster, target, rule, pipeline };
}
