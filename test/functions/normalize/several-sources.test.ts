/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import { parseRemediationRequest } from "../../../events/request.ts";
import { openSeveral } from "../../../adapters/clusters/several-sources.ts";
import { processBySource } from "../../../adapters/lambda/process-by-source.ts";
import type { SqsBatchProcess } from "../../../adapters/lambda/sqs-process.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import { KubemendError } from "../../../core/errors.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { viewFromUid } from "../../../core/pipeline/source-view.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import { createNormalize } from "../../../functions/normalize/normalize.ts";
import { createFakeQueues, toQueueUrl, toRecord } from "../../adapters/lambda/invocation.ts";

const LIVE = createCatalog(builtinCatalog().entries, "discovery");
const NOW = "2026-01-01T00:00:05.000Z";

const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "prod" },
  clusters: [
    { name: "eu", uid: "eeeeeeee-0000-4000-8000-00000000000e", access: { kubeconfig: "eu" } },
    { name: "target", access: { kubeconfig: "target" } },
  ],
  rules: [
    {
      id: "label",
      on: { resource: "configmaps", clusters: ["prod", "eu"] },
      where: 'cluster.name in ["prod", "eu"]',
      once: "change",
      then: [{ label: { set: { a: "b" } } }],
    },
    {
      id: "mirror",
      on: { resource: "configmaps", clusters: ["prod", "eu"] },
      then: [{ mirror: { to: ["target"] } }],
    },
    {
      id: "alert",
      on: { resource: "configmaps", clusters: ["prod", "eu"] },
      once: "change",
      then: [{ alert: { to: "ops", summary: "'x'", group: "off" } }],
    },
    {
      id: "only-prod",
      on: { resource: "configmaps" },
      once: "change",
      then: [{ label: { set: { c: "d" } } }],
    },
  ],
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
const pipeline = parsed.value;

const SETTINGS: KubernetesObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "shop", uid: "object-uid", resourceVersion: "7" },
};

/** The change of an object as the relay of a cluster sends it, with the same pipeline file. */
function toChange(clusterUid: string, object = SETTINGS, epoch = 1) {
  const view = viewFromUid(pipeline, clusterUid);
  const watch = planWatches(view).find(({ resource }) => resource === "configmaps");
  return toChangeMessage(
    {
      cluster: { name: view.cluster.name, uid: clusterUid },
      watch: watch?.key ?? "",
      pipeline: view.digest,
      rules: Object.fromEntries(watch?.rules.map(({ id, digest }) => [id, digest]) ?? []),
      resource: {
        group: "",
        version: "v1",
        resource: "configmaps",
        kind: "ConfigMap",
        namespaced: true,
      },
    },
    {
      change: "modified",
      object,
      resourceVersion: String(object.metadata["resourceVersion"]),
      epoch,
      time: "2026-01-01T00:00:00.000Z",
    },
  );
}

async function createWorld(away: ReadonlySet<string> = new Set()) {
  const queues = createFakeQueues();
  const toClient = (uid: string): KubernetesClient => ({
    server: `https://${uid}`,
    async request<T>({ path }: { readonly path: string }): Promise<T> {
      if (away.has(uid)) throw new KubemendError("Unreachable", "no route", { retryable: true });
      if (path === "/api/v1/namespaces/kube-system") {
        return { metadata: { name: "kube-system", uid } } as T;
      }
      throw new KubemendError("NotFound", path, { retryable: false });
    },
    stream: () => Promise.reject(new Error("not used")),
    close: async () => {},
  });
  const client = toClient("uid-prod");
  const discovery = { catalog: async () => LIVE, refresh: async () => LIVE };
  const sources = await openSeveral<SqsBatchProcess>(
    { pipeline, client },
    (source) =>
      createNormalize({
        ...source,
        discovery,
        queues: queues.client,
        remediationsQueueUrl: toQueueUrl("remediations.fifo"),
        transfersQueueUrl: toQueueUrl("transfers.fifo"),
        alertsQueueUrl: toQueueUrl("alerts"),
        wakeupsQueueUrl: toQueueUrl("wakeups"),
        now: () => NOW,
      }),
    { now: () => 0, connect: async ({ uid = "none" }) => toClient(uid) },
  );
  const process = processBySource(sources);
  const nothing = (): void => {};
  const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  return {
    queues,
    normalize: (messages: readonly ChangeMessage[]) =>
      process(
        messages.map((message, index) => toRecord(`m${index}`, JSON.stringify(message))),
        {
          signal: new AbortController().signal,
          deadlineMs: Date.now() + 60_000,
          telemetry: { logger, count: nothing },
        },
      ),
  };
}

