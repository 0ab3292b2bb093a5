/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { BACKUP, withBackup } from "../../support/clusters/reaching-deps.ts";
import { startTwoClusters, type TwoClusters } from "../../support/clusters/start-two-clusters.ts";
import type { TargetCluster } from "../../support/clusters/target-cluster.ts";
import {
  createDeployment,
  createReachingScene,
  readDeployment,
  readStatus,
  setUnavailable,
} from "../../support/clusters/two-clusters.ts";
import { toRequestFor } from "../../support/functions/many-targets.ts";
import {
  toPipeline,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const UNAVAILABLE =
  'object.spec.replicas > 0 && object.status.conditions.exists(c, c.type == "Available" && c.status == "False")';
const ALERT = { alert: { to: "ops", summary: "'failover of ' + object.metadata.name" } };
const SCALE = { scale: { target: { cluster: BACKUP }, replicas: { cel: "object.spec.replicas" } } };

let clusters: TwoClusters;
let world: RemediationWorld;
let backup: TargetCluster;
let there: RemediationWorld;

beforeAll(async () => {
  clusters = await startTwoClusters();
  ({ world, backup, there } = clusters);
});

afterAll(async () => {
  await clusters?.[Symbol.asyncDispose]();
});

const toRule = (rule: Json, kubeconfig = backup.controlPlane.kubeconfig) =>
  withBackup(
    toPipeline({
      on: { resource: "deployments.apps" },
      where: UNAVAILABLE,
      once: "object",
      then: [SCALE, ALERT],
      ...rule,
    }),
    kubeconfig,
  );

/** A failover: the Deployment here is unavailable, its twin there has no replicas. */
async function begin(
  name: string,
  rule: Json = {},
  annotations: Readonly<Record<string, string>> = {},
) {
  const pipeline = toRule(rule);
  await createDeployment(world, name, 3);
  await createDeployment(there, name, 0, annotations);
  const object = await setUnavailable(world, name);
  const [own] = pipeline.rules;
  const request = toRequestFor(world, "deployments.apps", object, {
    pipeline,
    mode: own?.mode ?? "enforce",
  });
  return { scene: createReachingScene(world, pipeline), request, pipeline };
}

const readReplicas = async (at: RemediationWorld, name: string) =>
  ((await readDeployment(at, name))["spec"] as { readonly replicas: number }).replicas;

it("a Deployment that is unavailable here for five minutes scales its twin there", async () => {
  const { scene, request } = await begin("failover", {
    for: "5m",
    once: { condition: "Available" },
  });
  await scene.deliver(request);
  expect(await readStatus(world, request)).toMatchObject({ phase: "Waiting", reason: "For" });
  expect(await readReplicas(there, "failover")).toBe(0);
  await scene.wake();
  const status = await readStatus(world, request);
  expect(status).toMatchObject({ phase: "Succeeded" });
  expect(status?.message).toContain("Deployment default/failover in cluster backup");
  expect(await readReplicas(there, "failover")).toBe(3);
  expect(await readReplicas(world, "failover")).toBe(3);
  expect(scene.alerts.map(({ data }) => data.summary)).toEqual(["failover of failover"]);
});

it("the effect is verified there", async () => {
  const { scene, request } = await begin("verified", { verify: {} });
  await scene.deliver(request);
  await scene.wake();
  expect(await readStatus(world, request)).toMatchObject({ phase: "Waiting" });
  await there.admin.request({
    method: "PATCH",
    path: "/apis/apps/v1/namespaces/default/deployments/verified/status",
    contentType: "application/merge-patch+json",
    body: {
      status: {
        observedGeneration: 9,
        updatedReplicas: 3,
        replicas: 3,
        availableReplicas: 3,
        readyReplicas: 3,
      },
    },
  });
  await scene.wake();
  expect(await readStatus(world, request)).toMatchObject({ phase: "Succeeded" });
});

describe("what the twin there says about itself", () => {
  it.each([
    [
      "has opted out",
      {},
      { "kubemend.dev/remediate": "false" },
      "OptedOut",
      /Deployment default\/\S+ in cluster backup/,
    ],
    [
      "has not opted in",
      { guards: { optIn: { labelSelector: "mend=yes" } } },
      {},
      "NotOptedIn",
      /Deployment default\/\S+ in cluster backup/,
    ],
    [
      "is not what whereTarget asks for",
      { whereTarget: "object.spec.replicas > 5" },
      {},
      "TargetRefused",
      /whereTarget/,
    ],
  ])("is heeded if it %s", async (_, rule, annotations, code, message) => {
    const name = `heeded-${code.toLowerCase()}`;
    const { scene, request } = await begin(name, rule, annotations);
    if (code === "NotOptedIn") await label(world.admin, name);
    await scene.deliver(request);
    expect(await readStatus(world, request)).toMatchObject({ phase: "Refused", reason: code });
    expect((await readStatus(world, request))?.message).toMatch(message);
    expect(await readReplicas(there, name)).toBe(0);
  });
});

async function label(client: KubernetesClient, name: string): Promise<void> {
  await client.request({
    method: "PATCH",
    path: `/apis/apps/v1/namespaces/default/deployments/${name}`,
    contentType: "application/merge-patch+json",
    body: { metadata: { labels: { mend: "yes" } } },
  });
}

it("without a twin there nothing is done, and the record says where it was looked for", async () => {
  const pipeline = toRule({});
  await createDeployment(world, "alone", 3);
  const object = await setUnavailable(world, "alone");
  const request = toRequestFor(world, "deployments.apps", object, { pipeline });
  await createReachingScene(world, pipeline).deliver(request);
  expect(await readStatus(world, request)).toMatchObject({
    phase: "Refused",
    reason: "TargetNotFound",
    message: "Deployment default/alone in cluster backup does not exist",
  });
});

it("a person who is asked for approval sees the diff of the object there", async () => {
  const { scene, request } = await begin("asked", { guards: { mode: "approval" } });
  await scene.deliver(request);
  const status = await readStatus(world, request);
  expect(status).toMatchObject({ phase: "AwaitingApproval" });
  expect(status?.preview?.[0]).toBe(
    "would change Deployment default/asked in cluster backup: spec.replicas 0 -> 3\n  spec:\n-   replicas: 0\n+   replicas: 3",
  );
  expect(await readReplicas(there, "asked")).toBe(0);
});

describe("a cluster that is away", () => {
  const toAway = (): string => backup.throughSwitch("away");

  it("makes its remediations wait with that cause, holds up no other, and they continue when it is back", async () => {
    const away = toRule({}, toAway());
    const scene = createReachingScene(world, away);
    const requests = await Promise.all(
      ["away-1", "away-2"].map(async (name) => {
        await createDeployment(world, name, 3);
        await createDeployment(there, name, 0);
        const object = await setUnavailable(world, name);
        return toRequestFor(world, "deployments.apps", object, { pipeline: away });
      }),
    );
    backup.setReachable(false);
    const local = toRule({ id: "local", then: [{ scale: { replicas: 0 } }] }, toAway());
    await createDeployment(world, "here", 3);
    const object = await setUnavailable(world, "here");
    const here = toRequestFor(world, "deployments.apps", object, { pipeline: local });
    const startedMs = performance.now();
    await Promise.all([
      ...requests.map((request) => scene.deliver(request)),
      createReachingScene(world, local).deliver(here),
    ]);
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    expect(await readStatus(world, here)).toMatchObject({ phase: "Succeeded" });
    for (const request of requests) {
      expect(await readStatus(world, request)).toMatchObject({
        phase: "Waiting",
        cause: { code: "Unreachable", message: expect.stringContaining("in cluster backup: ") },
      });
    }
    backup.setReachable(true);
    // Another process: the one that saw the outage does not ask again for some seconds.
    const later = createReachingScene(world, away);
    later.pass(120_000);
    for (const request of requests) await later.deliver(request);
    expect(await readReplicas(there, "away-1")).toBe(3);
    expect(await readReplicas(there, "away-2")).toBe(3);
  });

  it("for longer than giveUpAfter ends them as Failed, with the rule's alert", async () => {
    const pipeline = toRule({ giveUpAfter: "10m" }, toAway());
    await createDeployment(world, "lost", 3);
    const object = await setUnavailable(world, "lost");
    const request = toRequestFor(world, "deployments.apps", object, { pipeline });
    backup.setReachable(false);
    const scene = createReachingScene(world, pipeline);
    await scene.deliver(request);
    scene.pass(11 * 60_000);
    await scene.deliver(request);
    backup.setReachable(true);
    expect(await readStatus(world, request)).toMatchObject({
      phase: "Failed",
      reason: "Unreachable",
      message: expect.stringContaining("in cluster backup: "),
    });
    expect(scene.alerts).toHaveLength(1);
  });
});
