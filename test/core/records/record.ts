import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import { FAILED_JOB_TRIGGER } from "../../support/failed-job.ts";

/** A record of a failed Job, with this status. */
export function toRecord(status?: RecordStatus): RemediationRecord {
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Remediation",
    metadata: {
      name: "rerun-0123456789abcdef0123",
      namespace: "kubemend",
      uid: "record-uid",
      resourceVersion: "1",
    },
    spec: {
      cluster: { name: "test", uid: "cluster-uid" },
      rule: { id: "rerun", digest: "digest-1" },
      onceKey: "object",
      mode: "enforce",
      change: { id: "c".repeat(64), kind: "modified", time: "2026-03-01T10:00:00.000Z" },
      trigger: FAILED_JOB_TRIGGER,
      references: [],
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    },
    ...(status === undefined ? {} : { status }),
  };
}
