/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { SIGNATURE_ATTRIBUTE, toSignature } from "../../../events/signature.ts";
import { toChangeId } from "../../../events/ids.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import { toRecord } from "../../adapters/lambda/invocation.ts";
import { createWorld, FAILED_JOB, RERUN, toMessage, toPipeline, type World } from "./world.ts";

const KEY = "a-key-of-the-installation-0123";
const KEYS = { current: async () => [KEY], reread: async () => [KEY] };
const JOB_PATH = "/apis/batch/v1/namespaces/data/jobs/backup-1";
const FORBIDDEN = new KubemendError("Forbidden", "no right to get jobs", { retryable: false });

const pipeline = toPipeline(RERUN);
const alerting = toPipeline({
  ...RERUN,
  then: [{ alert: { to: "oncall", summary: "'failed: ' + object.metadata.name" } }],
});

function sign(record: SqsRecord): SqsRecord {
  const stringValue = toSignature(KEY, "changes", record.body);
  return { ...record, messageAttributes: { [SIGNATURE_ATTRIBUTE]: { stringValue } } };
}

const toBody = (message: unknown): string => JSON.stringify(message);
const { apiVersion, kind } = FAILED_JOB;
const { name, namespace = "", uid } = FAILED_JOB.metadata;
const bare = { apiVersion, kind, metadata: { name, namespace, uid } };
const truncated = toBody(toMessage(pipeline, bare, { truncated: true }));
const newer = toBody({ ...toMessage(pipeline, bare), dataschema: "urn:kubemend:change:2" });

describe("with signing keys, a message without a valid signature", () => {
  test.each([
    ["of a newer contract", newer],
    ["about an object that may not be read", truncated],
  ])("%s has one attempt, and the signed one of its group is processed", async (_what, body) => {
    const world = createWorld({ pipeline, signingKeys: KEYS, answers: { [JOB_PATH]: FORBIDDEN } });
    const good = toBody(toMessage(pipeline, FAILED_JOB));
    const verdicts = await world.normalizeBatch([
      toRecord("forged", body, { group: "g" }),
      sign(toRecord("signed", good, { group: "g" })),
    ]);
    expect(verdicts).toMatchObject([{ outcome: "poison", code: "Unsigned" }, { outcome: "done" }]);
    expect(world.requests()).toHaveLength(1);
  });

  test("that kills its function is not begun for ever", async () => {
    const world = createWorld({ pipeline, signingKeys: KEYS });
    const body = toBody(toMessage(pipeline, FAILED_JOB));
    const verdicts = await world.normalizeBatch([toRecord("m", body, { group: "g", received: 6 })]);
    expect(verdicts).toMatchObject([{ outcome: "poison", code: "Unsigned" }]);
    expect(world.asked).toEqual([]);
  });

  test("is verified before it is read, so that a signed one of a newer contract waits for the upgrade", async () => {
    const world = createWorld({ pipeline, signingKeys: KEYS });
    const verdicts = await world.normalizeBatch([
      sign(toRecord("m", newer, { group: "g", received: 40 })),
    ]);
    expect(verdicts).toMatchObject([{ outcome: "retry", code: "NewerContract" }]);
  });
});

describe("without signing keys", () => {
  const receive = async (world: World, body: string, received: number) => {
    const [verdict] = await world.normalizeBatch([toRecord("m", body, { group: "g", received })]);
    return verdict;
  };

  test("an object that may not be read does not hold its group for ever", async () => {
    const world = createWorld({ pipeline, answers: { [JOB_PATH]: FORBIDDEN } });
    expect(await receive(world, truncated, 7)).toMatchObject({ outcome: "retry" });
    expect(await receive(world, truncated, 8)).toMatchObject({ outcome: "poison" });
  });

  test("an outage of the cluster loses no message", async () => {
    const away = new KubemendError("Unavailable", "503", { retryable: true });
    const world = createWorld({ pipeline, answers: { [JOB_PATH]: away } });
    expect(await receive(world, truncated, 50)).toMatchObject({ outcome: "retry" });
  });
});

test("a message about another resource than its watch is poison, and nothing is read for it", async () => {
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace, uid } };
  const world = createWorld({ pipeline });
  const body = toBody(toMessage(pipeline, secret, { truncated: true }));
  expect(await world.normalize(body)).toMatchObject({ outcome: "poison" });
  expect(world.asked).toEqual([]);
});

test("a namespace that the rule does not name is none of its objects', and nothing is read for it", async () => {
  const named = toPipeline({ ...RERUN, on: { resource: "jobs.batch", namespaces: ["other"] } });
  const world = createWorld({ pipeline: named, answers: { [JOB_PATH]: FORBIDDEN } });
  const body = toBody(toMessage(named, bare, { truncated: true }));
  expect(await world.normalize(body)).toEqual({ outcome: "done" });
  expect(world.asked).toEqual([]);
});

