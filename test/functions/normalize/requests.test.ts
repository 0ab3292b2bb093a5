import { expect, test } from "vitest";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import { sha256, toRecordName } from "../../../events/ids.ts";
import { KubemendError } from "../../../core/errors.ts";
import { createFakeQueues } from "../../adapters/lambda/invocation.ts";
import { CLUSTER, createWorld, FAILED_JOB, NOW, RERUN, toMessage, toPipeline } from "./world.ts";

const pipeline = toPipeline(RERUN);
const onceKey = "condition/Failed/2026-01-01T00:00:00Z";
const record = toRecordName({
  clusterUid: CLUSTER.uid,
  ruleId: "rerun",
  objectUid: "job-uid",
  onceKey,
  mode: "enforce",
});

test("a match of a rule that remediates sends one request, and no alert: the alert is a step of the record", async () => {
  const world = createWorld({ pipeline });
  const message = toMessage(pipeline, FAILED_JOB);
  expect(await world.normalize(JSON.stringify(message))).toEqual({ outcome: "done" });
  expect(world.alerts()).toEqual([]);
  expect(world.requests().map(({ request }) => request)).toMatchObject([
    {
      id: record,
      source: `/clusters/${CLUSTER.uid}/rules/rerun`,
      subject: message.subject,
      time: NOW,
      traceparent: message.traceparent,
      data: {
        cluster: CLUSTER,
        record,
        rule: { id: "rerun", digest: pipeline.rules[0]?.digest },
        pipeline: pipeline.digest,
        onceKey,
        mode: "enforce",
        change: { id: message.id, kind: "modified", time: message.time },
        trigger: {
          resource: "jobs",
          namespace: "data",
          name: "backup-1",
          uid: "job-uid",
          resourceVersion: "7",
        },
      },
    },
  ]);
});

test("the owner's missing apiVersion is filled in with a served one", async () => {
  const world = createWorld({ pipeline });
  await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB)));
  expect(world.requests()[0]?.request.data.references).toMatchObject([
    {
      field: "metadata.ownerReferences[0]",
      result: { outcome: "resolved", apiVersion: "batch/v1", kind: "CronJob", namespace: "data" },
    },
  ]);
});

test("group and deduplication id are the same for the same decision", async () => {
  const world = createWorld({ pipeline });
  const message = toMessage(pipeline, FAILED_JOB);
  await world.normalize(JSON.stringify(message));
  await world.normalize(JSON.stringify(message));
  const digest = pipeline.rules[0]?.digest ?? "";
  const ids = world
    .requests()
    .map(({ entry }) => [entry.MessageGroupId, entry.MessageDeduplicationId]);
  const id = [sha256(CLUSTER.uid, "data", "backup-1"), sha256(record, message.id, digest)];
  expect(ids).toEqual([id, id]);
});

test("the requests of all rules for one object share a group, and those for another object do not", async () => {
  const both = toPipeline(RERUN, { ...RERUN, id: "rerun-too" });
  const world = createWorld({ pipeline: both });
  const other = { ...FAILED_JOB, metadata: { ...FAILED_JOB.metadata, name: "backup-2", uid: "2" } };
  for (const object of [FAILED_JOB, other]) {
    await world.normalize(JSON.stringify(toMessage(both, object)));
  }
  const groups = world.requests().map(({ entry }) => entry.MessageGroupId);
  expect(groups[0]).toBe(groups[1]);
  expect(groups[2]).toBe(groups[3]);
  expect(groups[0]).not.toBe(groups[2]);
});

test("an object that does not match sends nothing", async () => {
  const world = createWorld({ pipeline });
  const young = { ...FAILED_JOB, status: {} };
  const running = { ...FAILED_JOB, status: { conditions: [{ type: "Complete", status: "True" }] } };
  for (const object of [young, running]) {
    const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, object)));
    expect(verdict).toEqual({ outcome: "done" });
  }
  expect([world.requests(), world.alerts()]).toEqual([[], []]);
  expect(world.counts).toMatchObject(
    new Map([
      ["Unknown", 1],
      ["NotMatched", 1],
    ]),
  );
});

test("a change that no rule evaluates reads nothing from the cluster", async () => {
  const world = createWorld({ pipeline });
  await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB, { change: "deleted" })));
  await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB, { initial: [] })));
  await world.normalize(
    JSON.stringify(toMessage(pipeline, FAILED_JOB, { watch: "jobs.batch-000000000000" })),
  );
  expect(world.asked).toEqual([]);
  expect(world.requests()).toEqual([]);
  expect(world.counts.get("Unbound")).toBe(1);
});

