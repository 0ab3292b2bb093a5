/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { listInfraFiles } from "../../../../sandbox/access/infra-files.ts";
import { installCrd } from "../../../../sandbox/access/install-crd.ts";
import { startQueues } from "../../../../sandbox/queues/queues.ts";
import { followWrites, type FollowedWrites } from "../../../support/mirror/follow-writes.ts";
import {
  createNamespace,
  find,
  startMirrorWorld,
  TARGET,
  type Json,
  type MirrorWorld,
} from "../../../support/mirror/mirror-world.ts";
import { startTappedPipeline, withFrequentSweeps } from "../../../support/relay/tapped-pipeline.ts";
import { createConfigMap, patchConfigMap } from "../config-maps.ts";
import { RECORDS } from "../mirror-scene.ts";

/** Mirrored with `conflict: adopt`, so that nothing but being a copy keeps an object from being mirrored back. */
const BOTH = "/api/v1/namespaces/both/configmaps";
/** Mirrored with the default, `conflict: fail`. */
const APART = "/api/v1/namespaces/apart/configmaps";
/** A time in which a change could go round several times. */
const QUIET_MS = 4_000;

const stack = new AsyncDisposableStack();
let world: MirrorWorld;
let west: Side;
let east: Side;

type Side = {
  readonly client: KubernetesClient;
  readonly writes: FollowedWrites;
  readonly writesApart: FollowedWrites;
};

/** A whole pipeline that mirrors the ConfigMaps of one cluster to the other one. */
async function startSide(from: "source" | "target", to: "source" | "target"): Promise<Side> {
  const client = world[from];
  const config = join(world.folder, `pipeline-of-${from}.json`);
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: from },
    clusters: [{ name: TARGET, access: { kubeconfig: world.controlPlanes[to].kubeconfig } }],
    rules: [
      {
        id: `mirror-from-${from}`,
        on: { resource: "configmaps", namespaces: ["both"] },
        then: [{ mirror: { to: [TARGET], conflict: "adopt" } }],
      },
      {
        id: `mirror-apart-from-${from}`,
        on: { resource: "configmaps", namespaces: ["apart"] },
        then: [{ mirror: { to: [TARGET] } }],
      },
    ],
  };
  writeFileSync(config, JSON.stringify(document));
  const sqs = await startQueues();
  stack.defer(() => sqs.stop());
  const { kubeconfig } = world.controlPlanes[from];
  const parts = ["relay", "normalize", "remediate", "transfer", "sweep"];
  const { relay } = await startTappedPipeline(stack, {
    sqs,
    kubeconfigs: Object.fromEntries(parts.map((part) => [part, kubeconfig])),
    config,
    stateDir: join(world.folder, `relay-of-${from}`),
    toSettings: withFrequentSweeps,
  });
  await relay.start();
  const writes = await followWrites(client, BOTH);
  stack.defer(writes.stop);
  const writesApart = await followWrites(client, APART);
  stack.defer(writesApart.stop);
  return { client, writes, writesApart };
}

beforeAll(async () => {
  world = stack.use(await startMirrorWorld());
  for (const file of listInfraFiles("crds")) await installCrd(world.target, file);
  await createNamespace(world.target, "kubemend");
  for (const client of [world.source, world.target]) {
    await createNamespace(client, "both");
    await createNamespace(client, "apart");
  }
  west = await startSide("source", "target");
  east = await startSide("target", "source");
});

afterAll(async () => {
  await stack.disposeAsync();
});

const create = ({ client }: Side, name: string, data: Json, path = BOTH): Promise<unknown> =>
  createConfigMap(client, path, { metadata: { name }, data });

const change = ({ client }: Side, name: string, data: Json): Promise<unknown> =>
  patchConfigMap(client, `${BOTH}/${name}`, data);

async function untilData({ client }: Side, name: string, data: Json | undefined): Promise<void> {
  const read = async () => (await find(client, `${BOTH}/${name}`))?.["data"];
  await expect.poll(read, { timeout: 60_000, interval: 50 }).toEqual(data);
}

/** Waits until nothing was written in either cluster for a while. */
async function untilQuiet(): Promise<void> {
  let count = -1;
  await expect
    .poll(
      () => {
        const before = count;
        count = [west, east].reduce(
          (sum, { writes, writesApart }) => sum + writes.count() + writesApart.count(),
          0,
        );
        return count - before;
      },
      { timeout: 60_000, interval: QUIET_MS },
    )
    .toBe(0);
}

it("two clusters that mirror to each other write each state once", async () => {
  await create(west, "from-west", { a: "1" });
  await create(east, "from-east", { a: "1" });
  await untilData(east, "from-west", { a: "1" });
  await untilData(west, "from-east", { a: "1" });
  await change(west, "from-west", { a: "2" });
  await change(east, "from-east", { a: "2" });
  await untilData(east, "from-west", { a: "2" });
  await untilData(west, "from-east", { a: "2" });
  await untilQuiet();
  for (const { writes } of [west, east]) {
    expect(writes.of("from-west")).toEqual(["ADDED", "MODIFIED"]);
    expect(writes.of("from-east")).toEqual(["ADDED", "MODIFIED"]);
  }
  await west.client.request({ method: "DELETE", path: `${BOTH}/from-west` });
  await untilData(east, "from-west", undefined);
  await untilQuiet();
  for (const { writes } of [west, east]) {
    expect(writes.of("from-west")).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  }
});

it("what somebody changes in a copy does not come back to its source", async () => {
  await create(west, "shared", { a: "1" });
  await untilData(east, "shared", { a: "1" });
  await change(east, "shared", { a: "9" });
  await untilQuiet();
  expect(west.writes.of("shared")).toEqual(["ADDED"]);
  expect(await find(west.client, `${BOTH}/shared`)).toMatchObject({ data: { a: "1" } });
});

it("objects that have one name in both clusters are a conflict in both, and neither is written", async () => {
  // At once: otherwise the first would be copied before the second is there.
  await Promise.all([
    create(west, "same", { a: "west" }, APART),
    create(east, "same", { a: "east" }, APART),
  ]);
  const findConflict = (client: KubernetesClient) => async () => {
    const { items } = await client.request<{ readonly items: readonly RecordOf[] }>({
      method: "GET",
      path: RECORDS,
    });
    return items.find(({ spec }) => spec.trigger.name === "same")?.status;
  };
  for (const { client } of [west, east]) {
    await expect
      .poll(findConflict(client), { timeout: 30_000 })
      .toMatchObject({ phase: "Failed", reason: "MirrorConflict" });
  }
  await untilQuiet();
  for (const { writesApart } of [west, east]) expect(writesApart.of("same")).toEqual(["ADDED"]);
});

type RecordOf = {
  readonly spec: { readonly trigger: { readonly name: string } };
  readonly status?: Json;
};