test("annotations that name no record that could exist stop no message", async () => {
  const annotations = {
    "kubemend.dev/cause": `rerun-${"0".repeat(20)}`,
    "kubemend.dev/record": "\ud800/u",
  };
  const job = { ...FAILED_JOB, metadata: { ...FAILED_JOB.metadata, annotations } };
  const verifying = toPipeline({
    ...RERUN,
    verify: { where: "has(object.status)", within: "5m" },
  });
  const world = createWorld({ pipeline: verifying });
  expect(await world.normalize(toBody(toMessage(verifying, job)))).toEqual({ outcome: "done" });
  expect(world.requests()).toHaveLength(1);
  expect(world.wakeups()).toEqual([]);
});

describe("an unsigned change that a rule alerts on", () => {
  const creationTimestamp = "2026-01-01T00:00:00Z";
  const metadata = { ...FAILED_JOB.metadata, creationTimestamp };
  const live = { [JOB_PATH]: { ...FAILED_JOB, metadata } };
  const create = (answers: Readonly<Record<string, unknown>> = live): World =>
    createWorld({ pipeline: alerting, signingKeys: KEYS, answers });
  const change = toMessage(alerting, FAILED_JOB);

  test("is decided on the live object, so that its words are not the sender's", async () => {
    const world = create({ [JOB_PATH]: { ...FAILED_JOB, status: {} } });
    await world.normalize(toBody(change));
    expect(world.alerts()).toEqual([]);
  });

  test("sends one alert about a true state, however often it comes", async () => {
    const world = create();
    for (let count = 0; count < 20; count += 1) await world.normalize(toBody(change));
    expect(world.alerts()).toMatchObject([{ data: { summary: "failed: backup-1" } }]);
    expect(world.alerts()[0]?.data).not.toHaveProperty("problem");
  });

  test("has another id than the true one, which it must not hide", async () => {
    const world = create();
    await world.normalize(toBody(change));
    await world.normalizeBatch([sign(toRecord("m", toBody(change), { group: "g" }))]);
    const [unsigned, trusted] = world.alerts();
    expect(trusted?.data).not.toHaveProperty("problem");
    expect(trusted?.data.alertId).not.toBe(unsigned?.data.alertId);
  });

  test("is about what the cluster shows: its other words are not the sender's", async () => {
    const world = create();
    const cluster = { name: "somewhere", uid: "cluster-uid" };
    const traceparent = "00-11111111111111111111111111111111-1111111111111111-01";
    const said = { ...change, subject: "/apis/batch/v1/namespaces/x/jobs/other", traceparent };
    await world.normalize(toBody({ ...said, data: { ...said.data, cluster } }));
    const [alert] = world.alerts();
    expect(alert).toMatchObject({ subject: JOB_PATH, data: { cluster: { name: "prod" } } });
    expect(alert?.traceparent).not.toBe(traceparent);
  });

  test("names the live state as its change, not the one that the sender names", async () => {
    const live = { ...FAILED_JOB, metadata: { ...metadata, resourceVersion: "4711" } };
    const world = create({ [JOB_PATH]: live });
    await world.normalize(toBody(change));
    const identity = { clusterUid: "cluster-uid", objectUid: uid, change: "modified" } as const;
    const [alert] = world.alerts();
    expect(alert?.data.change.id).toBe(toChangeId({ ...identity, resourceVersion: "4711" }));
    expect(alert?.data.change.id).not.toBe(change.id);
  });

  test.each(["deleted", "left"] as const)(
    "of an object that it says was %s, and that is there, is unverified",
    async (kind) => {
      const ended = toPipeline({
        ...RERUN,
        on: { resource: "jobs.batch", labelSelector: "team=data", changes: [kind] },
        then: [{ alert: { to: "oncall", summary: "'ended: ' + object.metadata.name" } }],
      });
      const inside = { ...metadata, labels: { team: "data" } };
      const answers = { [JOB_PATH]: { ...FAILED_JOB, metadata: inside } };
      const world = createWorld({ pipeline: ended, signingKeys: KEYS, answers });
      await world.normalize(toBody(toMessage(ended, FAILED_JOB, { change: kind })));
      expect(world.alerts()).toMatchObject([{ data: { problem: { code: "Unverified" } } }]);
      expect(world.asked).not.toContain(JOB_PATH);
    },
  );

  test.each(["added", "modified"] as const)(
    "is unverified if nothing shows that the object was %s lately",
    async (kind) => {
      const old = { ...metadata, creationTimestamp: "2020-01-01T00:00:00Z" };
      const world = create({ [JOB_PATH]: { ...FAILED_JOB, metadata: old } });
      await world.normalize(toBody(toMessage(alerting, FAILED_JOB, { change: kind })));
      expect(world.alerts()).toMatchObject([{ data: { problem: { code: "Unverified" } } }]);
    },
  );

  test("is unverified if the rule is about added objects, and this one is old", async () => {
    const added = toPipeline({
      ...RERUN,
      on: { resource: "jobs.batch", changes: ["added"] },
      then: [{ alert: { to: "oncall", summary: "'new: ' + object.metadata.name" } }],
    });
    const managedFields = [{ manager: "m", time: "2026-01-01T00:00:00Z" }];
    const old = { ...metadata, creationTimestamp: "2020-01-01T00:00:00Z", managedFields };
    const answers = { [JOB_PATH]: { ...FAILED_JOB, metadata: old } };
    const world = createWorld({ pipeline: added, signingKeys: KEYS, answers });
    await world.normalize(toBody(toMessage(added, FAILED_JOB, { change: "added" })));
    expect(world.alerts()).toMatchObject([{ data: { problem: { code: "Unverified" } } }]);
  });

  test("about objects that exist is limited as well: ten alerts a minute of all kinds", async () => {
    const jobs = Array.from({ length: 30 }, (_, index) => ({
      ...FAILED_JOB,
      metadata: { ...metadata, name: `job-${index}`, uid: `uid-${index}` },
    }));
    const answers = jobs
      .slice(0, 15)
      .map((job) => [`/apis/batch/v1/namespaces/data/jobs/${job.metadata.name}`, job] as const);
    const world = create(Object.fromEntries(answers));
    for (const job of jobs) await world.normalize(toBody(toMessage(alerting, job)));
    expect(world.alerts()).toHaveLength(10);
    expect(world.counts.get("UnverifiedAlertsDropped")).toBe(20);
  });

  test("about an object that the rule's labels exclude sends none", async () => {
    const labelled = toPipeline({
      ...RERUN,
      on: { resource: "jobs.batch", labelSelector: "team=data" },
      then: [{ alert: { to: "oncall", summary: "'failed'" } }],
    });
    const world = createWorld({ pipeline: labelled, signingKeys: KEYS, answers: live });
    await world.normalize(toBody(toMessage(labelled, FAILED_JOB)));
    expect(world.alerts()).toEqual([]);
  });

  test("about an object that is gone is unverified, and its id is not that of the episode", async () => {
    const forged = create({});
    await forged.normalize(toBody(change));
    const [unverified] = forged.alerts();
    expect(unverified?.data.problem?.code).toBe("Unverified");

    const world = create({});
    await world.normalizeBatch([sign(toRecord("m", toBody(change), { group: "g" }))]);
    const [trusted] = world.alerts();
    expect(trusted?.data).not.toHaveProperty("problem");
    expect(trusted?.data.alertId).not.toBe(unverified?.data.alertId);
  });

  test("about objects that are gone is limited to a few alerts a minute, and the rest is counted", async () => {
    const world = create({});
    for (let count = 0; count < 50; count += 1) {
      const invented = { ...FAILED_JOB.metadata, uid: `invented-${count}` };
      await world.normalize(toBody(toMessage(alerting, { ...FAILED_JOB, metadata: invented })));
    }
    expect(world.alerts()).toHaveLength(10);
    expect(world.counts.get("UnverifiedAlertsDropped")).toBe(40);
  });

  test("without signing keys is alerted on as it is: then nothing is signed", async () => {
    const world = createWorld({ pipeline: alerting });
    await world.normalize(toBody(change));
    expect(world.alerts()).toHaveLength(1);
    const objects = world.asked.filter((path) => !path.startsWith("/apis/kubemend.dev/"));
    expect(objects).toEqual(["/api/v1/namespaces/kube-system"]);
  });
});

