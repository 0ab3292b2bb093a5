/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, expect, it } from "vitest";
import { isKubemendError } from "../../../core/errors.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import { createObject, toRequestFor } from "../../support/functions/many-targets.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import {
  getRecord,
  startRemediationWorld,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

let world: RemediationWorld;

beforeAll(async () => {
  world = await startRemediationWorld();
  for (const name of ["shop", "platform"]) {
    await createObject(world, "namespaces", "", { metadata: { name } });
  }
});

afterAll(async () => {
  await world?.stop();
});

async function createDeployment(namespace: string, name: string): Promise<string> {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "main", image: "web:1" }] },
  };
  await createObject(world, "deployments.apps", namespace, {
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

it("a rule acts on what it names in another namespace, and its rights there end with that object", async () => {
  const target = { resource: "deployments.apps", namespace: "platform", name: "cache" };
  const pipeline = toPipeline({
    on: { resource: "configmaps", namespaces: ["shop"] },
    where: "true",
    once: "object",
    reach: ["platform"],
    then: [{ restartRollout: { target } }, { label: { set: { seen: "yes" } } }],
    verify: { where: "object.metadata.generation > 1", within: "1m" },
  });
  const client = await connectForPipeline(world, "reach-rights", pipeline);
  await createDeployment("platform", "cache");
  const others = [
    await createDeployment("platform", "other"),
    await createDeployment("shop", "cache"),
  ];
  const trigger = await createObject(world, "configmaps", "shop", {
    metadata: { name: "settings" },
  });
  const request = toRequestFor(world, "configmaps", trigger, { pipeline });
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  const record = await getRecord(world, request.data.record);
  expect(record?.status?.steps?.slice(0, 2)).toMatchObject([{ state: "done" }, { state: "done" }]);

  const refused = [
    ...others.map((path) => ({
      method: "PATCH" as const,
      path,
      body: {},
      contentType: "application/merge-patch+json",
    })),
    { method: "GET", path: "/apis/apps/v1/namespaces/platform/deployments" },
    {
      method: "PATCH",
      path: "/api/v1/namespaces/platform/configmaps/settings",
      body: {},
      contentType: "application/merge-patch+json",
    },
  ] as const;
  for (const forbidden of refused) {
    const answer = await client.request(forbidden).catch((error: unknown) => error);
    expect([forbidden.path, isKubemendError(answer, "Forbidden")]).toEqual([forbidden.path, true]);
  }
  await client.close();
});
