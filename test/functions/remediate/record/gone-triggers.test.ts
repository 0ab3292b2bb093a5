import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import {
  CRON_JOB,
  OWNER,
  RERUN_RULE,
  toBackupJob,
} from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

const SIGNED = { isSigned: true };
const FAILED = toBackupJob({ status: { conditions: [{ type: "Failed", status: "True" }] } });
const DELETIONS = { on: { resource: "jobs.batch", changes: ["deleted"] } };

function toWorld(rule: Json, job: KubernetesObject | null): RequestWorld {
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, FAILED);
  world.put("cronjobs", CRON_JOB);
  if (job !== null) world.put("jobs", job);
  return world;
}

const toChange = (world: RequestWorld, kind: "deleted" | "left") =>
  ({ id: "c".repeat(64), kind, time: world.now() }) as const;

function removeJob({ objects }: RequestWorld): void {
  for (const path of objects.keys()) if (path.endsWith("/jobs/backup-1")) objects.delete(path);
}

const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));
const statuses = ({ records }: RequestWorld) => [...records.values()].map(({ status }) => status);

describe("a signed request about a deletion", () => {
  it.each<readonly [string, string | undefined, readonly string[]]>([
    ["whose last state matches", "True", ["POST jobs"]],
    ["whose last state does not match", "False", []],
    ["without the last state: then normalize's decision stands", undefined, ["POST jobs"]],
  ])("%s", async (_what, status, requests) => {
    const world = toWorld(DELETIONS, null);
    const object = toBackupJob({ status: { conditions: [{ type: "Failed", status }] } });
    const evidence = status === undefined ? {} : { evidence: { object } };
    const change = toChange(world, "deleted");
    await world.deliver({ change, references: [OWNER], ...evidence }, SIGNED);
    expect(created(world)).toEqual(requests);
  });

  it("of an object that is there does nothing", async () => {
    const world = toWorld(DELETIONS, FAILED);
    await world.deliver({ change: toChange(world, "deleted") }, SIGNED);
    expect(world.unconfirmed).toEqual(["superseded"]);
    expect(world.requests).toEqual(["GET jobs/backup-1"]);
  });

  it("keeps the last state in its record, and marks that it is acted upon; a rule about states that exist keeps none", async () => {
    const evidence = { object: FAILED };
    const deletion = toWorld(DELETIONS, null);
    const change = toChange(deletion, "deleted");
    await deletion.deliver({ change, references: [OWNER], evidence }, SIGNED);
    const state = toWorld({}, FAILED);
    await state.deliver({ evidence }, SIGNED);
    const kept = (world: RequestWorld) =>
      [...world.records.values()].map(({ spec }) => [
        spec.evidence !== undefined,
        spec.fromEvidence === true,
      ]);
    expect(kept(deletion)).toEqual([[true, true]]);
    expect(kept(state)).toEqual([[false, false]]);
  });
});

describe("a trigger that was deleted and created again", () => {
  it("is another object: the record of a signed request is refused and alerted on", async () => {
    const again = toBackupJob({ metadata: { uid: "another" } });
    const world = toWorld({}, again);
    await world.deliver({}, SIGNED);
    expect(statuses(world)).toMatchObject([
      {
        phase: "Refused",
        reason: "TriggerReplaced",
        message: expect.stringContaining("Job data/backup-1 was deleted and created again"),
      },
    ]);
    expect(world.alerts).toMatchObject([{ data: { problem: { code: "TriggerReplaced" } } }]);
    expect(created(world)).toEqual([]);
  });
});

describe("a trigger that is gone, of a rule that needs it", () => {
  it("is named, and nothing is said of a last state that the rule does not use", async () => {
    const world = toWorld({}, null);
    await world.deliver({}, SIGNED);
    expect(statuses(world)).toMatchObject([{ message: "Job data/backup-1 no longer exists" }]);
  });

  it("begins no wait, and ends one without an alert: a state that is gone has not lasted", async () => {
    const begun = toWorld({ for: "15s" }, null);
    await begun.deliver({}, SIGNED);
    expect(begun.unconfirmed).toEqual(["superseded"]);
    expect(begun.records.size).toBe(0);

    const waiting = toWorld({ for: "15s" }, FAILED);
    await waiting.deliver({}, SIGNED);
    removeJob(waiting);
    await waiting.wake();
    expect(statuses(waiting)).toMatchObject([{ phase: "Refused", reason: "TriggerGone" }]);
    expect([...begun.alerts, ...waiting.alerts]).toEqual([]);
  });
});

describe("a request about an object that has left the selection", () => {
  const LEFT = {
    on: { resource: "jobs.batch", labelSelector: "team=data", changes: ["left"] },
  };

  it("is carried out if it is signed and the object is outside the selection", async () => {
    const world = toWorld(LEFT, FAILED);
    await world.deliver({ change: toChange(world, "left") }, SIGNED);
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("does nothing while the object is selected", async () => {
    const inside = toBackupJob({
      metadata: { labels: { team: "data" } },
      status: { conditions: [{ type: "Failed", status: "True" }] },
    });
    const world = toWorld(LEFT, inside);
    await world.deliver({ change: toChange(world, "left") }, SIGNED);
    expect(world.unconfirmed).toEqual(["superseded"]);
    expect(created(world)).toEqual([]);
  });

  it("only alerts if it is not signed, as nothing shows that the object was selected before", async () => {
    const world = toWorld(LEFT, FAILED);
    await world.deliver({ change: toChange(world, "left") });
    expect(world.unconfirmed).toEqual(["alertedOnly"]);
    expect(created(world)).toEqual([]);
    expect(world.alerts).toMatchObject([
      {
        data: {
          problem: {
            code: "NotSelected",
            message: expect.stringContaining("Job backup-1 is not in the rule's selection"),
          },
        },
      },
    ]);
  });
});
