import { describe, expect, it } from "vitest";
import { createCrowd, type Crowd } from "./crowd.ts";

const PAIRS =
  'object.metadata.annotations.exists(k, object.metadata.annotations.exists(j, object.metadata.annotations[j] == "old" && j != k))';

function createPods(where: string, atMost: number, annotations: object, count = 20): Crowd {
  const crowd = createCrowd(
    { deleteObject: { targets: { select: { resource: "pods", where }, atMost } } },
    0,
  );
  for (let index = 0; index < count; index += 1) {
    crowd.addPod(`p-${String(index).padStart(2, "0")}`, { annotations });
  }
  return crowd;
}

const toKeys = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "x"]));

describe("a target that cannot be judged", () => {
  it.each<readonly [string, string, object, object]>([
    ["int()", 'int(object.metadata.annotations["ttl"]) < 5', { ttl: "1" }, { ttl: "x" }],
    [
      "timestamp()",
      'timestamp(object.metadata.annotations["ttl"]) < timestamp("2027-01-01T00:00:00Z")',
      { ttl: "2026-01-01T00:00:00Z" },
      { ttl: "soon" },
    ],
    ["too many steps", PAIRS, { a: "old", b: "old" }, toKeys(800)],
  ])("(%s) fails, and the others are acted upon", async (_what, where, usual, odd) => {
    const crowd = createPods(where, 20, usual);
    crowd.addPod("odd", { annotations: odd });
    await crowd.deliver({});
    expect(crowd.writes).toHaveLength(20);
    expect(crowd.status()).toMatchObject({ phase: "Failed", reason: "TargetsFailed" });
    expect(crowd.status().message).toMatch(
      /^deleted 20 Pods, 1 failed: Pod data\/odd \(RuleError\): it cannot be judged by where/,
    );
  });

  it("does not count as one of those that atMost allows", async () => {
    const crowd = createPods('int(object.metadata.annotations["ttl"]) < 5', 20, { ttl: "1" });
    for (let index = 0; index < 30; index += 1) {
      crowd.addPod(`a-${index}`, { annotations: { ttl: "x" } });
    }
    await crowd.deliver({});
    expect(crowd.writes).toHaveLength(20);
    expect(crowd.status().message).toContain("deleted 20 Pods, 30 failed");
  });

  it("refuses the record if it is one of none that can be", async () => {
    const crowd = createPods('int(object.metadata.annotations["ttl"]) < 5', 20, { ttl: "x" }, 2);
    await crowd.deliver({});
    expect([crowd.writes, crowd.status().phase, crowd.status().reason]).toEqual([
      [],
      "Refused",
      "RuleError",
    ]);
  });

  it("fails with TooExpensive, if those before it took all the steps that there are", async () => {
    const crowd = createPods(PAIRS, 200, {}, 0);
    const old = { a: "old", b: "old" };
    crowd.addPod("first", { annotations: old });
    for (let index = 0; index < 40; index += 1) {
      crowd.addPod(`large-${index}`, { annotations: toKeys(240) });
    }
    crowd.addPod("last", { annotations: old });
    await crowd.deliver({});
    expect(crowd.writes).toEqual(["DELETE first"]);
    expect(crowd.status().message).toMatch(
      /^deleted 1 Pod, \d+ failed: Pod data\/large-\d+ \(TooExp/,
    );
  });
});
