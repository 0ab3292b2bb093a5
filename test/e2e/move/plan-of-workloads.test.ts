import { afterAll, beforeAll, expect, it } from "vitest";
import type { MoveSelection } from "../../../events/moves/move.ts";
import type { MovePlan } from "../../../core/move/plan/to-plan.ts";
import { planMove } from "../../../functions/transfer/move/plan/plan-move.ts";
import { createNamespace, startMoveWorld, type MoveWorld } from "../../support/move/move-world.ts";

const { signal } = new AbortController();
const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "a", image: "a" }] },
};

let world: MoveWorld;

beforeAll(async () => {
  world = await startMoveWorld();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

async function prepare(namespace: string, objects: Readonly<Record<string, object>>) {
  await createNamespace(world.source, namespace);
  await createNamespace(world.target, namespace);
  for (const [place, body] of Object.entries(objects)) {
    const [api = "", resource = "", name = ""] = place.split(" ");
    const path = `/${api}/namespaces/${namespace}/${resource}`;
    await world.source.request({
      method: "POST",
      path,
      body: { metadata: { name }, ...body },
      query: { fieldManager: "kubectl-create" },
    });
  }
}

function plan(select: readonly MoveSelection[]): Promise<MovePlan> {
  return planMove(world.sides, { spec: { target: { cluster: "target" }, select } }, signal);
}

it("names what stays and refers to a workload that moves", async () => {
  const selector = { matchLabels: { app: "web" } };
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  await prepare("one", {
    "apis/apps/v1 deployments web": { spec: { selector, template } },
    "api/v1 services web": { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
    "api/v1 services other": { spec: { selector: { app: "other" }, ports: [{ port: 80 }] } },
    "apis/policy/v1 poddisruptionbudgets web": { spec: { minAvailable: 1, selector } },
    "apis/networking.k8s.io/v1 networkpolicies all": { spec: { podSelector: {} } },
    "apis/autoscaling/v2 horizontalpodautoscalers web": {
      spec: { scaleTargetRef, maxReplicas: 3 },
    },
  });
  const { problems, referrers, unseen } = await plan([
    { resource: "deployments.apps", namespace: "one", name: "web" },
  ]);
  expect([problems, unseen]).toEqual([[], []]);
  const pods = "the Pods of Deployment one/web";
  expect(referrers.map(({ object, field, refersTo }) => [object, field, refersTo])).toEqual([
    ["HorizontalPodAutoscaler one/web", "spec.scaleTargetRef", "Deployment one/web"],
    ["NetworkPolicy one/all", "spec.podSelector", pods],
    ["PodDisruptionBudget one/web", "spec.selector", pods],
    ["Service one/web", "spec.selector", pods],
  ]);
});

it("names the values that somebody has chosen and that do not move, and not those that the cluster has", async () => {
  const ports = [{ port: 80 }];
  await prepare("two", {
    "api/v1 services allocated": { spec: { type: "NodePort", selector: { a: "b" }, ports } },
    "api/v1 services chosen": {
      spec: { type: "NodePort", selector: { a: "b" }, ports: [{ port: 80, nodePort: 30_080 }] },
    },
    "api/v1 serviceaccounts chosen": { secrets: [{ name: "mine" }] },
    "apis/apps/v1 deployments plain": {
      spec: { selector: { matchLabels: { app: "web" } }, template },
    },
  });
  const { problems, dropped } = await plan([
    { resource: "services", namespace: "two" },
    { resource: "serviceaccounts", namespace: "two", name: "chosen" },
    { resource: "deployments.apps", namespace: "two" },
  ]);
  expect(problems).toEqual([]);
  expect(dropped.toSorted((one, other) => one.object.localeCompare(other.object))).toEqual([
    { object: "Service two/chosen", field: "spec.ports[0].nodePort", value: "30080" },
    { object: "ServiceAccount two/chosen", field: "secrets", value: '[{"name":"mine"}]' },
  ]);
});

it("is refused for a StatefulSet that would begin with empty volumes", async () => {
  const resources = { requests: { storage: "1Gi" } };
  const spec = {
    selector: { matchLabels: { app: "web" } },
    serviceName: "db",
    template,
    volumeClaimTemplates: [
      { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources } },
    ],
  };
  await prepare("three", { "apis/apps/v1 statefulsets db": { spec } });
  const select = [{ resource: "statefulsets.apps", namespace: "three", name: "db" }];
  expect((await plan(select)).problems).toMatchObject([
    { code: "LeavesData", reason: expect.stringContaining("three/data-db-*") },
  ]);
  const target = { cluster: "target" };
  const said = { target, select, leaveData: true };
  const { problems, left } = await planMove(world.sides, { spec: said }, signal);
  expect(problems).toEqual([]);
  expect(left.map(({ refersTo }) => refersTo)).toContain("PersistentVolumeClaim three/data-db-*");
});