test("a signature of more than 28 days ago vouches for nothing", async () => {
  const old = { ...toMessage(alerting, FAILED_JOB), time: "2025-12-01T00:00:00.000Z" };
  const record = sign(toRecord("m", toBody(old), { group: "g" }));
  const world = createWorld({ pipeline: alerting, signingKeys: KEYS });
  await world.normalizeBatch([record]);
  expect(world.alerts()).toMatchObject([{ data: { problem: { code: "Unverified" } } }]);
});

describe("whatever a change says of its cluster and API version", () => {
  const named = toPipeline({
    ...RERUN,
    where: `${RERUN.where} && cluster.name == "prod"`,
    then: [{ alert: { to: "oncall", summary: "'failed in ' + cluster.name" } }],
  });

  test("the cluster has the name that the function's own pipeline gives it", async () => {
    const world = createWorld({ pipeline: named });
    const cluster = { name: "somewhere", uid: "cluster-uid" };
    await world.normalize(toBody(toMessage(named, FAILED_JOB, { cluster })));
    expect(world.alerts()).toMatchObject([
      { data: { cluster: { name: "prod" }, summary: "failed in prod" } },
    ]);
  });

  test("a partial object is read in the version that the rule watches", async () => {
    const resource = { group: "batch", version: "v1beta1", resource: "jobs", kind: "Other" };
    const world = createWorld({ pipeline, answers: { [JOB_PATH]: FAILED_JOB } });
    const data = { truncated: true, resource: { ...resource, namespaced: true } };
    await world.normalize(toBody(toMessage(pipeline, bare, data)));
    expect(world.requests()).toMatchObject([
      { request: { data: { trigger: { version: "v1", kind: "Job" } } } },
    ]);
  });
});
