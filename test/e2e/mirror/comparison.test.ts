import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMPARE_REQUEST_ANNOTATION, type MirrorStatus } from "../../../events/mirrors/mirror.ts";
import type { TransferMessage } from "../../../events/transfer.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createMirrorStore } from "../../../adapters/kubernetes/mirror/mirror-store.ts";
import { KubemendError } from "../../../core/errors.ts";
import { compareMirrors } from "../../../functions/sweep/compare-mirrors.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import {
  createNamespace,
  find,
  startMirrorWorld,
  TARGET,
  toMirrorRule,
  toTransferDeps,
  type Json,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";
import {
  deliver,
  toCompareMessage,
  type Delivered,
} from "../../support/mirror/transfer-message.ts";
import { createConfigMap, patchConfigMap } from "./config-maps.ts";

const RULE = "mirror-all";
const MIRROR = `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/mirrors/${RULE}.${TARGET}`;

describe("the comparison of a mirror", () => {
  let world: MirrorWorld;
  let namespace: string;
  let count = 0;
  let requests = 0;

  beforeAll(async () => {
    world = await startMirrorWorld();
  });

  beforeEach(async () => {
    count += 1;
    namespace = `ns-${count}`;
    await createNamespace(world.source, namespace);
    await createNamespace(world.target, namespace);
    await world.source.request({ method: "DELETE", path: MIRROR }).catch(() => undefined);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const toCollection = (): string => `/api/v1/namespaces/${namespace}/configmaps`;
  const toPath = (name: string): string => `${toCollection()}/${name}`;
  const create = (client: KubernetesClient, name: string, data: Json): Promise<unknown> =>
    createConfigMap(client, toCollection(), {
      metadata: { name, labels: { mirror: "yes" } },
      data,
    });
  const patch = (client: KubernetesClient, name: string, data: Json): Promise<unknown> =>
    patchConfigMap(client, toPath(name), data);
  const toRule = (mirror: Json = {}) =>
    toMirrorRule(RULE, {
      on: { resource: "configmaps", namespaces: [namespace], labelSelector: "mirror=yes" },
      mirror,
    });
  const readStatus = async (): Promise<MirrorStatus | undefined> =>
    (await find(world.source, MIRROR))?.["status"] as MirrorStatus | undefined;

  /** A message begins no comparison that is not due. */
  const request = async (): Promise<void> => {
    requests += 1;
    await world.source
      .request({
        method: "PATCH",
        path: MIRROR,
        contentType: "application/merge-patch+json",
        body: { metadata: { annotations: { [COMPARE_REQUEST_ANNOTATION]: String(requests) } } },
      })
      .catch(() => undefined);
  };

  /** Compares, and then does what the comparison has asked for, like the queue. */
  const compareAll = async (
    mirror: Json = {},
    options: Parameters<typeof toTransferDeps>[2] = {},
  ): Promise<readonly TransferMessage[]> => {
    const sent: TransferMessage[] = [];
    const transfer = createTransfer(toTransferDeps(world, [toRule(mirror)], { ...options, sent }));
    await request();
    await deliver(transfer, toCompareMessage(world, RULE));
    for (const message of sent) await deliver(transfer, message);
    return sent;
  };
  const compareOnly = (options: Parameters<typeof toTransferDeps>[2]): Promise<Delivered> =>
    deliver(
      createTransfer(toTransferDeps(world, [toRule()], options)),
      toCompareMessage(world, RULE),
    );

  it("creates what is missing, changes what is old, repairs what has drifted and deletes what has no source", async () => {
    for (const name of ["missing", "old", "drifted", "orphan", "equal"]) {
      await create(world.source, name, { a: "1" });
    }
    await compareAll();
    await world.target.request({ method: "DELETE", path: toPath("missing") });
    await patch(world.source, "old", { a: "2" });
    await patch(world.target, "drifted", { a: "3" });
    await world.source.request({ method: "DELETE", path: toPath("orphan") });
    const sent = await compareAll();
    expect(new Set(sent.map(({ data }) => data.object?.name))).toEqual(
      new Set(["drifted", "missing", "old", "orphan"]),
    );
    expect(sent).toHaveLength(4);
    expect(await find(world.target, toPath("missing"))).toMatchObject({ data: { a: "1" } });
    expect(await find(world.target, toPath("old"))).toMatchObject({ data: { a: "2" } });
    expect(await find(world.target, toPath("drifted"))).toMatchObject({ data: { a: "1" } });
    expect(await find(world.target, toPath("orphan"))).toBeUndefined();
    expect(await readStatus()).toMatchObject({
      state: "InSync",
      lastComparison: { compared: 4, missing: 1, stale: 1, drifted: 1, orphans: 1 },
    });
  });

  it("asks for nothing if nothing differs", async () => {
    await create(world.source, "settled", { a: "1" });
    await compareAll();
    expect(await compareAll()).toEqual([]);
  });

  it("counts what has drifted and leaves it, if the rule only reports", async () => {
    await create(world.source, "reported", { a: "1" });
    await compareAll({ drift: "report" });
    await patch(world.target, "reported", { a: "2" });
    expect(await compareAll({ drift: "report" })).toEqual([]);
    expect(await find(world.target, toPath("reported"))).toMatchObject({ data: { a: "2" } });
    expect(await readStatus()).toMatchObject({ lastComparison: { drifted: 1 } });
  });

  it("moves copies when the rule maps names in another way", async () => {
    await create(world.source, "moved", { a: "1" });
    await compareAll();
    await compareAll({ names: { suffix: "-dr" } });
    expect(await find(world.target, toPath("moved"))).toBeUndefined();
    expect(await find(world.target, toPath("moved-dr"))).toMatchObject({ data: { a: "1" } });
  });

  it("continues in another message if there is no more time, and counts everything once", async () => {
    const names = Array.from({ length: 600 }, (_, index) => `many-${index}`);
    for (let at = 0; at < names.length; at += 50) {
      const some = names.slice(at, at + 50);
      await Promise.all(some.map((name) => create(world.source, name, { a: "1" })));
    }
    let nowMs = Date.now();
    const sent = await compareAll(
      {},
      {
        now: () => {
          nowMs += 1_000;
          return nowMs;
        },
      },
    );
    expect(sent.filter(({ data }) => data.reason === "compare").length).toBeGreaterThan(0);
    const path = toCollection();
    const { items } = await world.target.request<{ readonly items: readonly unknown[] }>({
      method: "GET",
      path,
    });
    expect(items).toHaveLength(600);
    expect(await readStatus()).toMatchObject({
      state: "InSync",
      lastComparison: { compared: 600 },
    });
  });

  const away: KubernetesClient = {
    server: "https://away",
    request: () =>
      Promise.reject(new KubemendError("Unreachable", "no answer", { retryable: true })),
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };

  it("marks a target that is away as Behind after five minutes, and makes up for it when it is back", async () => {
    await create(world.source, "late", { a: "1" });
    await compareAll();
    await patch(world.source, "late", { a: "2" });
    const startMs = Date.now();
    for (const minute of [0, 1, 2, 3, 4]) {
      await compareOnly({ target: away, now: () => startMs + minute * 60_000 });
      expect((await readStatus())?.state).not.toBe("Behind");
    }
    await compareOnly({ target: away, now: () => startMs + 5 * 60_000 });
    expect(await readStatus()).toMatchObject({ state: "Behind", reason: "no answer" });
    await compareAll();
    expect(await readStatus()).toMatchObject({ state: "InSync" });
    expect(await readStatus()).not.toHaveProperty("unreachableSince");
    expect(await find(world.target, toPath("late"))).toMatchObject({ data: { a: "2" } });
  });

  /** Compares what the sweep finds due, as the functions do; the targets that were compared. */
  const sweep = async (): Promise<readonly string[]> => {
    const deps = toTransferDeps(world, [toRule()]);
    const store = createMirrorStore({ client: world.source, namespace: "kubemend" });
    const due: TransferMessage[] = [];
    await compareMirrors(
      {
        pipeline: async () => deps.pipeline,
        clusterUid: async () => world.clusterUid,
        mirrors: store.list,
        guards: async () => [],
        send: async (entries) =>
          void due.push(...entries.map(({ body }) => JSON.parse(body) as TransferMessage)),
        now: () => Date.now(),
      },
      new AbortController().signal,
    );
    for (const message of due) await deliver(createTransfer(deps), message);
    return due.map(({ data }) => data.target.name);
  };

  it("is made once when somebody requests it with an annotation", async () => {
    await create(world.source, "requested", { a: "1" });
    expect(await sweep()).toEqual([TARGET]);
    expect(await sweep()).toEqual([]);
    await world.source.request({
      method: "PATCH",
      path: MIRROR,
      contentType: "application/merge-patch+json",
      body: { metadata: { annotations: { [COMPARE_REQUEST_ANNOTATION]: "now" } } },
    });
    expect(await sweep()).toEqual([TARGET]);
    expect(await readStatus()).toMatchObject({ lastComparison: { request: "now" } });
    expect(await sweep()).toEqual([]);
  });

  it("does not compare while the rule is paused, and says so", async () => {
    await world.source.request({
      method: "POST",
      path: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/ruleguards",
      body: {
        apiVersion: "kubemend.dev/v1alpha1",
        kind: "RuleGuard",
        metadata: { name: RULE, labels: { "kubemend.dev/guard": RULE } },
        spec: { paused: { reason: "upgrade" } },
      },
    });
    await create(world.source, "paused", { a: "1" });
    expect(await compareAll()).toEqual([]);
    expect(await readStatus()).toMatchObject({ state: "Paused" });
    const path = `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/ruleguards/${RULE}`;
    await world.source.request({ method: "DELETE", path });
    await compareAll();
    expect(await find(world.target, toPath("paused"))).toMatchObject({ data: { a: "1" } });
  });
});
