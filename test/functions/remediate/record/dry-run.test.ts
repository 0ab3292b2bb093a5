/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import { CRON_JOB, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld } from "../../../support/functions/request-world.ts";

const JOB = toBackupJob({});

it("the record of a dry run has the diff of what would be done, the check and the alert", async () => {
  const world = createRequestWorld(
    {
      once: "object",
      guards: { mode: "dryRun" },
      verify: { within: "1h" },
      then: [
        { createJobFromCronJob: {} },
        { alert: { to: "team", summary: "'failed: ' + object.metadata.name" } },
      ],
    },
    JOB,
  );
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", JOB);
  await world.deliver({ mode: "dryRun" });
  const [record] = [...world.records.values()];
  expect(record?.status?.phase).toBe("DryRun");
  const [create = "", verify, alert, ...more] = record?.status?.preview ?? [];
  const [head = "", ...diff] = create.split("\n");
  expect(head).toMatch(/^would create Job \S+ from CronJob \S+$/);
  expect(diff).toContain("+ kind: Job");
  expect(diff).toContain("+   ownerReferences:");
  expect(diff.every((line) => line.startsWith("+ "))).toBe(true);
  expect(verify).toMatch(/^would wait until Job \S+ is complete, at most 1h$/);
  expect(alert).toMatch(/^would alert team: failed: /);
  expect(more).toEqual([]);
  expect(world.alerts).toEqual([]);
});

it("a record that is not a dry run has no preview", async () => {
  const world = createRequestWorld({ once: "object", then: [{ createJobFromCronJob: {} }] }, JOB);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", JOB);
  await world.deliver({});
  const [record] = [...world.records.values()];
  expect(record?.status).toMatchObject({ phase: "Succeeded" });
  expect(record?.status).not.toHaveProperty("preview");
});
