/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { RequestData } from "../../../../events/request.ts";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

/** The change was read just now, so that only what it says of the fields is in doubt. */
const WRITTEN = "2026-03-01T09:59:30Z";
const JOB = toBackupJob({
  metadata: {
    creationTimestamp: WRITTEN,
    managedFields: [{ manager: "kube-controller-manager", time: WRITTEN }],
  },
  status: { conditions: [{ type: "Failed", status: "True", lastTransitionTime: WRITTEN }] },
});

function createComparing(unknown: "act" | "skip" = "skip"): RequestWorld {
  const on = { resource: "jobs.batch", changed: { fields: ["spec"], unknown } };
  const { once: _once, ...rule } = RERUN_RULE;
  const world = createRequestWorld({ ...rule, on }, JOB);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", JOB);
  return world;
}

const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));

const toChange = (changed?: RequestData["change"]["changed"]): Partial<RequestData> => ({
  onceKey: `change/${"c".repeat(64)}`,
  change: {
    id: "c".repeat(64),
    kind: "modified",
    time: "2026-03-01T10:00:00.000Z",
    ...(changed === undefined ? {} : { changed }),
  },
});

describe("a request of a rule that compares fields", () => {
  it("is carried out if it is signed and says that they have changed", async () => {
    const world = createComparing();
    await world.deliver(toChange("yes"), { isSigned: true });
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("without a signature only alerts, with keys and without", async () => {
    for (const options of [{ isForeign: true }, {}]) {
      const world = createComparing();
      await world.deliver(toChange("yes"), options);
      expect(created(world)).toEqual([]);
      expect(world.records.size).toBe(0);
      expect(world.unconfirmed).toEqual(["alertedOnly"]);
      expect(world.alerts[0]?.data.problem).toMatchObject({
        code: "Unverified",
        message: expect.stringMatching(/^nothing shows that spec changed; nothing was done/),
      });
    }
  });

  it("is dropped if it is signed and does not say so, unless the rule then acts", async () => {
    for (const answer of ["no", "unknown", undefined] as const) {
      const world = createComparing();
      await world.deliver(toChange(answer), { isSigned: true });
      expect(created(world)).toEqual([]);
      expect(world.unconfirmed).toEqual(["superseded"]);
    }
    const acting = createComparing("act");
    await acting.deliver(toChange("unknown"), { isSigned: true });
    expect(created(acting)).toEqual(["POST jobs"]);
  });

  it("of another version of the rule says nothing about these fields", async () => {
    const rule = { id: "rerun", digest: "d".repeat(64) };
    const world = createComparing();
    await world.deliver({ ...toChange("yes"), rule }, { isSigned: true });
    expect(created(world)).toEqual([]);
    const acting = createComparing("act");
    await acting.deliver({ ...toChange("yes"), rule }, { isSigned: true });
    expect(created(acting)).toEqual(["POST jobs"]);
  });

  it("that a person makes is not about a change of fields", async () => {
    const world = createComparing();
    await world.deliver({ ...toChange(), onceKey: "manual/1" }, { isSigned: true });
    expect(created(world)).toEqual(["POST jobs"]);
  });
});
