import { expect, it } from "vitest";
import { createMoveStore } from "../../../../adapters/kubernetes/move/move-store.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

it("Moves that have not ended are listed without what somebody has written into them besides", async () => {
  const world = new MemoryWorld();
  const { signal } = new AbortController();
  await world.begin();
  await world.patchMove({ metadata: { annotations: { large: "x".repeat(200_000) } } });
  const store = createMoveStore({ client: world.toSide("source").client, namespace: "kubemend" });
  const [open, ...others] = await store.listOpen(signal);
  expect(others).toEqual([]);
  expect(open?.metadata.name).toBe("m");
  expect(JSON.stringify(open).length).toBeLessThan(5_000);
  await world.abort();
  await world.follow();
  expect(await store.listOpen(signal)).toEqual([]);
});
