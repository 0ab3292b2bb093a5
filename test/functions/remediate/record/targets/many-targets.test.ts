import { describe, expect, it } from "vitest";
import { createCrowd, DELETE, many, runToEnd, toTargets } from "./crowd.ts";

describe("many targets", () => {
  it("1,000 of them are acted upon once each, in order, and a record is never larger than its bound", async () => {
    const crowd = createCrowd(DELETE, 1000);
    let largest = 0;
    crowd.onPod = () => {
      const [record] = crowd.records.values();
      largest = Math.max(largest, JSON.stringify(record).length);
    };
    await runToEnd(crowd);
    expect(crowd.status()).toMatchObject({ phase: "Succeeded", message: "deleted 1000 Pods" });
    expect(crowd.writes).toHaveLength(1000);
    expect(crowd.writes).toEqual(crowd.writes.toSorted());
    expect(largest).toBeLessThan(100 * 1024);
    expect(crowd.lists()).toBe(2);
  });

  it("each is looked at again before it is acted upon: what changed, is gone, or is another one by then is left alone", async () => {
    const where = 'has(object.metadata.labels) && object.metadata.labels.old == "yes"';
    const crowd = createCrowd({ deleteObject: many({ where }) }, 0);
    for (const name of ["a", "b", "c"]) crowd.addPod(name, { labels: { old: "yes" } });
    crowd.onPod = (method, name) => {
      if (name !== "a" || method !== "GET") return;
      crowd.addPod("b", { labels: { old: "no" } });
      crowd.pods.delete("c");
    };
    await runToEnd(crowd);
    expect(crowd.writes).toEqual(["DELETE a"]);
    expect(crowd.status()).toMatchObject({ phase: "Succeeded", message: "deleted 1 Pod" });
  });

  it("if none of them is a target any more when it is acted upon, nothing was done, and the record says so", async () => {
    const crowd = createCrowd(DELETE, 0);
    for (const name of ["a", "b"]) crowd.addPod(name, {});
    crowd.onPod = (method) => {
      if (method === "GET") crowd.pods.clear();
    };
    await runToEnd(crowd);
    expect(crowd.writes).toEqual([]);
    expect(crowd.status()).toMatchObject({
      phase: "Succeeded",
      reason: "NothingToDo",
      message: expect.stringContaining("deleted 0 Pods"),
    });
  });

  it("if there is none, there is nothing to do", async () => {
    const crowd = createCrowd(DELETE, 0);
    await runToEnd(crowd);
    expect(crowd.status()).toMatchObject({
      phase: "Succeeded",
      reason: "NothingToDo",
      message: "there was nothing to do: deleteObject: there are no Pods that the selectors select",
    });
  });

  it("if none of them is selected, the record says so, and how many could not be judged", async () => {
    const crowd = createCrowd(
      { deleteObject: many({ where: 'object.metadata.labels.old == "yes"' }) },
      2,
    );
    crowd.addPod("c", { labels: { old: "no" } });
    await runToEnd(crowd);
    expect(crowd.status()).toMatchObject({
      reason: "NothingToDo",
      message:
        "there was nothing to do: deleteObject: none of the 3 Pods is a target: 2 of them cannot be judged, because a field that where reads is missing",
    });
  });

  it("if there are more than atMost, nothing is done at all", async () => {
    const crowd = createCrowd({ deleteObject: many({}, 2) }, 3);
    await runToEnd(crowd);
    expect(crowd.writes).toEqual([]);
    expect(crowd.status()).toMatchObject({
      phase: "Refused",
      reason: "TooManyTargets",
      message: expect.stringContaining("there are 3 Pods, and atMost is 2"),
    });
  });

  it("if there are more in a namespace than atMostPerNamespace, nothing is done in it", async () => {
    const targets = { select: { resource: "pods" }, atMost: 5, atMostPerNamespace: 2 };
    const crowd = createCrowd({ deleteObject: { targets } }, 3);
    await runToEnd(crowd);
    expect(crowd.writes).toEqual([]);
    expect(crowd.status()).toMatchObject({ phase: "Refused", reason: "TooManyTargets" });
  });

  it("whereTarget is evaluated on each, and refuses only those for which it is false", async () => {
    const whereTarget = 'object.metadata.name != "p-0001"';
    const crowd = createCrowd(DELETE, 3, { whereTarget });
    await runToEnd(crowd);
    expect(crowd.writes).toEqual(["DELETE p-0000", "DELETE p-0002"]);
    expect(toTargets(crowd.status()).failures).toMatchObject([
      { object: "Pod data/p-0001", code: "TargetRefused" },
    ]);
  });

  it("beyond the reach of the rule nothing is even listed", async () => {
    const where = { namespace: { cel: '"tools"' }, where: "true" };
    const crowd = createCrowd({ deleteObject: many(where) }, 3);
    await runToEnd(crowd);
    expect([crowd.lists(), crowd.writes]).toEqual([0, []]);
    expect(crowd.status()).toMatchObject({ phase: "Refused", reason: "OutOfReach" });
  });

  it("those that come beyond atMost while it runs are left alone, and counted", async () => {
    const crowd = createCrowd({ deleteObject: many({}, 2) }, 2);
    crowd.onPod = (method) => {
      if (method !== "LIST" || crowd.lists() === 0) return;
      crowd.addPod("p-0002");
      crowd.addPod("p-0003");
    };
    await runToEnd(crowd);
    expect(crowd.writes).toEqual(["DELETE p-0000", "DELETE p-0001"]);
    expect(crowd.status()).toMatchObject({
      phase: "Failed",
      reason: "TooManyTargets",
      message: "deleted 2 Pods, 2 more came meanwhile, and atMost is 2: they were left alone",
    });
  });
});

describe("a run that has little time left", () => {
  it("leaves the other targets to the next one, and nothing is done twice", async () => {
    const crowd = createCrowd(DELETE, 30);
    crowd.onPod = (method) => {
      if (method === "DELETE") crowd.pass(2_000);
    };
    await crowd.deliver({});
    const first = crowd.writes.length;
    expect(crowd.status()).toMatchObject({ phase: "Waiting", reason: "TargetsWait" });
    expect(first).toBeLessThan(15);
    await runToEnd(crowd);
    expect([crowd.writes.length, new Set(crowd.writes).size]).toEqual([30, 30]);
    expect(crowd.status()).toMatchObject({ phase: "Succeeded", message: "deleted 30 Pods" });
  });
});

describe("verify: {}", () => {
  it("is not waited for by a dry run", async () => {
    const crowd = createCrowd(DELETE, 2, { verify: {}, guards: { mode: "dryRun" } });
    await crowd.deliver({});
    expect(crowd.status()).toMatchObject({
      phase: "DryRun",
      message: "would delete 2 Pods: data/p-0000, data/p-0001",
    });
  });

  it("verifies each target by the check of its action", async () => {
    const crowd = createCrowd(DELETE, 2, { verify: { within: "1m" } });
    const [kept] = crowd.pods.values();
    await crowd.deliver({});
    expect(crowd.status()).toMatchObject({ phase: "Waiting", reason: "TargetsWait" });
    // A finalizer keeps it.
    if (kept !== undefined) crowd.pods.set("p-0000", kept);
    await crowd.wake();
    expect(toTargets(crowd.status())).toMatchObject({ done: 1, page: [{ state: "waiting" }] });
    await runToEnd(crowd);
    expect(toTargets(crowd.status())).toMatchObject({
      done: 1,
      failures: [{ object: "Pod data/p-0000", code: "NotVerified" }],
    });
  });
});
