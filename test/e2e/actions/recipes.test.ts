import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { Grant } from "../../../core/pipeline/rights/grants.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { sleep } from "../../../sandbox/host/sleep.ts";
import { listRecipes, RECIPES } from "../../examples/read-recipe.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import {
  startRemediationWorld,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { createStory, readOrNull, type StoryObject } from "../../support/recipes/create-story.ts";
import { runStory } from "../../support/recipes/run-story.ts";
import { DEFINITIONS, NAMESPACES, STORIES } from "../../support/recipes/stories.ts";

const DEFINITIONS_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const OTHERS = ["certificates.cert-manager.io", "applicationsets.argoproj.io"];
const ALICE = "system:serviceaccount:default:alice";

let world: RemediationWorld;
let alice: KubernetesClient;
let catalog: Catalog;

beforeAll(async () => {
  world = await startRemediationWorld();
  const { admin } = world;
  for (const name of NAMESPACES) {
    await admin.request({
      method: "POST",
      path: "/api/v1/namespaces",
      body: { metadata: { name } },
    });
    // Without controllers nobody else creates it, and a Pod needs one.
    const path = `/api/v1/namespaces/${name}/serviceaccounts`;
    await admin.request({ method: "POST", path, body: { metadata: { name: "default" } } });
  }
  for (const body of DEFINITIONS) {
    await admin.request({ method: "POST", path: DEFINITIONS_PATH, body });
  }
  catalog = await readCatalog(admin);
  alice = await world.createUser("alice");
});

afterAll(async () => {
  await world?.stop();
});

/** The catalog of the cluster, once that includes the custom resources. */
async function readCatalog(admin: KubernetesClient): Promise<Catalog> {
  for (;;) {
    const discovery = createDiscovery({ client: admin, now: () => performance.now() });
    const found = await discovery.catalog(new AbortController().signal);
    if (OTHERS.every((name) => findResource(found, name) !== undefined)) return found;
    await sleep(50, new AbortController().signal);
  }
}

async function readRecipe(recipe: string): Promise<Pipeline> {
  const file = await readPipelineFile(join(RECIPES, recipe));
  if (file.ok) return file.value.pipeline;
  throw new Error(JSON.stringify(file.error));
}

async function approve({ metadata }: RemediationRecord): Promise<void> {
  await alice.request({
    method: "PATCH",
    path: `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/${metadata.name}`,
    contentType: "application/merge-patch+json",
    body: { spec: { approval: { decision: "approve", by: ALICE } } },
  });
}

/** So that the next story may have objects of the same names. */
async function remove(objects: readonly StoryObject[]): Promise<void> {
  for (const { type, object } of objects) {
    const { namespace = null, name } = object.metadata;
    const path = toResourcePath({ ...type, namespace, name });
    if ((await readOrNull(world.admin, path)) === null) continue;
    const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 };
    await world.admin.request({ method: "DELETE", path, body });
  }
}

test("every recipe has a story that is played", () => {
  const numbers = listRecipes().map((name) => name.slice(0, 2));
  expect(numbers).toEqual(Object.keys(STORIES).toSorted());
});

describe.each(listRecipes())("docs/recipes/%s", (recipe) => {
  const number = recipe.slice(0, 2);

  it("mends its story, with exactly the rights that it needs", async () => {
    const story = STORIES[number];
    if (story === undefined) throw new Error(`${recipe} has no story`);
    const { admin } = world;
    const pipeline = await readRecipe(recipe);
    const { normalize, remediate } = planPermissions(pipeline, catalog);
    const connect = (name: string, grants: readonly Grant[]): Promise<KubernetesClient> =>
      connectWithGrants(world, `${name}-${number}`, grants);
    await using clients = new AsyncDisposableStack();
    const normalizeClient = await connect("normalize", normalize);
    clients.defer(() => normalizeClient.close());
    const remediateClient = await connect("remediate", remediate);
    clients.defer(() => remediateClient.close());
    const text = readFileSync(join(RECIPES, "objects", `${number}.yaml`), "utf8");
    const objects = await createStory(admin, text, catalog);
    clients.defer(() => remove(objects));
    const [trigger] = objects;
    if (trigger === undefined) throw new Error(`${recipe} has no objects`);
    const { meanwhile } = story;

    const { record, alerts, waited } = await runStory({
      world,
      pipeline,
      normalizeClient,
      remediateClient,
      trigger: trigger.object,
      approve,
      meanwhile: meanwhile && ((one) => meanwhile(admin, one)),
    });

    expect(record.status).toMatchObject({ phase: "Succeeded", reason: "Remediated" });
    expect(waited).toEqual(story.waits);
    expect(alerts.map(({ data }) => data.to)).toEqual(story.alerts);
    expect(alerts.flatMap(({ data }) => data.problem ?? [])).toEqual([]);
    const end = await readOrNull(admin, story.end.path);
    expect({ end }).toMatchObject({ end: story.end.is });
  });
});
