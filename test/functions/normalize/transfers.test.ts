/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { sha256, toChangeGroupId } from "../../../events/ids.ts";
import { parseTransferMessage, type TransferData } from "../../../events/transfer.ts";
import { SIGNATURE_ATTRIBUTE, toSignature } from "../../../events/signature.ts";
import { toQueueUrl, toRecord } from "../../adapters/lambda/invocation.ts";
import { CLUSTER, NOW, createWorld, toMessage, type World } from "./world.ts";

const KEY = "a-key-of-the-installation-0123";
const KEYS = { current: async () => [KEY], reread: async () => [KEY] };

const MIRROR = {
  id: "mirror-shop",
  on: { resource: "configmaps", namespaces: ["shop"] },
  then: [
    { mirror: { to: ["backup-eu", "backup-us"] } },
    { alert: { to: "ops", summary: "object.metadata.name" } },
  ],
};

function toMirrorPipeline(...rules: readonly object[]): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: ["backup-eu", "backup-us"].map((name) => ({ name, access: { kubeconfig: name } })),
    rules,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function toConfigMap(metadata: object = {}): KubernetesObject {
  const own = { name: "settings", namespace: "shop", uid: "config-uid", ...metadata };
  return { apiVersion: "v1", kind: "ConfigMap", metadata: own };
}

function transfersOf(world: World) {
  return world.queues.sentTo("transfers.fifo").map((entry) => {
    const transfer = parseTransferMessage(entry.MessageBody ?? "");
    if (transfer.outcome === "refused") throw new Error(transfer.reason);
    return { entry, transfer: transfer.value };
  });
}

const pipeline = toMirrorPipeline(MIRROR);

describe("a change of a mirrored object", () => {
  test.each(["added", "modified", "deleted", "left"] as const)(
    "that was %s is a transfer for each target",
    async (change) => {
      const world = createWorld({ pipeline });
      await world.normalize(JSON.stringify(toMessage(pipeline, toConfigMap(), { change })));
      const sent = transfersOf(world).map(({ transfer: { data } }) => data as TransferData);
      expect(sent.map(({ target }) => target.name)).toEqual(["backup-eu", "backup-us"]);
      expect(sent[0]).toMatchObject({
        cluster: CLUSTER,
        rule: { id: "mirror-shop", digest: pipeline.rules[0]?.digest },
        reason: "change",
        change: { kind: change, time: "2026-01-01T00:00:00.000Z" },
        object: {
          group: "",
          version: "v1",
          resource: "configmaps",
          kind: "ConfigMap",
          namespaced: true,
          namespace: "shop",
          name: "settings",
          uid: "config-uid",
          resourceVersion: "7",
        },
      });
    },
  );

  test("carries nothing of the object but its identity", async () => {
    const world = createWorld({ pipeline });
    const object = { ...toConfigMap({ labels: { secret: "s3cr3t" } }), data: { key: "s3cr3t" } };
    await world.normalize(JSON.stringify(toMessage(pipeline, object)));
    expect(transfersOf(world)).toHaveLength(2);
    expect(JSON.stringify(world.queues.sentTo("transfers.fifo"))).not.toContain("s3cr3t");
  });

  test("is in the group of the object and the target, so that no other waits for it", async () => {
    const world = createWorld({ pipeline });
    await world.normalize(JSON.stringify(toMessage(pipeline, toConfigMap())));
    const group = toChangeGroupId({
      clusterUid: CLUSTER.uid,
      resource: "configmaps",
      namespace: "shop",
      name: "settings",
    });
    expect(transfersOf(world).map(({ entry }) => entry.MessageGroupId)).toEqual([
      sha256(group, "backup-eu"),
      sha256(group, "backup-us"),
    ]);
  });

  test("is sent under the same ids however often it is delivered", async () => {
    const world = createWorld({ pipeline });
    const body = JSON.stringify(toMessage(pipeline, toConfigMap()));
    await world.normalize(body);
    await world.normalize(body);
    const ids = transfersOf(world).map(({ entry }) => entry.MessageDeduplicationId);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toHaveLength(4);
  });

  test("is sent again under another id when a rollback of etcd has brought the state back", async () => {
    const world = createWorld({ pipeline });
    const message = toMessage(pipeline, toConfigMap());
    for (const epoch of [1, 2]) {
      await world.normalize(JSON.stringify({ ...message, data: { ...message.data, epoch } }));
    }
    const ids = transfersOf(world).map(({ entry }) => entry.MessageDeduplicationId);
    expect(new Set(ids).size).toBe(4);
  });

  test("alerts nobody and asks for no remediation, and reads nothing of the object", async () => {
    const world = createWorld({ pipeline });
    const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, toConfigMap())));
    expect(verdict).toEqual({ outcome: "done" });
    expect([world.requests(), world.alerts()]).toEqual([[], []]);
    expect(world.asked).toEqual(["/api/v1/namespaces/kube-system"]);
    expect(world.counts.get("Transfers")).toBe(2);
  });

  test("is a transfer although the condition of the rule may be false: that is asked of the live object", async () => {
    const conditional = toMirrorPipeline({ ...MIRROR, where: "false && has(object.data)" });
    const world = createWorld({ pipeline: conditional });
    await world.normalize(JSON.stringify(toMessage(conditional, toConfigMap())));
    expect(transfersOf(world)).toHaveLength(2);
  });

  test("is decided by the other rules of its watch, too", async () => {
    const alerting = { id: "tell", on: MIRROR.on, once: "change", then: [MIRROR.then[1]] };
    const both = toMirrorPipeline(MIRROR, alerting);
    const world = createWorld({ pipeline: both });
    await world.normalize(JSON.stringify(toMessage(both, toConfigMap())));
    expect(transfersOf(world)).toHaveLength(2);
    expect(world.alerts().map(({ data }) => data.rule.id)).toEqual(["tell"]);
  });
});

