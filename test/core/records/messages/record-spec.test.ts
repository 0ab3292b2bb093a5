import { describe, expect, it } from "vitest";
import type { FoundReference } from "../../../../events/reference.ts";
import type { RemediationRequest } from "../../../../events/request.ts";
import { toRecordSpec } from "../../../../core/records/messages/record-spec.ts";
import { toRecord } from "../record.ts";

function toRequest(references: readonly FoundReference[]): RemediationRequest {
  const { spec, metadata } = toRecord();
  const { traceparent, evidence: _evidence, ...data } = spec;
  return {
    specversion: "1.0",
    id: metadata.name,
    source: "/clusters/cluster-uid/rules/rerun",
    type: "dev.kubemend.remediation.requested",
    subject: "/apis/batch/v1/namespaces/data/jobs/backup-1",
    time: "2026-03-01T10:00:00.000Z",
    dataschema: "urn:kubemend:request:1",
    traceparent,
    data: { ...data, record: metadata.name, pipeline: "p", references },
  };
}

const reference = (name: string): FoundReference => ({
  field: "involvedObject",
  relation: "involved",
  result: {
    outcome: "resolved",
    apiVersion: "v1",
    kind: "Pod",
    resource: "pods",
    namespace: "data",
    name,
    provenance: "discovery",
  },
});

describe("toRecordSpec", () => {
  it("keeps the request, but no field that the contract does not name", () => {
    const request = toRequest([reference("a")]);
    const widened = {
      ...request,
      data: { ...request.data, extra: 1, trigger: { ...request.data.trigger, object: {} } },
    };
    expect(toRecordSpec(widened)).toEqual({ ...toRecord().spec, references: [reference("a")] });
  });

  it("keeps that the change was found by comparing", () => {
    const request = toRequest([]);
    const change = { ...request.data.change, gap: true };
    const { change: kept } = toRecordSpec({ ...request, data: { ...request.data, change } });
    expect(kept).toEqual(change);
  });

  it("leaves out references that the record's schema would refuse, so that the record can be created", () => {
    const many = Array.from({ length: 150 }, (_, index) => reference(`pod-${index}`));
    const candidates = Array.from({ length: 51 }, () => "v1");
    const wide: FoundReference = {
      ...reference("b"),
      result: { outcome: "unresolved", reason: "ambiguous", candidates },
    };
    const { references } = toRecordSpec(toRequest([reference("x".repeat(2000)), wide, ...many]));
    expect(references).toEqual(many.slice(0, 100));
  });

  it("keeps references at the limits of the schema", () => {
    const candidates = Array.from({ length: 50 }, () => "v1");
    const wide: FoundReference = {
      ...reference("b"),
      result: { outcome: "unresolved", reason: "ambiguous", candidates },
    };
    const long = reference("x".repeat(1024 - JSON.stringify(reference("")).length));
    const tooLong = reference("x".repeat(1025 - JSON.stringify(reference("")).length));
    expect(toRecordSpec(toRequest([wide, long, tooLong])).references).toEqual([wide, long]);
  });
});
