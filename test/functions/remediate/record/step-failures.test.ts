/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { CRON_JOB, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

const JOB = toBackupJob({});

const statuses = ({ records }: RequestWorld) => [...records.values()].map(({ status }) => status);

it.each<ErrorCode>(["Unauthorized", "InvalidConfiguration", "Forbidden"])(
  "a write that fails with %s, which an operator can put right, is tried again and done",
  async (code) => {
    const world = createRequestWorld({ once: "object", then: [{ createJobFromCronJob: {} }] }, JOB);
    world.put("cronjobs", CRON_JOB);
    world.put("jobs", JOB);
    world.failing = new KubemendError(code, `it is ${code}`, { retryable: false });
    await world.deliver({});
    expect(statuses(world)).toMatchObject([
      { phase: "Waiting", reason: "Retrying", cause: { code }, steps: [{ state: "started" }] },
    ]);
    world.failing = undefined;
    await world.wake();
    expect(statuses(world)).toMatchObject([{ phase: "Succeeded", reason: "Remediated" }]);
  },
);

it("what is done stays done if a later write fails: it is not written again", async () => {
  const then = [{ createJobFromCronJob: {} }, { label: { set: { seen: "yes" } } }];
  const world = createRequestWorld({ once: "object", then }, JOB);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", JOB);
  world.onRequest = (line) => {
    if (line !== "PATCH backup-1") return;
    world.failing = new KubemendError("Unavailable", "a webhook is away", { retryable: true });
  };
  await world.deliver({});
  expect(statuses(world)).toMatchObject([
    {
      phase: "Waiting",
      reason: "Retrying",
      steps: [{ state: "done", object: { kind: "Job" } }, { state: "started" }],
    },
  ]);
  await world.wake();
  expect(world.requests.filter((line) => line === "POST jobs")).toHaveLength(1);
});
