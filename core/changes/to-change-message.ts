import {
  CHANGE_SCHEMA_URN,
  type ChangeData,
  type ChangedAnswer,
  type ChangeMessage,
  type KubernetesObject,
  type ResourceType,
} from "../../events/change.ts";
import {
  toChangeDeduplicationId,
  toChangeGroupId,
  toChangeId,
  type ChangeKind,
} from "../../events/ids.ts";
import type { FieldPattern } from "../json/field-pattern.ts";
import { toResourceName } from "../references/resource-name.ts";
import { redact, type Redacted } from "../redaction/redact.ts";

/** What all messages of a watch have in common. */
export type ChangeOrigin = {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly watch: string;
  readonly pipeline: string;
  readonly rules: Readonly<Record<string, string>>;
  readonly resource: ResourceType;
  /** Fields of the resource's objects that never leave the cluster, in addition to those of Secrets, see `redact.ts`. */
  readonly redact?: readonly FieldPattern[] | undefined;
  /** Set if the messages carry only metadata. The relay may read whole objects all the same, to compare their fields. */
  readonly payload?: "metadata" | undefined;
};

export type ObservedChange = {
  readonly change: ChangeKind;
  /** As in the cluster: what must not leave it is removed by `toChangeMessage`. */
  readonly object: KubernetesObject;
  readonly resourceVersion: string;
  readonly epoch: number;
  /** RFC 3339 with milliseconds: when it was read off the socket. */
  readonly time: string;
  readonly initial?: readonly string[] | undefined;
  readonly gap?: boolean | undefined;
  /** Of a deletion: it replaced a state that was never sent. */
  readonly unsent?: boolean | undefined;
  /** By rule: whether the fields that it compares have changed. */
  readonly changed?: Readonly<Record<string, ChangedAnswer>> | undefined;
  readonly namespaceLabels?: Readonly<Record<string, string>> | undefined;
  /** Set only if nothing but the labels of the namespace changed. */
  readonly namespace?: { readonly uid: string; readonly resourceVersion: string } | undefined;
  /** Why `object` has only metadata. */
  readonly truncated?: string | undefined;
};

export type AddressedChange = {
  readonly message: ChangeMessage;
  readonly groupId: string;
  readonly deduplicationId: string;
};

/**
 * The CloudEvent of a change, with its group and deduplication id. The same input gives the same output: the trace id is derived
 * from the id of the change, so that a state that is sent again is found in the same trace.
 */
export function toChangeMessage(origin: ChangeOrigin, change: ObservedChange): AddressedChange {
  const redaction = redact(change.object, origin.resource, origin.redact);
  const { object } = redaction;
  const id = toChangeId({
    clusterUid: origin.cluster.uid,
    objectUid: object.metadata.uid,
    change: change.change,
    resourceVersion: change.resourceVersion,
    ...(change.namespace === undefined ? {} : { namespace: change.namespace }),
  });
  const deduplicationId = toChangeDeduplicationId(id, origin.watch, change.epoch);
  return {
    groupId: toGroupId(origin, object),
    deduplicationId,
    message: {
      specversion: "1.0",
      id,
      source: `/clusters/${origin.cluster.uid}/watches/${origin.watch}`,
      type: `dev.kubemend.object.${change.change}`,
      subject: toSubject(origin.resource, object),
      time: change.time,
      dataschema: CHANGE_SCHEMA_URN,
      datacontenttype: "application/json",
      traceparent: `00-${id.slice(0, 32)}-${deduplicationId.slice(0, 16)}-01`,
      data: toData(origin, change, redaction),
    },
  };
}

function toData(
  origin: ChangeOrigin,
  {
    change,
    initial,
    gap,
    unsent,
    changed,
    resourceVersion,
    epoch,
    namespaceLabels,
    truncated,
  }: ObservedChange,
  { object, redacted, writer }: Redacted,
): ChangeData {
  return {
    cluster: origin.cluster,
    watch: origin.watch,
    pipeline: origin.pipeline,
    rules: origin.rules,
    resource: origin.resource,
    change,
    ...(initial === undefined ? {} : { initial }),
    ...(gap === true ? { gap } : {}),
    ...(unsent === true ? { unsent } : {}),
    ...(changed === undefined ? {} : { changed }),
    resourceVersion,
    epoch,
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
    ...(writer === undefined ? {} : { writer }),
    ...(redacted.length === 0 ? {} : { redacted }),
    ...(origin.payload === undefined ? {} : { payload: origin.payload }),
    ...(truncated === undefined ? {} : { truncated: true, reason: truncated }),
    object,
  };
}

function toGroupId(origin: ChangeOrigin, object: KubernetesObject): string {
  return toChangeGroupId({
    clusterUid: origin.cluster.uid,
    resource: toResourceName(origin.resource),
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
  });
}

/** The object's API path: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
function toSubject(resource: ResourceType, object: KubernetesObject): string {
  const { name, namespace } = object.metadata;
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const within =
    namespace === undefined || namespace === ""
      ? ""
      : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${resource.version}${within}/${resource.resource}/${encodeURIComponent(name)}`;
}
