import { setTimeout as sleep } from "node:timers/promises";
import { putEtcdBack } from "./etcd-rollback.ts";
import type { Fault } from "./fault.ts";
import type { RelayKeeper } from "./relay-keeper.ts";
import { LEASE_MS } from "./relay-pair.ts";

/** SIGKILL at a random point, also of its start. */
const killRelay: Fault = async ({ relay, random, tell }) => {
  for (let times = random.between(1, 3); times > 0; times -= 1) {
    tell("kill -9 of the relay");
    await relay.kill();
    await sleep(random.between(0, 400));
    relay.want();
    if (times > 1) await sleep(random.between(0, 1_500));
  }
  await relay.ready();
};

/** The active one of two dies, and comes back some time after the other has taken over, or before. */
const failOver: Fault = async ({ relay, relays, random, tell }) => {
  const active = await findActive(relays);
  tell("kill -9 of the active relay");
  await active.kill();
  await sleep(random.between(0, LEASE_MS + 1_500));
  await relay.ready();
};

/** The active one of two does nothing for a while, and wakes up believing that no time has passed. */
const freezeRelay: Fault = async ({ relay, relays, random, tell }) => {
  const active = await findActive(relays);
  tell("the active relay is frozen");
  active.freeze();
  await sleep(random.between(LEASE_MS, LEASE_MS * 2));
  tell("it wakes up");
  active.thaw();
  await relay.ready();
};

/** Nobody may be it at this moment. */
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

const restartApiServer: Fault = async ({ world, random, tell }) => {
  const graceMs = random.chance(0.5) ? 0 : 1_000;
  tell(graceMs === 0 ? "kill -9 of the API server" : "the API server restarts");
  await world.controlPlane.stopProcess("kube-apiserver", graceMs);
  await sleep(random.between(0, 500));
  await world.controlPlane.startProcess("kube-apiserver");
};

/** The relay was away for longer than the history reaches back: resuming gets 410. */
const compactHistory: Fault = async ({ world, relay, random, tell }) => {
  const isAway = random.chance(0.7);
  tell(isAway ? "the history is compacted while the relay is dead" : "the history is compacted");
  if (isAway) await relay.kill();
  else world.apiProxy.stall();
  await sleep(random.between(300, 900));
  await world.controlPlane.compactHistory();
  // What the API server itself remembers goes with it.
  await world.controlPlane.stopProcess("kube-apiserver", 0);
  await world.controlPlane.startProcess("kube-apiserver");
  world.apiProxy.resume();
  await relay.ready();
};

/** What was waiting for the queue dies with the relay, and is found again. */
const loseQueueAndRelay: Fault = async ({ world, relay, random, tell }) => {
  tell("the queue is gone, and the relay is killed meanwhile");
  await world.queues.kill();
  world.queueProxy.cut();
  await sleep(random.between(500, 1_200));
  await relay.kill();
  await world.queues.start();
  await relay.ready();
};

const loseQueue: Fault = async ({ world, random, tell }) => {
  tell("the queue is gone for a while");
  await world.queues.kill();
  await sleep(random.between(200, 1_500));
  await world.queues.start();
};

/** The queue has taken a batch, and its answer is lost. */
const cutQueue: Fault = async ({ world, random, tell }) => {
  tell("answers of the queue are cut off");
  for (let times = random.between(3, 10); times > 0; times -= 1) {
    world.queueProxy.cut(random.between(0, 400));
    await sleep(random.between(10, 120));
  }
};

const cutApi: Fault = async ({ world, random, tell }) => {
  tell("connections to the API server are cut");
  for (let times = random.between(1, 5); times > 0; times -= 1) {
    world.apiProxy.cut(random.between(0, 3_000));
    await sleep(random.between(10, 300));
  }
};

const stallApi: Fault = async ({ world, random, tell }) => {
  tell("the way to the API server stalls");
  world.apiProxy.stall();
  await sleep(random.between(200, 2_000));
  if (random.chance(0.3)) world.apiProxy.cut();
  world.apiProxy.resume();
};

/** Half-dead connections: until something resets them only the watchdog tells. */
const freezeApi: Fault = async ({ world, random, tell }) => {
  tell("connections to the API server fall silent");
  world.apiProxy.freeze();
  await sleep(random.between(500, 5_000));
  world.apiProxy.thaw();
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
  | "putEtcdBack";

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
  putEtcdBack,
};

/** A round with one of these has two relays. */
export function needsTwoRelays(faults: readonly FaultName[]): boolean {
  return faults.includes("failOver") || faults.includes("freezeRelay");
}

export const FAULT_NAMES: readonly FaultName[] = Object.keys(FAULTS) as FaultName[];

export function findFault(name: FaultName): Fault {
  return FAULTS[name];
}
