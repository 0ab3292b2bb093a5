import type { RecordStatus, RecordStep, RemediationRecord } from "../../../events/remediation.ts";
import type { ChangedPart } from "../../../core/records/claim.ts";
import type { KubernetesRequest } from "../http/client.ts";
import { FIELD_MANAGER } from "../../../core/operations/managed-fields.ts";

/** The record that an operation is executed for, and its state. */
export type ExecutionContext = {
  readonly record: RemediationRecord;
  /** RFC 3339 ms. */
  readonly now: string;
  /** Reported by an alert in addition to its summary. */
  readonly problem?: { readonly code: string; readonly message: string } | undefined;
  /** Reported by an alert that asks for an approval: what each step would do (`core/preview/`). */
  readonly preview?: readonly string[] | undefined;
  /** Sends requests with `dryRun=All`; so does a record of mode dryRun. */
  readonly dryRun?: boolean;
  /** The operation's own step, and the status with all steps that ended before it. */
  readonly step?: RecordStep | undefined;
  readonly status?: RecordStatus | undefined;
  /** Set if a change is the reason for this execution: the object may fulfil its condition before the time of the next check. */
  readonly changed?: ChangedPart | undefined;
};

/** The part of the context that decides whether a request is only tried. Without a record it is really sent, unless `dryRun` is set. */
export type DryRunContext = {
  readonly dryRun?: boolean;
  readonly record?: Pick<RemediationRecord, "spec">;
};

/** Whether requests are only tried: the API server answers as if they were real, and stores nothing. */
export function isDryRun({ dryRun, record }: DryRunContext): boolean {
  return dryRun === true || record?.spec.mode === "dryRun";
}

/**
 * The query of a write. With `Strict` the API server refuses a field that the object does not have, as it does for kubectl, instead of
 * leaving it out.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#validation-for-unrecognized-or-duplicate-fields
 */
export function toWriteQuery(context: DryRunContext): NonNullable<KubernetesRequest["query"]> {
  const dryRun = isDryRun(context) ? "All" : undefined;
  return { fieldManager: FIELD_MANAGER, fieldValidation: "Strict", dryRun };
}
