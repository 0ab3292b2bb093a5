import { afterAll, beforeAll, expect, it } from "vitest";
import type { TransferMessage } from "../../../events/transfer.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import {
  find,
  startMirrorWorld,
  TARGET,
  toMirrorRule,
  toTransferDeps,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";
import { deliver, toCompareMessage } from "../../support/mirror/transfer-message.ts";
import { createConfigMap } from "./config-maps.ts";

const RULE = "mirror-all";
const MIRROR = `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/mirrors/${RULE}.${TARGET}`;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const NAMES = Array.from({ length: 800 }, (_, index) => `many-${index}`);

let world: MirrorWorld;

beforeAll(async () => {
  world = await startMirrorWorld();
  for (let at = 0; at < NAMES.length; at += 50) {
    const some = NAMES.slice(at, at + 50);
    await Promise.all(
      some.map((name) =>
        createConfigMap(world.source, CONFIG_MAPS, {
          metadata: { name, labels: { mirror: "yes" } },
          data: { a: "1" },
        }),
      ),
    );
  }
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** The same client, which counts the lists that have expired. */
function countExpired(client: KubernetesClient, seen: { expired: number }): KubernetesClient {
  return {
    ...client,
    async request<T>(request: Parameters<KubernetesClient["request"]>[0]): Promise<T> {
      try {
        return await client.request<T>(request);
      } catch (error) {
        if (isKubemendError(error, "Expired")) seen.expired += 1;
        throw error;
      }
    },
  };
}

it("a comparison continues where it is although etcd has forgotten what was listed", async () => {
  const seen = { expired: 0 };
  let nowMs = Date.now();
  let noise = 0;
  const compareAll = async (forget: () => Promise<void>): Promise<void> => {
    const sent: TransferMessage[] = [];
    const on = { resource: "configmaps", namespaces: ["default"], labelSelector: "mirror=yes" };
    const transfer = createTransfer(
      toTransferDeps(world, [toMirrorRule(RULE, { on })], {
        // The source is newer: it has what it listed in its cache.
        target: countExpired(world.target, seen),
        sent,
        // Each run is over after its first page.
        now: () => (nowMs += 5_000),
      }),
    );
    await deliver(transfer, toCompareMessage(world, RULE));
    for (const message of sent) {
      if (message.data.reason === "compare") await forget();
      await deliver(transfer, message);
    }
  };
  await compareAll(async () => undefined);
  await world.source.request({ method: "DELETE", path: MIRROR });
  await compareAll(async () => {
    noise += 1;
    for (const client of [world.source, world.target]) {
      await createConfigMap(client, CONFIG_MAPS, {
        metadata: { name: `noise-${noise}` },
        data: {},
      });
    }
    for (const { compactHistory } of Object.values(world.controlPlanes)) await compactHistory();
  });
  expect(seen.expired).toBeGreaterThan(0);
  const counts = { compared: 800, missing: 0, stale: 0, drifted: 0, orphans: 0 };
  expect(await find(world.source, MIRROR)).toMatchObject({
    status: { state: "InSync", lastComparison: counts },
  });
});
