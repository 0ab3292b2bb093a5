import { sha256 } from "../../../events/ids.ts";
import type { ChangeKind } from "../../../events/ids.ts";
import {
  TRANSFER_SCHEMA_URN,
  type MirroredObject,
  type TransferData,
  type TransferMessage,
} from "../../../events/transfer.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import type { SqsProcess } from "../../../adapters/lambda/sqs-process.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { TARGET, type MirrorWorld } from "./mirror-world.ts";

/** The message about a change of an object. */
export function toTransferMessage(
  world: Pick<MirrorWorld, "clusterUid">,
  rule: string,
  object: MirroredObject,
  kind: ChangeKind,
): TransferMessage {
  const time = new Date().toISOString();
  const id = sha256(object.uid, object.resourceVersion, kind, rule);
  return {
    specversion: "1.0",
    id,
    source: `/clusters/${world.clusterUid}/rules/${rule}`,
    type: "dev.kubemend.transfer.requested",
    subject: object.name,
    time,
    dataschema: TRANSFER_SCHEMA_URN,
    traceparent: "00-00000000000000000000000000000001-0000000000000001-00",
    data: {
      cluster: { name: "prod", uid: world.clusterUid },
      target: { name: TARGET },
      rule: { id: rule, digest: "digest-of-the-rule" },
      pipeline: "digest-of-the-pipeline",
      reason: "change",
      change: { id, kind, time },
      object,
    },
  };
}

export function toMirroredObject(
  type: ResourceType,
  { metadata }: KubernetesObject,
): MirroredObject {
  const { namespace = null, name, uid, resourceVersion } = metadata;
  return {
    ...type,
    namespace,
    name,
    uid,
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
  };
}

/** The verdict on a message, and the names of the metrics that the function counted. */
export type Delivered = { readonly verdict: MessageVerdict; readonly counts: readonly string[] };

/** Gives the function a message in a run of its own. */
export async function deliver(
  process: SqsProcess,
  message: TransferMessage,
  options: { readonly sentMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Delivered> {
  const counts: string[] = [];
  const { sentMs = Date.now(), signal = AbortSignal.timeout(30_000) } = options;
  const attributes = { SentTimestamp: String(sentMs), ApproximateReceiveCount: "1" };
  const record = { messageId: message.id, body: JSON.stringify(message), attributes };
  const log = (): void => undefined;
  const verdict = await process(record as unknown as SqsRecord, {
    signal,
    deadlineMs: Date.now() + 30_000,
    telemetry: {
      count: (metric) => void counts.push(metric),
      logger: { debug: log, info: log, warn: log, error: log },
    },
  });
  return { verdict, counts };
}

/** The message that begins a comparison. */
export function toCompareMessage(
  world: Pick<MirrorWorld, "clusterUid">,
  rule: string,
  started: string = new Date().toISOString(),
): TransferMessage {
  const type = { group: "", version: "v1", resource: "-", kind: "-", namespaced: true };
  const object = { ...type, namespace: null, name: "-", uid: "-", resourceVersion: "" };
  const message = toTransferMessage(world, rule, object, "modified");
  const { change: _change, object: _object, ...common } = message.data;
  const data: TransferData = { ...common, reason: "compare", compare: { started } };
  return { ...message, data };
}
