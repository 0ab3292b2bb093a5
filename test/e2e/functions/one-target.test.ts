/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import { createObject, listAll, toRequestFor } from "../../support/functions/many-targets.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import {
  getRecord,
  startRemediationWorld,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const NAMESPACE = "default";

/** Three ConfigMaps ask for more memory for the workload that they name as their owner. */
const pipeline = toPipeline({
  on: { resource: "configmaps" },
  where: "true",
  once: "object",
  then: [
    {
      setResources: {
        target: { relation: "owner", kind: "StatefulSet", resource: "statefulsets.apps" },
        limits: { memory: { times: 2, max: "64Gi" } },
      },
    },
  ],
  verify: { where: "has(object.metadata.annotations.seen)", within: "10m" },
});

let world: RemediationWorld;
let client: KubernetesClient;

beforeAll(async () => {
  world = await startRemediationWorld();
  client = await connectForPipeline(world, "one-target", pipeline);
});

afterAll(async () => {
  await client?.close();
  await world?.stop();
});

const statusOf = async ({ data }: RemediationRequest): Promise<RecordStatus | undefined> =>
  (await getRecord(world, data.record))?.status;

async function createTriggers(name: string) {
  const resources = { limits: { memory: "1Gi" } };
  const set = await createObject(world, "statefulsets.apps", NAMESPACE, {
    metadata: { name, labels: { app: name } },
    spec: {
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "web:1", resources }] },
      },
    },
  });
  const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name, uid: set.metadata.uid };
  const requests = [0, 1].map(async (index) => {
    const metadata = { name: `${name}-${index}`, ownerReferences: [owner] };
    const made = await createObject(world, "configmaps", NAMESPACE, { metadata });
    return toRequestFor(world, "configmaps", made, { pipeline });
  });
  const [first, second] = await Promise.all(requests);
  if (first === undefined || second === undefined) throw new Error("two requests are expected");
  return { first, second };
}

async function readMemory(name: string): Promise<unknown> {
  const [found] = await listAll<{
    spec: {
      template: { spec: { containers: readonly { resources: { limits: { memory: string } } }[] } };
    };
  }>(world, "statefulsets.apps", NAMESPACE, `app=${name}`);
  return found?.spec.template.spec.containers[0]?.resources.limits.memory;
}

/** What the verification waits for. */
async function annotate(name: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets/${name}`;
  const contentType = "application/merge-patch+json";
  const body = { metadata: { annotations: { seen: "yes" } } };
  await world.admin.request({ method: "PATCH", path, contentType, body });
}

it("of two triggers with one target the later one waits until the first has ended, and is woken then", async () => {
  const { first, second } = await createTriggers("two");
  const scene = createScene(world, pipeline);
  await scene.deliver(first, client);
  expect(await statusOf(first)).toMatchObject({ phase: "Waiting", reason: "Verifying" });
  const begun = scene.wakeups.at(-1);
  await scene.deliver(second, client);
  expect(await statusOf(second)).toMatchObject({
    phase: "Deferred",
    reason: "TargetHeld",
    heldBy: first.data.record,
    message: expect.stringContaining(`until record ${first.data.record}`),
  });
  expect(await readMemory("two")).toBe("2Gi");

  await annotate("two");
  scene.wakeups.splice(0, scene.wakeups.length, ...(begun === undefined ? [] : [begun]));
  await scene.wake(client);
  expect(await statusOf(first)).toMatchObject({ phase: "Succeeded" });
  expect(scene.wakeups.at(-1)?.data.record.name).toBe(second.data.record);
  await scene.wake(client);
  expect(await readMemory("two")).toBe("4Gi");
});

it("killed after any request of the first one, the other never writes before the first has ended", async () => {
  const seen: unknown[] = [];
  for (let at = 1; ; at += 1) {
    const name = `killed-${at}`;
    const { first, second } = await createTriggers(name);
    const scene = createScene(world, pipeline);
    const killed = watchClient(client, killAt(at, "after"));
    const answer = await scene.deliver(first, killed);
    const hasWritten = killed.requests.slice(0, at).some((line) => line.startsWith("PATCH "));
    await scene.deliver(second, client);
    const before = await statusOf(second);
    if (hasWritten)
      seen.push([before?.phase, before?.heldBy === first.data.record, await readMemory(name)]);
    if (answer.outcome === "done") break;
  }
  expect(seen.length).toBeGreaterThanOrEqual(2);
  expect(new Set(seen.map((one) => JSON.stringify(one)))).toEqual(
    new Set([JSON.stringify(["Deferred", true, "2Gi"])]),
  );
});

it("two that see each other begin both step back, and one after the other is carried out then", async () => {
  const { first, second } = await createTriggers("both");
  const scenes = [createScene(world, pipeline), createScene(world, pipeline)] as const;
  // Both have saved that they begin before either looks for others.
  const both = Promise.withResolvers<undefined>();
  let saved = 0;
  const meet = () => {
    let isSaved = false;
    const watched = watchClient(client, {
      after: async () => {
        if (isSaved || !/^PUT .*\/status$/.test(watched.requests.at(-1) ?? "")) return;
        isSaved = true;
        saved += 1;
        if (saved === 2) both.resolve(undefined);
        await both.promise;
      },
    });
    return watched;
  };
  await Promise.all([scenes[0].deliver(first, meet()), scenes[1].deliver(second, meet())]);
  expect(await Promise.all([statusOf(first), statusOf(second)])).toMatchObject([
    { phase: "Deferred", heldBy: second.data.record },
    { phase: "Deferred", heldBy: first.data.record },
  ]);
  const ended = async (): Promise<number> => {
    const states = await Promise.all([statusOf(first), statusOf(second)]);
    return states.filter((status) => status?.phase === "Succeeded").length;
  };
  await annotate("both");
  for (let turns = 0; (await ended()) < 2; turns += 1) {
    expect(turns).toBeLessThan(20);
    for (const scene of scenes) if (scene.wakeups.length > 0) await scene.wake(client);
  }
  expect(await readMemory("both")).toBe("4Gi");
});