test("if a queue is not available, the message is retried; if it refuses the message for good, the message is poison", async () => {
  const message = JSON.stringify(toMessage(pipeline, FAILED_JOB));
  const away = createFakeQueues();
  away.stub.reset();
  away.stub.rejects(Object.assign(new Error("gone"), { name: "QueueDoesNotExist" }));
  const retry = await createWorld({ pipeline, queues: away }).normalize(message);
  expect(retry).toMatchObject({ outcome: "retry", code: "QueueNotFound" });

  const refusing = createFakeQueues();
  refusing.stub.reset();
  const Failed = [{ Id: "0", Code: "InvalidMessageContents", SenderFault: true }];
  refusing.stub.onAnyCommand().resolves({ Failed });
  const poison = await createWorld({ pipeline, queues: refusing }).normalize(message);
  expect(poison).toMatchObject({ outcome: "poison", code: "MessageRefused" });
});

test("while discovery was never readable, nothing is guessed: the message is retried", async () => {
  const error = new KubemendError("Unreachable", "connect ECONNREFUSED", { retryable: true });
  const world = createWorld({ pipeline, catalogs: [error] });
  const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB)));
  expect(verdict).toEqual({
    outcome: "retry",
    code: "Unreachable",
    reason: "connect ECONNREFUSED",
  });
  expect(world.requests()).toEqual([]);
});

test("a token without permissions is not the message's fault either", async () => {
  const error = new KubemendError("Unauthorized", "401", { retryable: false });
  const world = createWorld({ pipeline, answers: { "/api/v1/namespaces/kube-system": error } });
  const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB)));
  expect(verdict).toMatchObject({ outcome: "retry", code: "Unauthorized" });
});

test("rules that differ between relay and function are reported, and the function decides by its own", async () => {
  const world = createWorld({ pipeline });
  const relay = toPipeline({ ...RERUN, where: "false", once: "object" });
  const data = { rules: { rerun: relay.rules[0]?.digest ?? "" }, pipeline: relay.digest };
  const message = JSON.stringify(toMessage(pipeline, FAILED_JOB, data));
  await world.normalize(message);
  await world.normalize(message);
  expect(world.requests()[0]?.request.data.rule.digest).toBe(pipeline.rules[0]?.digest);
  expect(world.counts.get("PipelineDiffers")).toBe(2);
  const warnings = world.logged.filter(({ message }) => message.includes("different pipelines"));
  expect(warnings).toMatchObject([{ fields: { rules: ["rerun"], relay: relay.digest } }]);
});

test("pipelines that differ elsewhere are counted, and each of the relay's is reported once", async () => {
  const world = createWorld({ pipeline });
  for (const digest of ["older", "oldest", "older"]) {
    await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB, { pipeline: digest })));
  }
  expect(world.counts.get("PipelineDiffers")).toBe(3);
  const warnings = world.logged.filter(({ message }) => message.includes("different pipelines"));
  expect(warnings).toMatchObject([
    { fields: { rules: [], relay: "older" } },
    { fields: { rules: [], relay: "oldest" } },
  ]);
});

test("if the pipelines are the same and every kind is served, nothing is reported, and discovery is read once", async () => {
  const catalogs = [createCatalog(builtinCatalog().entries, "discovery"), new Error("read again")];
  const world = createWorld({ pipeline, catalogs });
  const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB)));
  expect(verdict).toEqual({ outcome: "done" });
  expect(world.counts.has("PipelineDiffers")).toBe(false);
});

test("a request says which remediations led to the reported state, and nothing if the message does not show them", async () => {
  const marks = { "kubemend.dev/depth": "2", "kubemend.dev/at": NOW, "kubemend.dev/rules": "" };
  const annotations = { ...marks, "kubemend.dev/cause": "r", note: "private" };
  const { metadata: identity } = FAILED_JOB;
  const whole = { ...identity, resourceVersion: "7" };
  const sent: unknown[] = [];
  for (const metadata of [{ ...whole, annotations }, whole, identity]) {
    const object = { ...FAILED_JOB, metadata };
    const world = createWorld({ pipeline });
    await world.normalize(JSON.stringify(toMessage(pipeline, object)));
    sent.push(world.requests()[0]?.request.data.change.loopAnnotations);
  }
  expect(sent).toEqual([marks, {}, undefined]);
});
