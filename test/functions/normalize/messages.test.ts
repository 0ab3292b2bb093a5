import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { CLUSTER, createWorld, FAILED_JOB, RERUN, toMessage, toPipeline } from "./world.ts";

const pipeline = toPipeline(RERUN);
const samples = new URL("../../../events/samples/change-1/invalid/", import.meta.url);
const JOB_PATH = "/apis/batch/v1/namespaces/data/jobs/backup-1";

test.each(readdirSync(samples).filter((file) => !file.startsWith("newer-")))(
  "not ours is poison with the reason: %s",
  async (file) => {
    const world = createWorld({ pipeline });
    const verdict = await world.normalize(readFileSync(new URL(file, samples), "utf8"));
    expect(verdict).toMatchObject({ outcome: "poison", code: "MalformedMessage" });
    expect(verdict.outcome === "poison" && verdict.reason).not.toBe("");
  },
);

test("a newer contract is retried: an upgrade in the wrong order delays messages and loses none", async () => {
  const world = createWorld({ pipeline });
  const body = readFileSync(new URL("newer-contract.json", samples), "utf8");
  expect(await world.normalize(body)).toMatchObject({ outcome: "retry", code: "NewerContract" });
});

test("any JSON is answered with a verdict", async () => {
  const world = createWorld({ pipeline });
  const message = toMessage(pipeline, FAILED_JOB);
  const mutated = fc
    .tuple(fc.constantFrom(...Object.keys(message.data)), fc.jsonValue())
    .map(([key, value]) => ({ ...message, data: { ...message.data, [key]: value } }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), mutated), async (json) => {
      const { outcome } = await world.normalize(JSON.stringify(json));
      expect(["done", "poison"]).toContain(outcome);
    }),
    { numRuns: 200 },
  );
});

describe("packed messages", () => {
  const { data, ...envelope } = toMessage(pipeline, FAILED_JOB);
  const pack = (text: string): string =>
    JSON.stringify({
      ...envelope,
      datacontentencoding: "gzip",
      data_base64: gzipSync(text).toString("base64"),
    });

  test("are read like unpacked ones", async () => {
    const world = createWorld({ pipeline });
    expect(await world.normalize(pack(JSON.stringify(data)))).toEqual({ outcome: "done" });
    expect(world.requests()).toHaveLength(1);
  });

  test("that unpack to too much data are poison", async () => {
    const world = createWorld({ pipeline });
    const bomb = pack(JSON.stringify({ ...data, reason: "x".repeat(20_000_000) }));
    expect(bomb.length).toBeLessThan(50_000);
    expect(await world.normalize(bomb)).toMatchObject({
      outcome: "poison",
      code: "MalformedMessage",
    });
  });
});

describe("truncated messages", () => {
  const { apiVersion, kind, metadata } = FAILED_JOB;
  const bare = {
    apiVersion,
    kind,
    metadata: { name: metadata.name, namespace: "data", uid: metadata.uid },
  };
  const truncated = JSON.stringify(
    toMessage(pipeline, bare, { truncated: true, reason: "too big" }),
  );

  test("are completed from the cluster", async () => {
    const world = createWorld({ pipeline, answers: { [JOB_PATH]: FAILED_JOB } });
    expect(await world.normalize(truncated)).toEqual({ outcome: "done" });
    expect(world.requests()).toMatchObject([
      { request: { data: { references: [{ relation: "controller" }] } } },
    ]);
  });

  test("of an object that is gone or was replaced match nothing", async () => {
    const other = { ...FAILED_JOB, metadata: { ...metadata, uid: "another" } };
    for (const answers of [{}, { [JOB_PATH]: other }]) {
      const world = createWorld({ pipeline, answers });
      expect(await world.normalize(truncated)).toEqual({ outcome: "done" });
      expect(world.requests()).toEqual([]);
    }
  });

  test("of an object whose answer can never be read match nothing, and hold up no other", async () => {
    const tooDeep = new KubemendError("Invalid", "nested too deep", { retryable: false });
    const world = createWorld({ pipeline, answers: { [JOB_PATH]: tooDeep } });
    expect(await world.normalize(truncated)).toEqual({ outcome: "done" });
    expect(world.requests()).toEqual([]);
    const garbled = new KubemendError("Invalid", "cut off", { retryable: true });
    const later = createWorld({ pipeline, answers: { [JOB_PATH]: garbled } });
    expect(await later.normalize(truncated)).toMatchObject({ outcome: "retry", code: "Invalid" });
  });

  test("of a deletion are not completed: an object of that name would be another one", async () => {
    const deletions = toPipeline({
      ...RERUN,
      on: { resource: "jobs.batch", changes: ["deleted"] },
    });
    const world = createWorld({ pipeline: deletions, answers: { [JOB_PATH]: FAILED_JOB } });
    const message = toMessage(deletions, bare, { change: "deleted", truncated: true });
    expect(await world.normalize(JSON.stringify(message))).toEqual({ outcome: "done" });
    expect(world.asked).not.toContain(JOB_PATH);
  });

  test("of a Secret do not expose its values", async () => {
    const secrets = toPipeline(toCurious("secrets"));
    const metadata = { name: "s", namespace: "data", uid: "secret-uid" };
    const secret = { apiVersion: "v1", kind: "Secret", metadata };
    const live = { ...secret, data: { password: "aHVudGVyMg==" } };
    const answers = { "/api/v1/namespaces/data/secrets/s": live };
    const world = createWorld({ pipeline: withSummary(secrets), answers });
    await world.normalize(JSON.stringify(toMessage(secrets, secret, { truncated: true })));
    expect(world.alerts()[0]?.data.summary).toBe("nothing");
  });

  test("wait while the object cannot be read", async () => {
    const forbidden = new KubemendError("Forbidden", "no right to get jobs", { retryable: false });
    const world = createWorld({ pipeline, answers: { [JOB_PATH]: forbidden } });
    expect(await world.normalize(truncated)).toMatchObject({ outcome: "retry", code: "Forbidden" });
  });
});

