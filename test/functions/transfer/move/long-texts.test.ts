import { expect, it } from "vitest";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

it("what holds a source is stored within the limits of the definition, however much holds it", async () => {
  const world = new MemoryWorld();
  const finalizers = Array.from({ length: 40 }, (_, at) => `x.io/${"f".repeat(58)}${at}`);
  await world.patch("source", "leafs/c", { metadata: { finalizers } });
  await world.begin();
  await world.follow();
  const stored = await world.store().find("m", AbortSignal.timeout(5_000));
  const { waitsFor = "" } = stored?.status?.current ?? {};
  expect(waitsFor.slice(0, 20)).toBe("the finalizers x.io/");
  expect(waitsFor).toHaveLength(2_048);
});
