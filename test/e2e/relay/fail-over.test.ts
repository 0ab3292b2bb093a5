import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { createLeaseStore } from "../../../adapters/kubernetes/lease/lease.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import { startFaultProxy, type FaultProxy } from "../../support/network/fault-proxy.ts";
import { startQueueServer, type QueueServer } from "../../support/queues/queue-server.ts";
import type { RelayUnderTest } from "../../support/relay/relay-process.ts";
import { createRelayPair, summarize, type RelayPair } from "../../support/relay/relay-pair.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
let controlPlane: ControlPlane;
let client: KubernetesClient;
let queues: QueueServer;
let queueProxy: FaultProxy;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    dataDir: join(folder.path, "control-plane"),
    binaries: await ensureBinaries({
      progress: ({ message }) => process.stderr.write(`${message}\n`),
    }),
    apiOnly: true,
  });
  client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  queues = await startQueueServer();
  queueProxy = await startFaultProxy(queues.port);
});

afterAll(async () => {
  await client?.close();
  await queueProxy?.[Symbol.asyncDispose]();
  await queues?.[Symbol.asyncDispose]();
  await controlPlane?.stop();
  folder[Symbol.dispose]();
});

/** Short times, for short tests; the promise itself is tested with the relay's default times. */
const QUICK = {
  KUBEMEND_LEASE_DURATION_MS: "3000",
  KUBEMEND_LEASE_RENEW_DEADLINE_MS: "2000",
  KUBEMEND_LEASE_RETRY_MS: "300",
  KUBEMEND_BACKOFF_MIN_MS: "50",
  KUBEMEND_BACKOFF_MAX_MS: "400",
};

const createPair = (
  namespace: string,
  environment: NodeJS.ProcessEnv = QUICK,
): Promise<RelayPair> =>
  createRelayPair({
    client,
    kubeconfig: controlPlane.kubeconfig,
    queues,
    queuePort: queueProxy.port,
    folder: folder.path,
    namespace,
    environment,
  });

/** The first relay is the leader and the second a standby; both are ready. */
async function startBoth({ relays }: RelayPair): Promise<void> {
  await relays[0].start();
  await relays[1].start();
}

const epochs = (messages: readonly { readonly data: { readonly epoch: number } }[]) => [
  ...new Set(messages.map(({ data }) => data.epoch)),
];

