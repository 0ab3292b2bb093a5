import * as v from "valibot";
import { describeIssues, FIRST_ISSUE } from "../../../events/contract.ts";
import {
  RECORD_API_VERSION,
  RECORD_GROUP,
  RECORD_KIND,
  RECORD_RESOURCE,
  RECORD_VERSION,
  remediationRecordSchema,
  type RecordSpec,
  type RecordStatus,
  type RemediationRecord,
} from "../../../events/remediation.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { MODE_LABEL } from "../../../core/pipeline/records-watch.ts";
import {
  CONTROLLER_LABEL,
  RULE_LABEL,
  SHARD_LABEL,
  TARGET_LABEL,
  toController,
  toShard,
  toTarget,
} from "../../../core/records/select-records.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toResourcePath } from "../api/path.ts";
import { deleteUnchanged, isLost } from "../api/unchanged.ts";
import { readRecordPages } from "./record-pages.ts";

/** Result of a status update. `lost`: somebody else has written or deleted the record: stop at once. */
export type SaveOutcome =
  | { readonly outcome: "saved"; readonly record: RemediationRecord }
  | { readonly outcome: "lost"; readonly message: string };

export type RecordStore = {
  /** The record of that name, created if it does not exist. Repeatable: the name is the idempotency key. */
  readonly obtain: (
    name: string,
    spec: RecordSpec,
    signal?: AbortSignal,
  ) => Promise<RemediationRecord>;
  /** The record of that name, or undefined if it does not exist. */
  readonly read: (name: string, signal?: AbortSignal) => Promise<RemediationRecord | undefined>;
  /** All readable records as of one point in time, in the order of their names. */
  readonly list: (signal?: AbortSignal) => Promise<readonly RemediationRecord[]>;
  /** Deletes the record in exactly this state; false if somebody else has written or deleted it. */
  readonly remove: (record: RemediationRecord, signal?: AbortSignal) => Promise<boolean>;
  /** Replaces the status, under the record's uid and resourceVersion. */
  readonly saveStatus: (
    record: RemediationRecord,
    status: RecordStatus,
    signal?: AbortSignal,
  ) => Promise<SaveOutcome>;
};

/**
 * Remediation records in the cluster. Throws a KubemendError if the API server refuses a request; a record that cannot be read
 * is `Invalid`, terminal.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#status-subresource
 */
export function createRecordStore(deps: Deps): RecordStore {
  return {
    obtain: (name, spec, signal) => obtain(deps, name, spec, signal),
    read: (name, signal) => read(deps, name, signal),
    list: (signal) => list(deps, signal),
    remove: (record, signal) => remove(deps, record, signal),
    saveStatus: (record, status, signal) => saveStatus(deps, record, status, signal),
  };
}

type Deps = { readonly client: KubernetesClient; readonly namespace: string };

const COLLECTION = { group: RECORD_GROUP, version: RECORD_VERSION, resource: RECORD_RESOURCE };
const HEAD = { apiVersion: RECORD_API_VERSION, kind: RECORD_KIND };

async function obtain(
  { client, namespace }: Deps,
  name: string,
  spec: RecordSpec,
  signal: AbortSignal | undefined,
): Promise<RemediationRecord> {
  const controller = toController(spec);
  const labels = {
    ...(controller === undefined ? {} : { [CONTROLLER_LABEL]: controller }),
    [MODE_LABEL]: spec.mode,
    [RULE_LABEL]: spec.rule.id,
    [SHARD_LABEL]: toShard(spec),
    [TARGET_LABEL]: toTarget(spec),
  };
  const body = { ...HEAD, metadata: { name, namespace, labels }, spec };
  const path = toResourcePath({ ...COLLECTION, namespace });
  try {
    return toRecord(await client.request({ method: "POST", path, body, signal }), name);
  } catch (error) {
    if (!isKubemendError(error, "AlreadyExists")) throw error;
  }
  const existing = toRecordPath({ namespace, name });
  return toRecord(await client.request({ method: "GET", path: existing, signal }), name);
}

async function read(
  { client, namespace }: Deps,
  name: string,
  signal: AbortSignal | undefined,
): Promise<RemediationRecord | undefined> {
  const path = toRecordPath({ namespace, name });
  try {
    return toRecord(await client.request({ method: "GET", path, signal }), name);
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
}

async function list(
  deps: Deps,
  signal: AbortSignal | undefined,
): Promise<readonly RemediationRecord[]> {
  const records: RemediationRecord[] = [];
  for await (const page of readRecordPages(deps, {}, signal)) records.push(...page.records);
  return records;
}

async function remove(
  { client, namespace }: Deps,
  { metadata }: RemediationRecord,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const path = toRecordPath({ namespace, name: metadata.name });
  return deleteUnchanged(client, path, metadata, signal);
}

async function saveStatus(
  { client, namespace }: Deps,
  record: RemediationRecord,
  status: RecordStatus,
  signal: AbortSignal | undefined,
): Promise<SaveOutcome> {
  const { name, uid, resourceVersion } = record.metadata;
  const metadata = { name, namespace, uid, resourceVersion };
  const path = toResourcePath({ ...COLLECTION, namespace, name, subresource: "status" });
  const body = { ...HEAD, metadata, spec: record.spec, status };
  // An older definition of records would drop the number, and the answer to the earlier question would count for this one.
  const isNewQuestion =
    status.question !== undefined && status.question !== record.status?.question;
  const query = isNewQuestion ? { fieldValidation: "Strict" } : undefined;
  try {
    const saved = await client.request({ method: "PUT", path, query, body, signal });
    return { outcome: "saved", record: toRecord(saved, name) };
  } catch (error) {
    if (!isLost(error)) throw error;
    return { outcome: "lost", message: error.message };
  }
}

/** API path of a record. */
export function toRecordPath(record: {
  readonly namespace: string;
  readonly name: string;
}): string {
  const { namespace, name } = record;
  return toResourcePath({ ...COLLECTION, namespace, name });
}

function toRecord(body: unknown, name: string): RemediationRecord {
  const result = v.safeParse(remediationRecordSchema, body, FIRST_ISSUE);
  if (result.success) return result.output;
  throw new KubemendError(
    "Invalid",
    `record ${name} cannot be read: ${describeIssues(result.issues)}`,
    { retryable: false },
  );
}
