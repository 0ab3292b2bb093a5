import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultContext } from "./fault.ts";
import type { World } from "../world/world.ts";

/**
 * More revisions than an API server writes by itself when it starts: after the backup is restored the cluster's current
 * resourceVersion is below every one that a watch has seen.
 */
const FILLER_WRITES = 400;
const FILLER_LANES = 8;
/** How long writers wait for the relay to look: later the current resourceVersion might no longer be below. */
const NOTICE_MS = 4_000;

/** etcd is restored from a backup: all later creations, changes and deletions are undone. */
export const rollBackEtcd: Fault = async (context) => {
  const { world, relay, gate, writers, random, report } = context;
  const copy = join(world.folder, "etcd-backup");
  await gate.close();
  await backUpEtcd(world, copy);
  report("etcd was backed up");
  gate.open();
  await sleep(random.between(400, 1_200));
  await gate.close();
  await fill(world);
  await context.untilAllHere();
  const isAway = random.chance(0.4);
  if (isAway) await relay.kill();
  report(`etcd is restored from the backup${isAway ? ", the relay is down meanwhile" : ""}`);
  const noticed = relay.logs("etcd rollback", NOTICE_MS);
  await restore(world, copy);
  for (const writer of writers) await writer.relearn();
  if (isAway) await relay.ready();
  report(
    (await noticed)
      ? "the relay has noticed it"
      : "the relay does not report that it has noticed it",
  );
  gate.open();
};

async function backUpEtcd({ controlPlane, etcdFolder }: World, copy: string): Promise<void> {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o700 });
  await controlPlane.stopProcess("etcd");
  cpSync(etcdFolder, copy, { recursive: true });
  await controlPlane.startProcess("etcd");
}

async function restore({ controlPlane, etcdFolder }: World, copy: string): Promise<void> {
  await controlPlane.stopProcess("kube-apiserver", 0);
  await controlPlane.stopProcess("etcd", 0);
  rmSync(etcdFolder, { recursive: true, force: true });
  cpSync(copy, etcdFolder, { recursive: true });
  await controlPlane.startProcess("etcd");
  await controlPlane.startProcess("kube-apiserver");
}

/** Writes objects that no watch selects. */
async function fill({ client }: FaultContext["world"]): Promise<void> {
  const lanes = Array.from({ length: FILLER_LANES }, async (_, lane) => {
    const name = `chaos-filler-${lane}`;
    const metadata = { name, namespace: "default" };
    const collection = "/api/v1/namespaces/default/configmaps";
    const toBody = (count: number): object => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { count: String(count) },
    });
    await client.request({ method: "POST", path: collection, body: toBody(-1) }).catch(() => {});
    for (let count = 0; count < FILLER_WRITES / FILLER_LANES; count += 1) {
      const body = { ...toBody(count), data: { count: `${count}-${performance.now()}` } };
      await client.request({ method: "PUT", path: `${collection}/${name}`, body });
    }
  });
  await Promise.all(lanes);
}
