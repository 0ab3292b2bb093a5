/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

const OWNER = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  name: "backup",
  uid: "3f2b8c1e-7d44-4a0e-9b5c-0c1d2e3f4a5b",
};
const CRON_JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "backup", namespace: "data", uid: "3f2b8c1e-7d44-4a0e-9b5c-0c1d2e3f4a5b" },
  spec: { jobTemplate: { spec: { template: { spec: {} } } } },
};
const JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "backup-1",
    namespace: "data",
    uid: "job-uid",
    resourceVersion: "7",
    ownerReferences: [{ ...OWNER, controller: true }],
  },
};

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
