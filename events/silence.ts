import * as v from "valibot";
import { RECORD_API_VERSION } from "./remediation.ts";
import { storedMetadataSchema, storedTime, type StoredMetadata } from "./stored-object.ts";

/** A silence of alerts, a custom resource that people write: `infra/crds/silences.yaml` is its schema for the API server. */
export const SILENCE_RESOURCE = "silences";
export const SILENCE_KIND = "Silence";

/** Alerts that have all of this are collected and not sent, until the time. */
export type SilenceSpec = {
  readonly rule?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** RFC 3339. */
  readonly until: string;
  readonly reason?: string | undefined;
  /** The user who wrote it or changed it last; the API server guarantees it, see infra/admission/alerts.yaml. */
  readonly by: string;
};

export type Silence = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
  readonly spec: SilenceSpec;
};

const text = v.pipe(v.string(), v.nonEmpty());

export const silenceSchema: v.GenericSchema<unknown, Silence> = v.looseObject({
  apiVersion: v.literal(RECORD_API_VERSION),
  kind: v.literal(SILENCE_KIND),
  metadata: storedMetadataSchema,
  spec: v.looseObject({
    rule: v.optional(text),
    labels: v.optional(v.record(v.string(), v.string())),
    until: storedTime,
    reason: v.optional(v.string()),
    by: text,
  }),
});
