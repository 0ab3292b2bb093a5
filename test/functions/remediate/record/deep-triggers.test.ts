/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { MAX_NESTING } from "../../../../events/json.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

const CRON_JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "backup", namespace: "data", uid: "3f2b8c1e-7d44-4a0e-9b5c-0c1d2e3f4a5b" },
  spec: { jobTemplate: { spec: { template: { spec: {} } } } },
};

/** An object whose status is nested deeper than anything that is carried. */
function toDeepJob(): KubernetesObject {
  let status: object = {};
  for (let level = 0; level <= MAX_NESTING; level += 1) status = { deeper: status };
  const { apiVersion, kind, metadata } = CRON_JOB;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "backup-1",
      namespace: "data",
      uid: "job-uid",
      resourceVersion: "7",
      labels: { state: "broken" },
      ownerReferences: [owner],
    },
    status,
  };
}

function toWorld(where: string): RequestWorld {
  const then = [{ createJobFromCronJob: {} }];
  const world = createRequestWorld({ where, once: "object", then }, toDeepJob());
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", toDeepJob());
  return world;
}

it("a rule that reads only metadata mends an object that is nested too deep", async () => {
  const world = toWorld('object.metadata.labels["state"] == "broken"');
  expect(await world.deliver({})).toEqual({ outcome: "done" });
  expect([...world.records.values()].map(({ status }) => status?.reason)).toEqual(["Remediated"]);
});

it.each(["has(object.status.conditions)", "!has(object.status.conditions)"])(
  "a rule that reads more does nothing, as nobody knows what it would read: %s",
  async (where) => {
    const world = toWorld(where);
    expect(await world.deliver({})).toEqual({ outcome: "done" });
    expect(world.unconfirmed).toEqual(["superseded"]);
    expect(world.records.size).toBe(0);
  },
);