describe("two relays", () => {
  it("if the leader is killed, the standby publishes within 15 s, and nothing is sent twice before that", async () => {
    await using pair = await createPair("killed", {});
    const { relays } = pair;
    await startBoth(pair);
    await pair.create("before");
    expect((await pair.receive(1)).map(summarize)).toEqual(["added before 1"]);
    await pair.settled(1);
    await relays[0].kill();
    const killedAt = performance.now();
    await pair.create("after");
    await pair.change("before", "2");
    const seconds = (): number => (performance.now() - killedAt) / 1000;
    await expect
      .poll(() => relays[1].output(), { timeout: 15_000, interval: 20 })
      .toContain("leader: this relay holds the Lease");
    const takenAfter = seconds();
    const messages = await pair.receive(2);
    console.info(
      `the Lease was taken after ${takenAfter.toFixed(2)} s, all was published after ${seconds().toFixed(2)} s`,
    );
    expect(messages.map(summarize).toSorted()).toEqual(["added after 1", "modified before 2"]);
    expect(epochs(messages)).toEqual([2]);
  });

  it("a killed leader finds its own Lease when it restarts, and need not wait", async () => {
    await using pair = await createPair("again", {});
    const [relay] = pair.relays;
    await relay.start();
    await pair.create("before");
    await pair.receive(1);
    await pair.settled(0);
    await relay.kill();
    await pair.create("after");
    await relay.start();
    const messages = await pair.receive(1);
    expect(messages.map(summarize)).toEqual(["added after 1"]);
    expect(epochs(messages)).toEqual([2]);
    expect(relay.output()).not.toContain("standby: another");
  });

  it("if the leader is stopped, the standby takes over at once", async () => {
    await using pair = await createPair("stopped", {});
    const { relays } = pair;
    await startBoth(pair);
    await pair.create("before");
    await pair.receive(1);
    await pair.settled(1);
    const stoppedAt = performance.now();
    expect(await relays[0].stop()).toBe(0);
    // The Lease would be valid for another 9 s.
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(relays[0].output()).toContain("released the Lease");
    await pair.create("after");
    expect((await pair.receive(1)).map(summarize)).toEqual(["added after 1"]);
    // It did not wait, because the Lease had no holder.
    expect(relays[1].output()).toMatch(/"from":"","epoch":1.*leader: this relay/);
  });

  it("the standby reports a deletion that the dead leader had read but not sent, from its own stream", async () => {
    await using pair = await createPair("standby-stream");
    const { relays } = pair;
    await startBoth(pair);
    await pair.create("gone");
    await pair.receive(1);
    await pair.settled(1);
    queueProxy.stall();
    await pair.remove("gone");
    await waiting(relays[0]);
    await waiting(relays[1]);
    await relays[0].kill();
    queueProxy.cut();
    queueProxy.resume();
    const [deletion] = await pair.receive(1);
    // Seen on its stream, so the object is complete.
    expect(deletion && summarize(deletion)).toBe("deleted gone 1");
    expect(deletion?.data.epoch).toBe(2);
  });

  it("the standby finds by its journal a deletion that only the dead leader saw, if the history is compacted", async () => {
    await using pair = await createPair("journal");
    const { relays } = pair;
    await startBoth(pair);
    await pair.create("gone");
    await pair.create("kept");
    await pair.receive(2);
    await pair.settled(1);
    await relays[1].kill();
    queueProxy.stall();
    await pair.remove("gone");
    await waiting(relays[0]);
    await relays[0].kill();
    await controlPlane.compactHistory();
    await controlPlane.restart("kube-apiserver");
    queueProxy.cut();
    queueProxy.resume();
    await relays[1].start();
    const messages = await pair.receive(1);
    expect(messages.map(summarize)).toEqual(["deleted gone (gap)"]);
    expect(epochs(messages)).toEqual([2]);
  });

  it("the standby reports the deletion of an object that it never saw because it was down, and that no watch can replay", async () => {
    await using pair = await createPair("unseen");
    const { relays } = pair;
    await startBoth(pair);
    await pair.create("kept");
    await pair.receive(1);
    await pair.settled(1);
    await relays[1].kill();
    await pair.create("gone");
    expect((await pair.receive(1)).map(summarize)).toEqual(["added gone 1"]);
    await relays[0].kill();
    await pair.remove("gone");
    // Its own journal has nothing from before.
    await controlPlane.restart("kube-apiserver");
    await relays[1].start();
    const messages = await pair.receive(1);
    expect(messages.map(summarize)).toEqual(["deleted gone (gap)"]);
    await pair.settled(1);
    expect(await relays[1].metrics()).not.toMatch(/handover_gaps_total\{.*\} [1-9]/);
  });

  it("a suspended leader that resumes after its Lease has expired starts no send, and becomes a standby", async () => {
    await using pair = await createPair("frozen");
    const { relays } = pair;
    await startBoth(pair);
    await pair.create("before");
    await pair.receive(1);
    await pair.settled(1);
    relays[0].signal("SIGSTOP");
    // Watch events wait in the suspended relay's sockets: these are what it would send.
    for (let count = 0; count < 20; count += 1) await pair.create(`meanwhile-${count}`);
    await expect.poll(() => relays[1].output(), { timeout: 15_000 }).toContain("leader: this");
    const taken = await pair.receive(20);
    expect(epochs(taken)).toEqual([2]);
    relays[0].signal("SIGCONT");
    await expect
      .poll(() => relays[0].output(), { timeout: 15_000 })
      .toMatch(/lost the Lease.*\n(.*\n)*.*standby: another/);
    await pair.create("after");
    const after = await pair.receive(1);
    expect(after.map(summarize)).toEqual(["added after 1"]);
    expect(epochs(after)).toEqual([2]);
    await pair.settled(0);
    expect(await relays[0].metrics()).toContain("kubemend_relay_lease_active 0\n");
  });

  it("a relay that has lost its journal sends everything again with a gap, because the Lease shows that this is not a first start", async () => {
    await using pair = await createPair("lost");
    const [relay] = pair.relays;
    await relay.start();
    await pair.create("one");
    await pair.create("two");
    await pair.receive(2);
    await pair.settled(0);
    await relay.stop();
    pair.loseJournal(0);
    await relay.start();
    const messages = await pair.receive(2);
    expect(messages.map(summarize).toSorted()).toEqual(["added one 1 (gap)", "added two 1 (gap)"]);
  });

  it("the leader takes a deleted Lease for an etcd rollback: everything is sent again", async () => {
    await using pair = await createPair("deleted-lease");
    await startBoth(pair);
    await pair.create("one");
    const [first] = await pair.receive(1);
    await pair.settled(1);
    await pair.deleteLease();
    const [again] = await pair.receive(1);
    expect(again && summarize(again)).toBe("modified one 1 (gap)");
    expect(again?.id).toBe(first?.id);
    expect(again?.data.epoch).toBeGreaterThan(first?.data.epoch ?? 0);
    await pair.settled(0);
    await pair.settled(1);
  });

  it("both are ready, and metrics and the Lease show which is leader and which is standby", async () => {
    await using pair = await createPair("observed");
    const { relays } = pair;
    await startBoth(pair);
    expect(await relays[0].metrics()).toMatch(/lease_active 1\n[^]*lease_renewals_total [1-9]/);
    expect(await relays[1].metrics()).toMatch(/lease_active 0\n[^]*lease_epoch 1\n/);
    const lease = await pair.lease();
    expect(lease?.annotations["kubemend.dev/epoch"]).toBe("1");
    expect(lease?.annotations["kubemend.dev/checkpoints"]).toMatch(
      /^\{"configmaps-[^"]+":\{"rv":"\d+"/,
    );
  });
});

