import { describe, expect, it } from "vitest";
import {
  createCrowd,
  DELETE,
  EVICT,
  fail,
  many,
  refuseBudget,
  runToEnd,
  toTargets,
} from "./crowd.ts";

describe("one of many targets", () => {
  it("that fails is named, and the others continue", async () => {
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
