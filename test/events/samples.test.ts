import { readdirSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { parseAlertMessage } from "../../events/alert.ts";
import { describeIssues, type Parsed } from "../../events/contract.ts";
import { toChangeId, toRecordName } from "../../events/ids.ts";
import { remediationRecordSchema } from "../../events/remediation.ts";
import { parseRemediationRequest } from "../../events/request.ts";
import { parseTransferMessage } from "../../events/transfer.ts";
import { parseWakeupMessage } from "../../events/wakeup.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";

const root = new URL("../../events/samples/", import.meta.url);

function readSamples(folder: string): readonly (readonly [string, string])[] {
  const files = readdirSync(new URL(`${folder}/`, root)).toSorted();
  return files.map((file) => [file, readFileSync(new URL(`${folder}/${file}`, root), "utf8")]);
}

function parseRecord(body: string): Parsed<unknown> {
  const result = v.safeParse(remediationRecordSchema, JSON.parse(body));
  return result.success
    ? { outcome: "parsed", value: result.output }
    : { outcome: "refused", code: "malformed", reason: describeIssues(result.issues) };
}

const CONTRACTS: Readonly<Record<string, (body: string) => Parsed<unknown>>> = {
  "change-1": parseChangeBody,
  "request-1": parseRemediationRequest,
  "alert-1": parseAlertMessage,
  "wakeup-1": parseWakeupMessage,
  "transfer-1": parseTransferMessage,
  "record-v1alpha1": parseRecord,
};

/** What the reason must name, by the file name of the sample, so that no other fault can pass. */
const REASONS: Readonly<Record<string, RegExp>> = {
  "change-1/not-json.txt": /not JSON/,
  "change-1/a-list.json": /specversion/,
  "change-1/an-s3-notification.json": /specversion/,
  "change-1/a-cloudevent-of-somebody-else.json": /id: expected 64 hex digits/,
  "change-1/newer-contract.json": /change 2 is newer than 1.*upgrade the functions first/,
  "change-1/dataschema-of-requests.json": /dataschema/,
  "change-1/id-not-a-digest.json": /id: expected 64 hex digits/,
  "change-1/time-not-rfc-3339.json": /time/,
  "change-1/type-contradicts-change.json": /contradict/,
  "change-1/change-unknown.json": /data\.change/,
  "change-1/changed-neither-yes-nor-no.json": /data\.changed\.tell-settings/,
  "change-1/object-without-uid.json": /data\.object\.metadata\.uid/,
  "change-1/object-without-kind.json": /data\.object\.kind/,
  "change-1/object-missing.json": /data\.object/,
  "change-1/cluster-without-uid.json": /data\.cluster\.uid/,
  "change-1/epoch-negative.json": /data\.epoch/,
  "change-1/rule-digest-a-number.json": /data\.rules/,
  "change-1/packed-not-gzip.json": /data_base64/,
  "change-1/packed-type-contradicts-change.json": /contradict/,
  "change-1/name-half-a-surrogate-pair.json":
    /data\.object\.metadata\.name: expected the name of an object/,
  "change-1/name-two-dots.json": /data\.object\.metadata\.name: expected the name of an object/,
  "change-1/namespace-a-path.json": /data\.object\.metadata\.namespace: expected the name/,
  "change-1/group-a-path.json": /data\.resource\.group: expected the name of an API group/,
  "request-1/depth-a-number.json": /loopAnnotations/,
  "request-1/name-half-a-surrogate-pair.json": /data\.trigger\.name: expected the name/,
  "request-1/version-a-path.json": /data\.trigger\.version: expected the name of an API version/,
  "wakeup-1/namespace-in-capitals.json": /data\.record\.namespace: expected the name/,
  "request-1/not-json.txt": /not JSON/,
  "request-1/newer-contract.json": /request 2 is newer than 1/,
  "request-1/a-change.json": /type/,
  "request-1/record-name-without-digest.json": /data\.record: expected <rule>-<20 hex>/,
  "request-1/mode-unknown.json": /data\.mode/,
  "request-1/changed-neither-yes-nor-no.json": /data\.change\.changed/,
  "request-1/trigger-without-uid.json": /data\.trigger\.uid/,
  "request-1/once-key-missing.json": /data\.onceKey/,
  "request-1/provenance-unknown.json": /data\.references\.0\.result\.provenance/,
  "request-1/traceparent-missing.json": /traceparent/,
  "alert-1/not-json.txt": /not JSON/,
  "alert-1/newer-contract.json": /alert 2 is newer than 1/,
  "alert-1/a-request.json": /type/,
  "alert-1/to-empty.json": /data\.to/,
  "alert-1/references-missing.json": /data\.references/,
  "alert-1/trigger-without-kind.json": /data\.trigger\.kind/,
  "alert-1/problem-a-text.json": /data\.problem/,
  "alert-1/unknown-severity.json": /data\.severity/,
  "alert-1/runbook-not-https.json": /data\.runbook/,
  "wakeup-1/not-json.txt": /not JSON/,
  "wakeup-1/newer-contract.json": /wakeup 2 is newer than 1/,
  "wakeup-1/a-request.json": /type/,
  "wakeup-1/due-not-a-time.json": /data\.due/,
  "wakeup-1/record-without-uid.json": /data\.record\.uid/,
  "wakeup-1/late-without-an-alert.json": /data\.late\.alert: is missing/,
  "wakeup-1/thread-not-a-handle.json": /data\.thread\.handle: expected the handle/,
  "transfer-1/not-json.txt": /not JSON/,
  "transfer-1/newer-contract.json": /transfer 2 is newer than 1/,
  "transfer-1/a-request.json": /type/,
  "transfer-1/reason-unknown.json": /data\.reason/,
  "transfer-1/change-without-object.json": /data\.object: is missing/,
  "transfer-1/change-missing.json": /data\.change: is missing/,
  "transfer-1/namespace-in-capitals.json": /data\.object\.namespace: expected the name/,
  "transfer-1/name-two-dots.json": /data\.object\.name: expected the name of an object/,
  "transfer-1/target-without-name.json": /data\.target\.name: is missing/,
  "transfer-1/compare-with-an-object.json": /data\.object/,
  "transfer-1/move-name-a-path.json": /data\.move\.name: expected the name of an object/,
  "record-v1alpha1/other-group.json": /apiVersion/,
  "record-v1alpha1/other-kind.json": /kind/,
  "record-v1alpha1/once-key-missing.json": /spec\.onceKey/,
  "record-v1alpha1/mode-unknown.json": /spec\.mode/,
  "record-v1alpha1/phase-unknown.json": /status\.phase/,
  "record-v1alpha1/hold-until-not-a-time.json": /status\.holdUntil/,
  "record-v1alpha1/step-state-unknown.json": /status\.steps\.0\.state/,
  "record-v1alpha1/plan-without-operations.json": /status\.plan\.operations/,
  "record-v1alpha1/decision-unknown.json": /spec\.approval\.decision/,
  "record-v1alpha1/wake-at-not-a-time.json": /status\.wakeAt/,
  "record-v1alpha1/resource-version-missing.json": /metadata\.resourceVersion/,
};

describe.each(Object.entries(CONTRACTS))("contract %s", (contract, parse) => {
  test.each(readSamples(`${contract}/valid`))("%s is read", (_file, body) => {
    expect(parse(body)).toMatchObject({ outcome: "parsed" });
  });

  test.each(readSamples(`${contract}/invalid`))("%s is refused and says why", (file, body) => {
    const parsed = parse(body);
    if (parsed.outcome !== "refused") throw new Error("was read");
    expect(parsed.code).toBe(file.startsWith("newer-") ? "newer" : "malformed");
    expect(parsed.reason).toMatch(REASONS[`${contract}/${file}`] ?? /a row in REASONS/);
  });
});

describe("ids in samples are those that the contract computes", () => {
  test.each(readSamples("change-1/valid"))("%s", (_file, body) => {
    const parsed = parseChangeBody(body);
    if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
    const { id, source, type, data } = parsed.value;
    const identity = {
      clusterUid: data.cluster.uid,
      objectUid: data.object.metadata.uid,
      change: data.change,
      resourceVersion: data.resourceVersion,
    };
    expect(id).toBe(toChangeId(identity));
    expect(source).toBe(`/clusters/${data.cluster.uid}/watches/${data.watch}`);
    expect(type).toBe(`dev.kubemend.object.${data.change}`);
  });

  test.each(readSamples("request-1/valid"))("%s", (_file, body) => {
    const parsed = parseRemediationRequest(body);
    if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
    const { id, data } = parsed.value;
    const name = toRecordName({
      clusterUid: data.cluster.uid,
      ruleId: data.rule.id,
      objectUid: data.trigger.uid,
      onceKey: data.onceKey,
      mode: data.mode,
    });
    expect([id, data.record]).toEqual([name, name]);
  });

  test.each(readSamples("record-v1alpha1/valid"))("%s", (_file, body) => {
    const record = v.parse(remediationRecordSchema, JSON.parse(body));
    const { cluster, rule, trigger, onceKey, mode } = record.spec;
    const identity = { clusterUid: cluster.uid, ruleId: rule.id, objectUid: trigger.uid };
    expect(record.metadata.name).toBe(toRecordName({ ...identity, onceKey, mode }));
  });

  test("event-resolved.json: an alert without a record has the name that the record would have", () => {
    const [, body] = readSamples("alert-1/valid").find(
      ([file]) => file === "event-resolved.json",
    ) ?? ["", ""];
    const parsed = parseAlertMessage(body);
    if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
    const { alertId, cluster, rule, trigger, change } = parsed.value.data;
    const identity = { clusterUid: cluster.uid, ruleId: rule.id, objectUid: trigger.uid };
    const onceKey = `change/${change.id}`;
    expect(alertId).toBe(toRecordName({ ...identity, onceKey, mode: "enforce" }));
  });
});

test("a packed change is the same change", () => {
  const samples = new Map(readSamples("change-1/valid"));
  const open = parseChangeBody(samples.get("job-failed.json") ?? "");
  const packed = parseChangeBody(samples.get("packed.json") ?? "");
  expect(packed).toEqual(open);
});