describe("nothing is sent about", () => {
  test("a copy from another cluster, so that two mirrors do not loop", async () => {
    const world = createWorld({ pipeline });
    const copy = toConfigMap({ annotations: { "kubemend.dev/source-cluster": "other" } });
    await world.normalize(JSON.stringify(toMessage(pipeline, copy)));
    expect(transfersOf(world)).toEqual([]);
  });

  test("an initial object that another rule asked for", async () => {
    const world = createWorld({ pipeline });
    const initial = { change: "added", initial: ["tell"] } as const;
    await world.normalize(JSON.stringify(toMessage(pipeline, toConfigMap(), initial)));
    expect(transfersOf(world)).toEqual([]);
  });

  test("an object of a system namespace that the rule does not name", async () => {
    const wide = toMirrorPipeline({ ...MIRROR, on: { resource: "configmaps" } });
    const world = createWorld({ pipeline: wide });
    const object = toConfigMap({ namespace: "kube-system" });
    await world.normalize(JSON.stringify(toMessage(wide, object)));
    expect(transfersOf(world)).toEqual([]);
  });

  test("an object of another cluster, which is poison", async () => {
    const world = createWorld({ pipeline });
    const cluster = { name: "prod", uid: "another" };
    const verdict = await world.normalize(
      JSON.stringify(toMessage(pipeline, toConfigMap(), { cluster })),
    );
    expect(verdict).toMatchObject({ outcome: "poison", code: "ForeignCluster" });
    expect(transfersOf(world)).toEqual([]);
  });
});

test("a message whose transfers the queue did not take is tried again", async () => {
  const world = createWorld({ pipeline });
  const to = { QueueUrl: toQueueUrl("transfers.fifo") };
  world.queues.stub.on(SendMessageBatchCommand, to).rejects(new Error("connect ECONNREFUSED"));
  const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, toConfigMap())));
  expect(verdict).toMatchObject({ outcome: "retry" });
});

test("transfers are signed only if the change is", async () => {
  const world = createWorld({ pipeline, signingKeys: KEYS });
  const message = { ...toMessage(pipeline, toConfigMap()), time: NOW };
  const body = JSON.stringify(message);
  const signed = { [SIGNATURE_ATTRIBUTE]: { stringValue: toSignature(KEY, "changes", body) } };
  const record = toRecord("signed", body, { group: "g" });
  await world.normalizeBatch([record]);
  await world.normalizeBatch([{ ...record, messageAttributes: signed }]);
  const signatures = transfersOf(world).map(
    ({ entry }) =>
      entry.MessageAttributes?.[SIGNATURE_ATTRIBUTE]?.StringValue ===
      toSignature(KEY, "transfers", entry.MessageBody ?? ""),
  );
  expect(signatures).toEqual([false, false, true, true]);
});
