/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { RERUN_RULE } from "../../../support/functions/backup-objects.ts";
import {
  created,
  phases,
  toBackupWorld,
  toFailedJob,
} from "../../../support/functions/backup-world.ts";

describe("after a wait", () => {
  it("the selectors are asked again: a label that was taken off ends it, and nothing is done", async () => {
    const world = toBackupWorld({
      for: "15s",
      once: { condition: "Failed" },
      on: { resource: "jobs.batch", labelSelector: "team=data" },
    });
    await world.deliver({ onceKey: "condition/Failed/2026-03-01T09:59:00Z" });
    world.put("jobs", toFailedJob("True", { labels: {} }));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "NotSelected"]]);
    expect(created(world)).toEqual([]);
  });

  it("for a quota, too: a label that was taken off ends it, and the next match may use the record again", async () => {
    const world = toBackupWorld({ on: { resource: "jobs.batch", labelSelector: "team=data" } });
    world.failing = new KubemendError("QuotaExceeded", "exceeded quota", { retryable: true });
    await world.deliver({});
    expect(phases(world)).toEqual([["Waiting", "Retrying"]]);
    world.put("jobs", toFailedJob("True", { labels: {} }));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "NotSelected"]]);
    world.failing = undefined;
    world.put("jobs", toFailedJob("True"));
    world.requests.length = 0;
    await world.deliver({});
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("for a quota, what vanished meanwhile is still mended: it has begun", async () => {
    const world = toBackupWorld();
    world.failing = new KubemendError("QuotaExceeded", "exceeded quota", { retryable: true });
    await world.deliver({});
    world.failing = undefined;
    for (const path of world.objects.keys())
      if (path.endsWith("backup-1")) world.objects.delete(path);
    await world.wake();
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("for an approval: a label that was taken off ends it", async () => {
    const world = toBackupWorld({
      on: { resource: "jobs.batch", labelSelector: "team=data" },
      guards: { mode: "approval" },
    });
    await world.deliver({});
    expect(phases(world)).toEqual([["AwaitingApproval", "ApprovalNeeded"]]);
    const [record] = world.records.values();
    if (record === undefined) throw new Error("there is no record");
    const approval = { decision: "approve", by: "somebody" } as const;
    world.records.set(record.metadata.name, { ...record, spec: { ...record.spec, approval } });
    world.put("jobs", toFailedJob("True", { labels: {} }));
    world.pass(1_000);
    world.requests.length = 0;
    await world.wake(true);
    expect(phases(world)).toEqual([["Refused", "NotSelected"]]);
    expect(created(world)).toEqual([]);
  });

  it("`for` means held without a break: a condition that flapped is another episode", async () => {
    const world = toBackupWorld({ for: "15s", once: { condition: "Failed" } });
    await world.deliver({ onceKey: "condition/Failed/2026-03-01T09:59:00Z" });
    world.put("jobs", toFailedJob("True", {}, "2026-03-01T10:00:09Z"));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "EpisodeOver"]]);
    expect(created(world)).toEqual([]);
  });

  it("`for` ends at once when a state that does not match is reported, and continues if it holds all the same", async () => {
    const world = toBackupWorld({ for: "15s" });
    await world.deliver({});
    const [until] = [...world.records.values()].map(({ status }) => status?.wakeAt);
    world.pass(5_000);
    await world.wake(true);
    expect(phases(world)).toEqual([["Waiting", "For"]]);
    expect([...world.records.values()].map(({ status }) => status?.wakeAt)).toEqual([until]);
    world.put("jobs", toFailedJob("False"));
    await world.wake(true);
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);
  });

  it("`for` ends at the break of a condition, whose time has changed its key, and the next match starts a new wait", async () => {
    const world = toBackupWorld({ for: "15s", once: { condition: "Failed" } });
    const episode = (since: string) => ({ onceKey: `condition/Failed/${since}` });
    await world.deliver(episode("2026-03-01T09:59:00Z"));
    const [first] = world.records.keys();
    world.pass(5_000);
    world.put("jobs", toFailedJob("False", {}, "2026-03-01T10:00:04Z"));
    const waits = { rule: "rerun", objectUid: "job-uid" };
    const record = { namespace: "kubemend", name: "rerun-of-another-episode", uid: "*" };
    await world.forgeWakeup({ record, waits, due: world.now(), changed: true });
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);

    world.pass(5_000);
    world.put("jobs", toFailedJob("True", {}, "2026-03-01T10:00:09Z"));
    await world.deliver(episode("2026-03-01T10:00:09Z"));
    const second = [...world.records.values()].find(({ metadata }) => metadata.name !== first);
    expect(second?.status).toMatchObject({
      phase: "Waiting",
      reason: "For",
      wakeAt: "2026-03-01T10:00:25.000Z",
    });
    expect(created(world)).toEqual([]);
  });

  it("a break of another rule or object ends no wait", async () => {
    const world = toBackupWorld({ for: "15s", once: { condition: "Failed" } });
    await world.deliver({ onceKey: "condition/Failed/2026-03-01T09:59:00Z" });
    world.put("jobs", toFailedJob("False"));
    const record = { namespace: "kubemend", name: "rerun-of-another-episode", uid: "*" };
    for (const waits of [
      { rule: "other", objectUid: "job-uid" },
      { rule: "rerun", objectUid: "another" },
    ]) {
      await world.forgeWakeup({ record, waits, due: world.now(), changed: true });
    }
    expect(phases(world)).toEqual([["Waiting", "For"]]);
  });

  it("a broken `for` does not use the episode up: the next match reopens the record, which keeps how it ended", async () => {
    const world = toBackupWorld({ for: "15s" });
    await world.deliver({});
    world.put("jobs", toFailedJob("False"));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);
    world.put("jobs", toFailedJob("True"));
    await world.deliver({});
    expect(phases(world)).toEqual([["Waiting", "For"]]);
    await world.wake();
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
    expect([...world.records.values()].map(({ status }) => status?.history)).toMatchObject([
      [{ phase: "Refused", reason: "ConditionNoLongerHolds" }],
    ]);
  });

  it("an approval that expired is asked for again when the record is reopened, by an alert with an id of its own", async () => {
    const world = toBackupWorld({ guards: { mode: "approval", approveWithin: "1h" } });
    await world.deliver({});
    await world.wake();
    expect(phases(world)).toEqual([["Expired", "ApprovalExpired"]]);
    await world.deliver({});
    expect(phases(world)).toEqual([["AwaitingApproval", "ApprovalNeeded"]]);
    const ids = world.alerts.map(({ data }) => data.alertId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  it("a time window is asked about the time of the match, so that an approval may come later", async () => {
    const world = toBackupWorld({
      for: "2h",
      where: `${RERUN_RULE.where} && now.getHours() == 10`,
      once: "object",
    });
    await world.deliver({});
    await world.wake();
    expect(world.now()).toBe("2026-03-01T12:00:00.000Z");
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });
});