describe("a Lease on the real API server", () => {
  const limits = { timeoutMs: 5_000 };
  const content = { holder: "a", durationMs: 9_000, annotations: { "kubemend.dev/epoch": "1" } };
  const storeOf = (name: string, by = client) =>
    createLeaseStore({ client: by, namespace: "kubemend", name, wallMs: () => 0 });

  beforeAll(async () => {
    const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
    const rules = [
      { ...leases, verbs: ["create"] },
      { ...leases, resourceNames: ["own"], verbs: ["get", "update"] },
    ];
    const kubeconfigs = await installAccess({
      client,
      caFile: controlPlane.caFile,
      dir: join(folder.path, "access"),
      permissions: { relay: [{ namespace: "kubemend", rules }] },
      crds: [],
    });
    relayClient = await connectKubeConfig({ kubeconfig: kubeconfigs.relay });
  });
  let relayClient: KubernetesClient;
  afterAll(async () => relayClient?.close());

  it("is created, renewed and released with permissions for its name alone; other Leases are not touched", async () => {
    const store = storeOf("own", relayClient);
    expect(await store.read(limits)).toBeUndefined();
    const made = await store.write(undefined, content, limits);
    expect(made).toMatchObject({ holder: "a", durationMs: 9_000 });
    const free = await store.write(made, { ...content, holder: "" }, limits);
    expect(free?.holder).toBe("");
    await storeOf("another").write(undefined, content, limits);
    const forbidden = expect.objectContaining({ code: "Forbidden" });
    const another = storeOf("another", relayClient);
    await expect(another.read(limits)).rejects.toEqual(forbidden);
    await expect(another.write(undefined, content, limits)).rejects.toEqual(forbidden);
    const third = storeOf("third", relayClient);
    await expect(third.write(undefined, content, limits)).rejects.toEqual(forbidden);
  });

  it("a write of it fails if its resourceVersion is outdated, if it already exists, or if it was deleted", async () => {
    const store = storeOf("contested");
    const made = await store.write(undefined, content, limits);
    expect(await store.write(undefined, content, limits)).toBeUndefined();
    const renewed = await store.write(made, content, limits);
    // The wall clock stands still here, and the state differs all the same.
    expect(renewed?.resourceVersion).not.toBe(made?.resourceVersion);
    expect(await store.write(made, content, limits)).toBeUndefined();
    const path = "/apis/coordination.k8s.io/v1/namespaces/kubemend/leases/contested";
    await client.request({ method: "DELETE", path });
    expect(await store.write(renewed, content, limits)).toBeUndefined();
    expect(await store.read(limits)).toBeUndefined();
  });
});

/** Resolves when it has read a change that waits in its buffer. */
async function waiting(relay: RelayUnderTest): Promise<void> {
  await expect
    .poll(() => relay.metrics(), { timeout: 15_000 })
    .toMatch(/kubemend_relay_buffered_objects [1-9]/);
}
