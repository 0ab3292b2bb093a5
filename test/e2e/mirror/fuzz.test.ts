import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import { API_SERVERS } from "../../support/kubernetes/api-server.ts";
import { createFuzzScene, type FuzzScene } from "../../support/mirror/fuzz/fuzz-scene.ts";
import { fuzzedObject, type FuzzedObject } from "../../support/mirror/fuzz/objects.ts";
import { startMirrorWorld, type MirrorWorld } from "../../support/mirror/mirror-world.ts";

/** The number of objects, and their seed: `KUBEMEND_FUZZ_OBJECTS=2000 KUBEMEND_FUZZ_SEED=7`, to repeat a failure for example. */
const OBJECTS = Number(process.env["KUBEMEND_FUZZ_OBJECTS"] ?? "40");
const SEED = Number(process.env["KUBEMEND_FUZZ_SEED"] ?? String(Date.now() % 2 ** 31));
/** The time limit: each object needs some twenty requests. */
const TIMEOUT_MS = 60_000 + OBJECTS * 1_000;
/** The least share of generated objects that has to be mirrored: API servers refuse some of them. */
const LEAST_MIRRORED = 0.5;

/** Resources whose objects, while they exist, may cause other objects to be refused. */
const RESTRICTING: ReadonlySet<string> = new Set(["resourcequotas", "limitranges"]);

const [NEWEST, OLDER] = API_SERVERS;
const PAIRS = [
  { source: NEWEST, target: OLDER },
  { source: OLDER, target: NEWEST },
] as const;

describe.each(PAIRS)("from Kubernetes $source to $target, whatever the object", (versions) => {
  let world: MirrorWorld;
  let scene: FuzzScene;

  beforeAll(async () => {
    world = await startMirrorWorld(versions);
    scene = await createFuzzScene(world);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it(
    "its copy is equal to it, field by field, when it is created, changed, written by others, and gone with it",
    async () => {
      let mirrored = 0;
      const property = fc.asyncProperty(fuzzedObject, async (object) => {
        const created = await scene.create(object, scene.nextName());
        if (created === undefined) return;
        mirrored += 1;
        expect(await live(scene, object, created)).toEqual([]);
      });
      // A shrunk counterexample needs as many requests as an object of its own.
      await fc.assert(property, {
        numRuns: OBJECTS,
        seed: SEED,
        interruptAfterTimeLimit: TIMEOUT_MS,
      });
      expect(mirrored).toBeGreaterThan(OBJECTS * LEAST_MIRRORED);
    },
    TIMEOUT_MS + 30_000,
  );

  it(
    "a comparison of all of them finds nothing that differs",
    async () => {
      for (const object of fc.sample(fuzzedObject, { numRuns: OBJECTS, seed: SEED })) {
        if (RESTRICTING.has(object.resource)) continue;
        const created = await scene.create(object, scene.nextName());
        if (created !== undefined) await scene.mirror(object.resource, created, "added");
      }
      expect(await scene.compareAll()).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/** The life of an object, and what is wrong with its copy then. */
async function live(
  scene: FuzzScene,
  object: FuzzedObject,
  created: KubernetesObject,
): Promise<readonly string[]> {
  const { resource } = object;
  const faults = [
    ...(await scene.mirror(resource, created, "added")),
    ...(await findNeedlessWrite(scene, resource, created)),
  ];
  const changed = await scene.change(object, created);
  if (changed !== undefined) {
    faults.push(...(await scene.mirror(resource, changed, "modified")));
    faults.push(...(await findNeedlessWrite(scene, resource, changed)));
  }
  await scene.disturb(object, created);
  faults.push(...(await scene.mirror(resource, created, "modified", "shared")));
  await scene.remove(resource, created);
  const left = await scene.mirror(resource, created, "deleted");
  return left[0] === "absent" ? faults : [...faults, "the copy is still there"];
}

/** A copy that is equal is not to be written again. */
async function findNeedlessWrite(
  scene: FuzzScene,
  resource: string,
  object: KubernetesObject,
): Promise<readonly string[]> {
  const before = await scene.readCopy(resource, object);
  await scene.mirror(resource, object, "modified");
  const after = await scene.readCopy(resource, object);
  const isSame = after?.metadata["resourceVersion"] === before?.metadata["resourceVersion"];
  return isSame ? [] : ["the copy was written again"];
}