describe("changes of several clusters on one queue", () => {
  test("are decided by the rules that take changes of their cluster", async () => {
    const world = await createWorld();
    const changes = ["uid-prod", "eeeeeeee-0000-4000-8000-00000000000e"].map(
      (uid) => toChange(uid).message,
    );
    expect(await world.normalize(changes)).toEqual([{ outcome: "done" }, { outcome: "done" }]);
    const requests = world.queues.sentTo("remediations.fifo").map((entry) => {
      const request = parseRemediationRequest(entry.MessageBody ?? "");
      if (request.outcome === "refused") throw new Error(request.reason);
      return [request.value.data.cluster.name, request.value.data.rule.id];
    });
    expect(requests.map(String).toSorted()).toEqual(["eu,label", "prod,label", "prod,only-prod"]);
  });

  test("of a cluster whose changes no rule takes are refused with the reason", async () => {
    const world = await createWorld();
    const [refused, done] = await world.normalize(
      ["uid-third", "eeeeeeee-0000-4000-8000-00000000000e"].map((uid) => toChange(uid).message),
    );
    expect(refused).toEqual({
      outcome: "poison",
      code: "ForeignCluster",
      reason:
        "the message is about cluster prod (uid-third), this function reaches uid-prod: no rule takes changes of that cluster (name it in clusters and on.clusters, and redrive the message, or stop its relay)",
    });
    expect(done).toEqual({ outcome: "done" });
  });

  test("wait for their own cluster only", async () => {
    for (const away of ["eeeeeeee-0000-4000-8000-00000000000e", "uid-prod"]) {
      const world = await createWorld(new Set([away]));
      const uids = ["uid-prod", "eeeeeeee-0000-4000-8000-00000000000e"];
      const verdicts = await world.normalize(uids.map((uid) => toChange(uid).message));
      expect(verdicts.map(({ outcome }) => outcome)).toEqual(
        uids.map((uid) => (uid === away ? "retry" : "done")),
      );
    }
  });
});

test("no id, group, deduplication id or record of one cluster is that of another, however equal their objects are", async () => {
  const text = fc.stringMatching(/^[a-z0-9]{1,6}$/);
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (name, namespace, uid, resourceVersion) => {
      const metadata = { name, namespace, uid, resourceVersion };
      const object: KubernetesObject = { apiVersion: "v1", kind: "ConfigMap", metadata };
      const seen = new Map<string, string>();
      const note = (what: string, value: string | undefined, cluster: string): void => {
        const key = `${what} ${value}`;
        expect([undefined, cluster]).toContain(seen.get(key));
        seen.set(key, cluster);
      };
      for (const cluster of ["uid-prod", "eeeeeeee-0000-4000-8000-00000000000e"]) {
        const world = await createWorld();
        const { message, groupId, deduplicationId } = toChange(cluster, object);
        note("change", message.id, cluster);
        note("group of changes", groupId, cluster);
        note("deduplication of changes", deduplicationId, cluster);
        note("trace", message.traceparent, cluster);
        await world.normalize([message]);
        for (const queue of ["remediations.fifo", "transfers.fifo", "alerts"]) {
          const sent = world.queues.sentTo(queue);
          expect(sent.length).toBeGreaterThan(0);
          for (const entry of sent) {
            if (queue !== "alerts") {
              note(`group of ${queue}`, entry.MessageGroupId, cluster);
              note(`deduplication of ${queue}`, entry.MessageDeduplicationId, cluster);
            }
            const { id } = JSON.parse(entry.MessageBody ?? "") as { readonly id: string };
            note(`id of ${queue}`, id, cluster);
          }
        }
      }
    }),
    { numRuns: 30 },
  );
});
