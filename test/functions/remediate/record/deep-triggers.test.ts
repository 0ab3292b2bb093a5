/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { MAX_NESTING } from "../../../../events/json.ts";
import { CRON_JOB, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

/** An object whose status is nested deeper than anything that is carried. */
function toDeepJob(): KubernetesObject {
  let status = {};
  for (let level = 0; level <= MAX_NESTING; level += 1) status = { deeper: status };
  return toBackupJob({ metadata: { labels: { state: "broken" } }, status });
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
