import { describe, expect, it } from "vitest";
import { toMirrorRule } from "../../support/mirror/mirror-world.ts";
import { createTransferCase, toConfigMap, toPath } from "../../support/mirror/transfer-case.ts";

const PATH = toPath("settings");
const SETTINGS = { name: "settings", uid: "uid-settings" };
const OWN = toMirrorRule("own", { on: { resource: "configmaps", namespaces: ["shop"] } });
const OTHER = toMirrorRule("other", { on: { resource: "secrets", namespaces: ["billing"] } });

/** A copy on which somebody has written the id of a rule that does not cover its source. */
async function createLabelled() {
  const world = createTransferCase();
  world.source.put(PATH, toConfigMap("settings"));
  const process = world.start([OWN, OTHER]);
  await world.deliver(process, OWN.id, SETTINGS);
  const copy = world.target.objects.get(PATH);
  if (copy === undefined) throw new Error("there is no copy");
  const labels = { "kubemend.dev/mirrored-by": OTHER.id };
  world.target.put(PATH, { ...copy, metadata: { ...copy.metadata, labels } });
  return { world, process };
}

describe("a copy with the label of a rule that does not cover it", () => {
  it("gets its own label again", async () => {
    const { world, process } = await createLabelled();
    await world.deliver(process, OWN.id, SETTINGS);
    expect(world.target.objects.get(PATH)?.metadata["labels"]).toEqual({
      "kubemend.dev/mirrored-by": OWN.id,
    });
    expect(world.records.list()).toEqual([]);
  });

  it("is deleted with its source", async () => {
    const { world, process } = await createLabelled();
    world.source.objects.delete(PATH);
    await world.deliver(process, OWN.id, SETTINGS);
    expect(world.target.objects.has(PATH)).toBe(false);
  });
});