describe("what the pipeline redacts", () => {
  const configMaps = {
    ...toPipeline(toCurious("configmaps")),
    redact: [{ resource: "configmaps", paths: [["data", "password"]] }],
  };
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "s", namespace: "data", uid: "map-uid" },
  };
  const whole = { ...configMap, data: { password: "hunter2", mode: "x" } };

  test("is removed if a relay with an older pipeline has sent it", async () => {
    const world = createWorld({ pipeline: withSummary(configMaps) });
    await world.normalize(JSON.stringify(toMessage(configMaps, whole)));
    expect(world.alerts()[0]?.data.summary).toBe("nothing");
  });

  test("is removed from an object that is read from the cluster", async () => {
    const answers = { "/api/v1/namespaces/data/configmaps/s": whole };
    const world = createWorld({ pipeline: withSummary(configMaps), answers });
    await world.normalize(JSON.stringify(toMessage(configMaps, configMap, { truncated: true })));
    expect(world.alerts()[0]?.data.summary).toBe("nothing");
  });
});

describe("messages of metadata", () => {
  const { apiVersion, kind, metadata } = FAILED_JOB;
  const bare = { apiVersion, kind, metadata };
  const toText = (of: Pipeline): string =>
    JSON.stringify(toMessage(of, bare, { payload: "metadata" }));

  test("are enough for rules that read no more: the cluster is not read", async () => {
    const { where: _where, ...rule } = RERUN;
    const all = toPipeline({ ...rule, once: "object" });
    const world = createWorld({ pipeline: all });
    expect(await world.normalize(toText(all))).toEqual({ outcome: "done" });
    expect(world.requests()).toHaveLength(1);
    expect(world.asked).not.toContain(JOB_PATH);
  });

  test("are completed if our rules read more than the relay's", async () => {
    const world = createWorld({ pipeline, answers: { [JOB_PATH]: FAILED_JOB } });
    expect(await world.normalize(toText(pipeline))).toEqual({ outcome: "done" });
    expect(world.requests()).toHaveLength(1);
  });

  test("are completed if only one of several rules reads more", async () => {
    const { where: _where, ...rule } = RERUN;
    const both = toPipeline({ ...rule, id: "every", once: "object" }, RERUN);
    const world = createWorld({ pipeline: both, answers: { [JOB_PATH]: FAILED_JOB } });
    expect(await world.normalize(toText(both))).toEqual({ outcome: "done" });
    expect(world.requests().map(({ request }) => request.data.rule.id)).toEqual(["every", "rerun"]);
  });

  test("of an object that is gone match nothing, even if a rule tests for a missing field", async () => {
    const absent = toPipeline({ ...RERUN, where: "!has(object.status)", once: "object" });
    const world = createWorld({ pipeline: absent });
    expect(await world.normalize(toText(absent))).toEqual({ outcome: "done" });
    expect(world.requests()).toEqual([]);
    expect(world.counts.get("Unknown")).toBe(1);
  });
});
const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

describe("the cluster of the message", () => {
  test("must be the one that the function connects to", async () => {
    const world = createWorld({ pipeline });
    const cluster = { name: "other", uid: "other-uid" };
    const verdict = await world.normalize(
      JSON.stringify(toMessage(pipeline, FAILED_JOB, { cluster })),
    );
    expect(verdict).toMatchObject({ outcome: "poison", code: "ForeignCluster" });
    expect(verdict.outcome === "poison" && verdict.reason).toMatch(/other-uid.*cluster-uid/);
    expect(world.requests()).toEqual([]);
  });

  test("is read from the API server once", async () => {
    const world = createWorld({ pipeline });
    const message = JSON.stringify(toMessage(pipeline, FAILED_JOB, { cluster: CLUSTER }));
    await world.normalize(message);
    await world.normalize(message);
    expect(world.requests()).toHaveLength(2);
    expect(world.asked.filter((asked) => asked === KUBE_SYSTEM)).toHaveLength(1);
  });

  test("must be known: without the permission to read it, messages wait", async () => {
    const forbidden = new KubemendError("Forbidden", "no right", { retryable: false });
    const world = createWorld({ pipeline, answers: { [KUBE_SYSTEM]: forbidden } });
    const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB)));
    expect(verdict).toMatchObject({ outcome: "retry", code: "Forbidden" });
    expect(world.requests()).toEqual([]);
  });
});

function toCurious(resource: string): object {
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  return {
    id: "s",
    on: { resource },
    once: "change",
    then: [{ alert: { to: "a", summary: "''" } }],
  };
}

/** A rule that no pipeline file may contain: the values must be removed all the same. */
function withSummary(pipeline: Pipeline): Pipeline {
  const summary =
    "has(object.data) && has(object.data.password) ? object.data.password : 'nothing'";
  const actions = [{ action: "alert", parameters: { to: "a", summary } }];
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  return { ...pipeline, rules: pipeline.rules.map((rule) => ({ ...rule, then: actions })) };
}
