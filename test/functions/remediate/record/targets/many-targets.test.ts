import { describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../../../events/remediation.ts";
import { KubemendError } from "../../../../../core/errors.ts";
import type { TargetProgress } from "../../../../../core/records/targets/progress.ts";
import { createCrowd, type Crowd } from "./crowd.ts";

type Json = Readonly<Record<string, unknown>>;

const many = (more: Json = {}, atMost = 5000): Json => ({
  targets: { select: { resource: "pods", ...more }, atMost },
});
const DELETE = { deleteObject: many() };
const EVICT = { evictPod: many() };

const toTargets = ({ steps }: RecordStatus): TargetProgress =>
  steps?.[0]?.targets as TargetProgress;

function refuseBudget(): never {
  throw new KubemendError("TooManyRequests", "the budget needs 1", { retryable: true });
}

function fail(code: "Unavailable" | "Invalid", message: string): never {
  throw new KubemendError(code, message, { retryable: code === "Unavailable" });
}

/** Delivers the request, then every wake-up, until the record has ended. */
async function runToEnd(crowd: Crowd): Promise<void> {
  await crowd.deliver({});
  for (let round = 0; crowd.status().phase === "Waiting"; round += 1) {
    if (round > 1000) throw new Error(`it still waits: ${crowd.status().message}`);
    await crowd.wake();
  }
}

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

describe("one of many targets", () => {
  it("that fails is named, and the others go on", async () => {
    const crowd = createCrowd(DELETE, 4);
    crowd.onPod = (method, name) => {
      if (method === "DELETE" && name === "p-0001") fail("Invalid", "a webhook refuses it");
    };
    crowd.addPod("p-0002", { finalizers: ["example.com/keep"] });
    await runToEnd(crowd);
    expect(crowd.writes).toEqual(["DELETE p-0000", "DELETE p-0003"]);
    expect(crowd.status()).toMatchObject({ phase: "Failed", reason: "TargetsFailed" });
    expect(toTargets(crowd.status())).toMatchObject({
      done: 2,
      failed: 2,
      failures: [
        { object: "Pod data/p-0002", code: "HasFinalizers" },
        { object: "Pod data/p-0001", code: "Invalid", message: "a webhook refuses it" },
      ],
      page: [],
    });
  });

  it("that waits for its budget does not stop the others, of later pages neither", async () => {
    const crowd = createCrowd(EVICT, 250);
    crowd.onPod = (method, name) => {
      if (method === "POST" && name === "p-0003") refuseBudget();
    };
    await crowd.deliver({});
    expect(crowd.writes).toHaveLength(249);
    expect(crowd.status()).toMatchObject({ phase: "Waiting", reason: "TargetsWait" });
    expect(toTargets(crowd.status())).toMatchObject({
      done: 249,
      page: [{ object: "Pod data/p-0003", state: "waiting", code: "DisruptionBudget" }],
    });
    crowd.onPod = () => undefined;
    await crowd.wake();
    expect(crowd.status()).toMatchObject({ phase: "Succeeded", message: "evicted 250 Pods" });
  });

  it("that waits for ever fails after its own time", async () => {
    const crowd = createCrowd({ evictPod: { ...many(), within: "5m" } }, 2);
    crowd.onPod = (method, name) => {
      if (method === "POST" && name === "p-0001") refuseBudget();
    };
    await runToEnd(crowd);
    expect(crowd.status()).toMatchObject({ phase: "Failed", reason: "TargetsFailed" });
    expect(toTargets(crowd.status())).toMatchObject({
      done: 1,
      failures: [{ object: "Pod data/p-0001", code: "DisruptionBudget" }],
    });
    expect(crowd.now()).toBe("2026-03-01T10:05:00.000Z");
  });

  it("whose write fails for a reason that may pass is tried again, and fails after giveUpAfter", async () => {
    const crowd = createCrowd(DELETE, 3, { giveUpAfter: "2m" });
    crowd.onPod = (method, name) => {
      if (method === "DELETE" && name === "p-0001") fail("Unavailable", "the webhook is away");
    };
    await crowd.deliver({});
    expect(crowd.status()).toMatchObject({
      phase: "Waiting",
      message: "deleted 2 Pods, 1 has not ended; Pod data/p-0001: the webhook is away",
    });
    await runToEnd(crowd);
    expect(toTargets(crowd.status())).toMatchObject({
      done: 2,
      failures: [{ object: "Pod data/p-0001", code: "Unavailable" }],
    });
  });

  it("that cannot be read for a reason that may pass is planned when it can be", async () => {
    const crowd = createCrowd(DELETE, 3);
    crowd.onPod = (method, name) => {
      if (method === "GET" && name === "p-0001")
        fail("Unavailable", "the conversion webhook is away");
    };
    await crowd.deliver({});
    expect(crowd.writes).toEqual(["DELETE p-0000", "DELETE p-0002"]);
    crowd.onPod = () => undefined;
    await crowd.wake();
    expect(crowd.status()).toMatchObject({ phase: "Succeeded", message: "deleted 3 Pods" });
    expect(crowd.writes).toHaveLength(3);
  });
});

describe("if all targets fail for one reason that may pass", () => {
  it.each(["GET", "DELETE"])(
    "(%s) the record waits with the cause, and continues from there",
    async (failing) => {
      const crowd = createCrowd(DELETE, 150);
      crowd.onPod = (method, name) => {
        if (method === failing && name >= "p-0120") fail("Unavailable", "the API server is away");
      };
      await crowd.deliver({});
      const done = crowd.writes.length;
      expect(crowd.status()).toMatchObject({
        phase: "Waiting",
        reason: "Retrying",
        cause: { code: "Unavailable" },
      });
      crowd.onPod = () => undefined;
      await runToEnd(crowd);
      expect([done, crowd.writes.length]).toEqual([failing === "GET" ? 100 : 120, 150]);
      expect(crowd.status()).toMatchObject({ phase: "Succeeded", message: "deleted 150 Pods" });
    },
  );
});

describe("if all targets fail for one reason", () => {
  const alerting = { then: [DELETE, { alert: { to: "team", summary: "'clean'" } }] };

  it("until the record gives up, it ends with what was done, and its alert says so", async () => {
    const crowd = createCrowd(DELETE, 150, { ...alerting, giveUpAfter: "5m" });
    crowd.onPod = (method, name) => {
      if (method === "GET" && name >= "p-0100") fail("Unavailable", "the API server is away");
    };
    await runToEnd(crowd);
    const message = /^deleted 100 Pods.*: the API server is away \(gave up after \d+ attempts/;
    expect(crowd.status()).toMatchObject({
      phase: "Failed",
      reason: "Unavailable",
      message: expect.stringMatching(message),
    });
    expect(crowd.alerts.map(({ data }) => data.problem?.code)).toEqual(["Unavailable"]);
  });

  it("that never passes, the record fails, and its alerts are sent", async () => {
    const crowd = createCrowd(DELETE, 2, alerting);
    crowd.onPod = (method) => {
      if (method === "LIST" && crowd.lists() > 0) fail("Invalid", "the selector is none");
    };
    await runToEnd(crowd);
    expect(crowd.status()).toMatchObject({ phase: "Failed", reason: "Invalid" });
    expect(crowd.alerts.map(({ data }) => data.problem?.code)).toEqual(["Invalid"]);
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
