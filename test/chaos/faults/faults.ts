import { setTimeout as sleep } from "node:timers/promises";
import { rollBackEtcd } from "./etcd-rollback.ts";
import type { Fault } from "./fault.ts";
import { killTransfer, loseTarget } from "../mirroring/faults.ts";
import { poisonRecords } from "../mending/poison-records.ts";
import { webhookAway } from "../mending/webhook-away.ts";
import type { RelayKeeper } from "../world/relay-keeper.ts";
import { LEASE_MS } from "../world/relay-pair.ts";

/** SIGKILL at a random point, also during its start. */
const killRelay: Fault = async ({ relay, random, report }) => {
  for (let times = random.between(1, 3); times > 0; times -= 1) {
    report("kill -9 of the relay");
    await relay.kill();
    await sleep(random.between(0, 400));
    relay.want();
    if (times > 1) await sleep(random.between(0, 1_500));
  }
  await relay.ready();
};

/** The leader of two relays dies, and restarts some time before or after the other has taken over. */
const failOver: Fault = async ({ relay, relays, random, report }) => {
  const active = await findActive(relays);
  report("kill -9 of the leader");
  await active.kill();
  await sleep(random.between(0, LEASE_MS + 1_500));
  await relay.ready();
};

/** The leader of two relays is suspended for a while, and resumes without noticing that time has passed. */
const freezeRelay: Fault = async ({ relay, relays, random, report }) => {
  const active = await findActive(relays);
  report("the leader is suspended");
  active.freeze();
  await sleep(random.between(LEASE_MS, LEASE_MS * 2));
  report("it resumes");
  active.thaw();
  await relay.ready();
};

/** There may be no leader at this moment. */
async function findActive(relays: readonly RelayKeeper[]): Promise<RelayKeeper> {
  const deadline = performance.now() + LEASE_MS * 3;
  for (;;) {
    const active = relays.find((relay) => relay.isActive()) ?? undefined;
    if (active !== undefined) return active;
    const [first] = relays;
    if (first === undefined) throw new Error("a round has a relay");
    if (performance.now() > deadline) return first;
    await sleep(50);
  }
}

const restartApiServer: Fault = async ({ world, random, report }) => {
  const graceMs = random.chance(0.5) ? 0 : 1_000;
  report(graceMs === 0 ? "kill -9 of the API server" : "the API server restarts");
  await world.controlPlane.stopProcess("kube-apiserver", graceMs);
  await sleep(random.between(0, 500));
  await world.controlPlane.startProcess("kube-apiserver");
};

/** The relay was away for longer than the history reaches back: resuming gets 410. */
const compactHistory: Fault = async ({ world, relay, random, report }) => {
  const isAway = random.chance(0.7);
  report(isAway ? "the history is compacted while the relay is down" : "the history is compacted");
  if (isAway) await relay.kill();
  else world.apiProxy.stall();
  await sleep(random.between(300, 900));
  await world.controlPlane.compactHistory();
  // The API server's own watch cache must be lost too.
  await world.controlPlane.stopProcess("kube-apiserver", 0);
  await world.controlPlane.startProcess("kube-apiserver");
  world.apiProxy.resume();
  await relay.ready();
};

/** Changes that wait for the queue are lost with the relay's memory, and must be found again. */
const loseQueueAndRelay: Fault = async ({ world, relay, random, report }) => {
  report("the queue is down, and the relay is killed meanwhile");
  await world.queues.kill();
  world.queueProxy.cut();
  await sleep(random.between(500, 1_200));
  await relay.kill();
  await world.queues.start();
  await relay.ready();
};

const loseQueue: Fault = async ({ world, random, report }) => {
  report("the queue is down for a while");
  await world.queues.kill();
  await sleep(random.between(200, 1_500));
  await world.queues.start();
};

/** The queue accepts a batch, and its answer is lost. */
const cutQueue: Fault = async ({ world, random, report }) => {
  report("answers of the queue are cut off");
  for (let times = random.between(3, 10); times > 0; times -= 1) {
    world.queueProxy.cut(random.between(0, 400));
    await sleep(random.between(10, 120));
  }
};

const cutApi: Fault = async ({ world, random, report }) => {
  report("connections to the API server are cut");
  for (let times = random.between(1, 5); times > 0; times -= 1) {
    world.apiProxy.cut(random.between(0, 3_000));
    await sleep(random.between(10, 300));
  }
};

const stallApi: Fault = async ({ world, random, report }) => {
  report("the connections to the API server stall");
  world.apiProxy.stall();
  await sleep(random.between(200, 2_000));
  if (random.chance(0.3)) world.apiProxy.cut();
  world.apiProxy.resume();
};

/** Half-open connections: until something resets them only the watchdog can detect them. */
const freezeApi: Fault = async ({ world, random, report }) => {
  report("connections to the API server fall silent");
  world.apiProxy.freeze();
  await sleep(random.between(500, 5_000));
  world.apiProxy.thaw();
};

/** Poison among the writers' objects. Some of it stays until the round ends. */
const poisonObjects: Fault = async ({ poison, random, report }) => {
  report("poison is written among the objects");
  for (let times = random.between(4, 8); times > 0; times -= 1) {
    await poison.write();
    await sleep(random.between(0, 150));
  }
};

export type FaultName =
  | "killRelay"
  | "failOver"
  | "freezeRelay"
  | "restartApiServer"
  | "compactHistory"
  | "loseQueueAndRelay"
  | "loseQueue"
  | "cutQueue"
  | "cutApi"
  | "stallApi"
  | "freezeApi"
  | "rollBackEtcd"
  | "poisonObjects"
  | "poisonRecords"
  | "webhookAway"
  | "killTransfer"
  | "loseTarget";

const FAULTS: Readonly<Record<FaultName, Fault>> = {
  killRelay,
  failOver,
  freezeRelay,
  restartApiServer,
  compactHistory,
  loseQueueAndRelay,
  loseQueue,
  cutQueue,
  cutApi,
  stallApi,
  freezeApi,
  rollBackEtcd,
  poisonObjects,
  poisonRecords,
  webhookAway,
  killTransfer,
  loseTarget,
};

/** A round with one of these has two relays. */
export function needsTwoRelays(faults: readonly FaultName[]): boolean {
  return faults.includes("failOver") || faults.includes("freezeRelay");
}

/** A round with one of these mirrors what its writers write. */
export function needsMirroring(faults: readonly FaultName[]): boolean {
  return faults.some(isOfMirroring);
}

export function isOfMirroring(name: FaultName): boolean {
  return name === "killTransfer" || name === "loseTarget";
}

/** A round with one of these has failed Jobs, and the functions that mend them. */
export function needsMending(faults: readonly FaultName[]): boolean {
  return faults.some((name) => MENDED.has(name));
}

const MENDED: ReadonlySet<FaultName> = new Set(["poisonObjects", "poisonRecords", "webhookAway"]);

export const FAULT_NAMES: readonly FaultName[] = Object.keys(FAULTS) as FaultName[];

export function findFault(name: FaultName): Fault {
  return FAULTS[name];
}
