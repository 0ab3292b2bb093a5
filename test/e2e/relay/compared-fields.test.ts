import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { startQueueServer, type QueueServer } from "../../support/queues/queue-server.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { createRelayProcess, type RelayUnderTest } from "../../support/relay/relay-process.ts";

const NAMESPACE = "compared";
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
/** In each value of the Secret; it must be nowhere else. */
const CANARY = `c4n4ry${randomBytes(9).toString("hex")}`;
/** Short times, for short tests. */
const QUICK = {
  KUBEMEND_LEASE_DURATION_MS: "3000",
  KUBEMEND_LEASE_RENEW_DEADLINE_MS: "2000",
  KUBEMEND_LEASE_RETRY_MS: "300",
  KUBEMEND_BACKOFF_MIN_MS: "50",
  KUBEMEND_BACKOFF_MAX_MS: "400",
};
const MESSAGE_MAX_BYTES = 2_000;

const toPipeline = (fields: string): string => `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: test }
rules:
  - id: rule
    on: { resource: secrets, namespaces: [${NAMESPACE}], changed: { fields: [${fields}], unknown: skip } }
    then: [ { alert: { to: ops, summary: "'changed'" } } ]
`;

const folder = temporaryFolder();
const config = join(folder.path, "pipeline.yaml");
const stack = new AsyncDisposableStack();
let controlPlane: ControlPlane;
let client: KubernetesClient;
let queues: QueueServer;

beforeAll(async () => {
  controlPlane = await startApiServer("1.36.3", join(folder.path, "control-plane"));
  stack.defer(() => controlPlane.stop());
  client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => client.close());
  queues = stack.use(await startQueueServer());
  const body = { metadata: { name: NAMESPACE } };
  await client.request({ method: "POST", path: "/api/v1/namespaces", body });
  writeFileSync(config, toPipeline("data"));
});

afterAll(async () => {
  await stack.disposeAsync();
  folder[Symbol.dispose]();
});

function createRelay(state: string, lease?: string): RelayUnderTest {
  const relay = createRelayProcess({
    config,
    stateDir: join(folder.path, state),
    lease,
    environment: {
      KUBECONFIG: controlPlane.kubeconfig,
      KUBEMEND_CHANGES_QUEUE_URL: queues.fifoUrl,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      ...QUICK,
    },
  });
  stack.use(relay);
  return relay;
}

/** Values of 100 KB, which would be seen in the size of a message. */
const toData = (value: string): object => ({
  secret: Buffer.from(`${CANARY} ${value} ${"x".repeat(100_000)}`).toString("base64"),
});

const create = (name: string, value: string): Promise<unknown> =>
  client.request({
    method: "POST",
    path: SECRETS,
    body: { metadata: { name }, data: toData(value) },
  });

const patch = (name: string, body: object): Promise<unknown> =>
  client.request({
    method: "PATCH",
    path: `${SECRETS}/${name}`,
    contentType: "application/merge-patch+json",
    body,
  });
const setValue = (name: string, value: string): Promise<unknown> =>
  patch(name, { data: toData(value) });
const setLabel = (name: string, label: string): Promise<unknown> =>
  patch(name, { metadata: { labels: { label } } });

const bodies: string[] = [];

/** Waits for `count` messages: `modified a yes`. */
async function receive(count: number): Promise<readonly string[]> {
  const answers: string[] = [];
  const drain = async (): Promise<number> => {
    for (const { body } of await queues.drain(queues.fifoUrl)) {
      const parsed = parseChangeBody(body);
      if (parsed.outcome === "refused") throw new Error(parsed.reason);
      const { change, changed, object } = parsed.value.data;
      answers.push(`${change} ${object.metadata.name} ${changed?.["rule"]}`);
      bodies.push(body);
    }
    return answers.length;
  };
  await expect.poll(drain, { timeout: 30_000, interval: 50 }).toBeGreaterThanOrEqual(count);
  return answers;
}

test("a relay says yes if the data of a Secret has changed, and no if only a label has, through kill -9 and a new rule", async () => {
  await create("first", "A");
  const relay = createRelay("alone");
  await relay.start();
  await setLabel("first", "one");
  expect(await receive(1)).toEqual(["modified first no"]);
  await setValue("first", "B");
  expect(await receive(1)).toEqual(["modified first yes"]);
  await create("second", "A");
  expect(await receive(1)).toEqual(["added second unknown"]);

  await relay.kill();
  await setValue("first", "C");
  await setLabel("second", "one");
  await relay.start();
  expect((await receive(2)).toSorted()).toEqual(["modified first yes", "modified second no"]);

  // Other fields are known from a snapshot, which sends nothing.
  writeFileSync(config, toPipeline("data, metadata.labels"));
  await relay.kill();
  await relay.start();
  await setLabel("first", "two");
  expect(await receive(1)).toEqual(["modified first yes"]);
  await relay.stop();
  writeFileSync(config, toPipeline("data"));
});

test("a standby that takes over says it of what the dead leader delivered", async () => {
  const lease = `${NAMESPACE}/relay`;
  const leader = createRelay("leader", lease);
  const standby = createRelay("standby", lease);
  await create("third", "A");
  await create("fourth", "A");
  await leader.start();
  await standby.start();
  await setValue("third", "B");
  expect(await receive(1)).toEqual(["modified third yes"]);
  // The standby knows that from the leader's checkpoint.
  await expect
    .poll(() => standby.metrics(), { timeout: 30_000 })
    .toContain("kubemend_relay_buffered_objects 0\n");
  await leader.kill();
  await setLabel("third", "one");
  await setValue("fourth", "B");
  await setValue("fourth", "A");
  const answers = await receive(3);
  expect(answers.toSorted()).toEqual([
    "modified fourth yes",
    "modified fourth yes",
    "modified third no",
  ]);
  await standby.stop();
});

test("no value of the Secrets was sent, however large they are", () => {
  expect(bodies.length).toBeGreaterThan(8);
  const encoded = Buffer.from(CANARY).toString("base64").slice(0, 20);
  for (const body of bodies) {
    expect(Buffer.byteLength(body)).toBeLessThan(MESSAGE_MAX_BYTES);
    expect(body).not.toContain(CANARY);
    expect(body).not.toContain(encoded);
  }
});
