import * as v from "valibot";
import { groupName, namespaceName, objectName, resourceName, versionName } from "./address.ts";
import { parseMessage, type Parsed } from "./contract.ts";
import { foundReferencesSchema, type FoundReference } from "./reference.ts";
import {
  CHANGED_ANSWERS,
  type ChangedAnswer,
  type KubernetesObject,
  type ResourceType,
} from "./change.ts";
import { CHANGE_KINDS, type ChangeKind } from "./ids.ts";

/** Contract of `remediations.fifo`. It carries identities only, as the executor reads every object live. */
export const REQUEST_CONTRACT = 1;
export const REQUEST_SCHEMA_URN: string = `urn:kubemend:request:${REQUEST_CONTRACT}`;

/**
 * Whether a rule's remediation is executed, only sent to the API server with `dryRun=All`, or executed after a person has
 * approved its plan. Part of the name of the episode's record.
 */
export const REMEDIATION_MODES = ["enforce", "dryRun", "approval"] as const;
export type RemediationMode = (typeof REMEDIATION_MODES)[number];

/** The object whose change matched. */
export type Trigger = ResourceType & {
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
};

/** The change that matched, in short. */
export type ChangeSummary = {
  readonly id: string;
  readonly kind: ChangeKind;
  /** When the relay read it: RFC 3339 ms. */
  readonly time: string;
  readonly gap?: boolean | undefined;
  /** A deletion that replaced a state which was never sent: that state matched. */
  readonly unsent?: boolean | undefined;
  /** For a rule with `on.changed`: what the relay said of the fields that it compares. Absent = unknown. */
  readonly changed?: ChangedAnswer | undefined;
  /**
   * The loop annotations of the reported state, empty if it had none: which remediations led to this change. Absent if the message does
   * not show them; then those of the live object count. Used only if the request is signed.
   */
  readonly loopAnnotations?: Readonly<Record<string, string>> | undefined;
};

export type RequestData = {
  readonly cluster: { readonly name: string; readonly uid: string };
  /** Name of the Remediation record: the idempotency key. */
  readonly record: string;
  readonly rule: { readonly id: string; readonly digest: string };
  /** Digest of the pipeline by which normalize decided. */
  readonly pipeline: string;
  readonly onceKey: string;
  readonly mode: RemediationMode;
  readonly change: ChangeSummary;
  readonly trigger: Trigger;
  readonly references: readonly FoundReference[];
  /**
   * The fields of the trigger that the rule reads, redacted, at most 4 KB as JSON. Used only if the request is signed and the cluster
   * does not show the trigger any more.
   */
  readonly evidence?: { readonly object: KubernetesObject } | undefined;
};

export type RemediationRequest = {
  readonly specversion: "1.0";
  /** The name of the record: repeating the decision requests the same record. */
  readonly id: string;
  /** `/clusters/<cluster uid>/rules/<rule id>` */
  readonly source: string;
  readonly type: "dev.kubemend.remediation.requested";
  /** API path of the trigger. */
  readonly subject: string;
  readonly time: string;
  readonly dataschema: string;
  readonly traceparent: string;
  readonly data: RequestData;
};

const text = v.pipe(v.string(), v.nonEmpty());

export const changeSummarySchema: v.GenericSchema<unknown, ChangeSummary> = v.looseObject({
  id: text,
  kind: v.picklist(CHANGE_KINDS),
  time: v.pipe(v.string(), v.isoTimestamp()),
  gap: v.optional(v.boolean()),
  unsent: v.optional(v.boolean()),
  changed: v.optional(v.picklist(CHANGED_ANSWERS)),
  loopAnnotations: v.optional(v.record(v.string(), v.string())),
});

export const triggerSchema: v.GenericSchema<unknown, Trigger> = v.looseObject({
  group: groupName,
  version: versionName,
  resource: resourceName,
  kind: text,
  namespaced: v.boolean(),
  namespace: v.nullable(namespaceName),
  name: objectName,
  uid: text,
  resourceVersion: v.string(),
});

/** Of an object as JSON in UTF-8. A request carries identities; more than this would be a copy of the object. */
export const EVIDENCE_MAX_BYTES = 4096;

export const evidenceObjectSchema: v.GenericSchema<unknown, KubernetesObject> = v.looseObject({
  apiVersion: text,
  kind: text,
  metadata: v.looseObject({ name: objectName, uid: text, namespace: v.optional(namespaceName) }),
});

const recordName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9.-]*-[0-9a-f]{20}$/, "expected <rule>-<20 hex>"),
);

export const remediationRequestSchema: v.GenericSchema<unknown, RemediationRequest> = v.looseObject(
  {
    specversion: v.literal("1.0"),
    id: text,
    source: v.pipe(v.string(), v.startsWith("/clusters/")),
    type: v.literal("dev.kubemend.remediation.requested"),
    subject: text,
    time: v.pipe(v.string(), v.isoTimestamp()),
    dataschema: v.pipe(v.string(), v.startsWith("urn:kubemend:request:")),
    traceparent: text,
    data: v.looseObject({
      cluster: v.looseObject({ name: text, uid: text }),
      record: recordName,
      rule: v.looseObject({ id: text, digest: text }),
      pipeline: text,
      onceKey: v.string(),
      mode: v.picklist(REMEDIATION_MODES),
      change: changeSummarySchema,
      trigger: triggerSchema,
      references: foundReferencesSchema,
      evidence: v.optional(v.looseObject({ object: evidenceObjectSchema })),
    }),
  },
);

/** Reads a request; never throws. */
export function parseRemediationRequest(body: string): Parsed<RemediationRequest> {
  return parseMessage(body, "request", REQUEST_CONTRACT, remediationRequestSchema);
}
