import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createLeaseStore, type Lease } from "../../../adapters/kubernetes/lease/lease.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import type { QueueServer } from "../queues/queue-server.ts";
import { createRelayProcess, type RelayUnderTest } from "./relay-process.ts";

/** Two relays that share one Lease, each with its own state folder, and a namespace whose ConfigMaps they watch. */
export type RelayPair = AsyncDisposable & {
  readonly relays: readonly [RelayUnderTest, RelayUnderTest];
  readonly lease: () => Promise<Lease | undefined>;
  readonly deleteLease: () => Promise<unknown>;
  /** The index of the relay that holds the Lease; waits until one does. */
  readonly active: () => Promise<0 | 1>;
  readonly loseJournal: (which: 0 | 1) => void;
  readonly create: (name: string) => Promise<unknown>;
  readonly change: (name: string, value: string) => Promise<unknown>;
  readonly remove: (name: string) => Promise<unknown>;
  /** Resolves when nothing waits in that relay: the queue has accepted everything that it read, from it or from the leader. */
  readonly settled: (which: 0 | 1) => Promise<void>;
  /** Receives from the queue until `count` messages have arrived. */
  readonly receive: (count: number) => Promise<readonly ChangeMessage[]>;
};

/** For example `modified a 2 (gap)`, with the object's value. */
export function summarize({ data }: ChangeMessage): string {
  const value = (data.object["data"] as { value?: string } | undefined)?.value ?? "";
  return [data.change, data.object.metadata.name, value, data.gap === true ? "(gap)" : ""]
    .filter((word) => word !== "")
    .join(" ");
}

const ACTIVE = /"msg":"leader: this relay holds the Lease"/g;
const OVER = /"msg":"(lost|released) the Lease/g;

export async function createRelayPair(options: {
  readonly client: KubernetesClient;
  readonly kubeconfig: string;
  readonly queues: QueueServer;
  /** The queue's port that the relays use, e.g. of a proxy; default: the queue's own. */
  readonly queuePort?: number;
  readonly folder: string;
  readonly namespace: string;
  readonly watch?: string;
  readonly environment?: NodeJS.ProcessEnv;
}): Promise<RelayPair> {
  const { client, queues, namespace } = options;
  const root = join(options.folder, namespace);
  mkdirSync(root);
  const body = { metadata: { name: namespace } };
  await client.request({ method: "POST", path: "/api/v1/namespaces", body });
  const config = join(root, "pipeline.yaml");
  const watch = options.watch ?? `{ resource: configmaps, namespaces: [${namespace}] }`;
  writeFileSync(
    config,
    `apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: test }\nwatch: [${watch}]\n`,
  );
  const queue = new URL(queues.fifoUrl);
  queue.port = String(options.queuePort ?? queues.port);
  const stateDir = (which: 0 | 1): string => join(root, `state-${which}`);
  const create = (which: 0 | 1): RelayUnderTest =>
    createRelayProcess({
      config,
      stateDir: stateDir(which),
      lease: `${namespace}/relay`,
      environment: {
        KUBECONFIG: options.kubeconfig,
        KUBEMEND_CHANGES_QUEUE_URL: queue.href,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        ...options.environment,
      },
    });
  const relays = [create(0), create(1)] as const;
  const store = createLeaseStore({ client, namespace, name: "relay", wallMs: () => Date.now() });
  const isActive = (which: 0 | 1): boolean => {
    const output = relays[which].output();
    return (output.match(ACTIVE)?.length ?? 0) > (output.match(OVER)?.length ?? 0);
  };
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return {
    relays,
    lease: () => store.read({ timeoutMs: 5_000 }),
    deleteLease: () =>
      client.request({
        method: "DELETE",
        path: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/relay`,
      }),
    async active() {
      await expect.poll(() => isActive(0) || isActive(1), { timeout: 30_000 }).toBe(true);
      return isActive(0) ? 0 : 1;
    },
    loseJournal: (which) => rmSync(stateDir(which), { recursive: true }),
    create: (name) =>
      client.request({ method: "POST", path, body: { metadata: { name }, data: { value: "1" } } }),
    change: (name, value) =>
      client.request({
        method: "PATCH",
        path: `${path}/${name}`,
        contentType: "application/merge-patch+json",
        body: { data: { value } },
      }),
    remove: (name) => client.request({ method: "DELETE", path: `${path}/${name}` }),
    async settled(which) {
      await expect
        .poll(() => relays[which].metrics(), { timeout: 30_000 })
        .toContain("kubemend_relay_buffered_objects 0\n");
    },
    async receive(count) {
      const messages: ChangeMessage[] = [];
      const drain = async (): Promise<number> => {
        for (const one of await queues.drain(queues.fifoUrl)) {
          const parsed = parseChangeBody(one.body);
          if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
          messages.push(parsed.value);
        }
        return messages.length;
      };
      await expect.poll(drain, { timeout: 30_000, interval: 50 }).toBeGreaterThanOrEqual(count);
      expect(messages.map(summarize)).toHaveLength(count);
      return messages;
    },
    async [Symbol.asyncDispose]() {
      for (const relay of relays) await relay[Symbol.asyncDispose]();
    },
  };
}
