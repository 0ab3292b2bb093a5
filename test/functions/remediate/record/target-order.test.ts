/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { CRON_JOB, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld } from "../../../support/functions/request-world.ts";

const RULE = {
  where: "object.status.failed > 0",
  once: { key: "object.metadata.labels.episode" },
  then: [{ createJobFromCronJob: {} }, { alert: { to: "team", summary: "object.metadata.name" } }],
};

function toCronJob(metadata: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  return {
    ...CRON_JOB,
    metadata: { ...CRON_JOB.metadata, generation: 3 },
    spec: { jobTemplate: { metadata, spec: { template: { spec: {} } } } },
  };
}

/** The trigger in this episode. */
function toJob(episode: string): KubernetesObject {
  return toBackupJob({ metadata: { labels: { episode } }, status: { failed: 1 } });
}

function createWorld(rule: Readonly<Record<string, unknown>> = {}) {
  const world = createRequestWorld({ ...RULE, ...rule }, toJob("one"));
  world.put("cronjobs", toCronJob());
  world.put("jobs", toJob("one"));
  const statusOf = (episode: string) =>
    [...world.records.values()].find(({ spec }) => spec.onceKey.includes(episode))?.status;
  return {
    ...world,
    statusOf,
    /** The object enters an episode, and a request says so. */
    async enter(episode: string): Promise<void> {
      world.put("jobs", toJob(episode));
      world.pass(2_000);
      await world.deliver({ onceKey: episode });
    },
  };
}

it("a later record of an object waits until the one that has begun has ended, and is woken then", async () => {
  const world = createWorld({ verify: { where: "object.status.succeeded == 1" } });
  await world.enter("one");
  expect(world.statusOf("one")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
  const [path] = [...world.objects.keys()].filter(
    (key) => key.includes("/jobs/backup-") && !key.endsWith("backup-1"),
  );
  await world.enter("two");
  expect(world.statusOf("two")).toMatchObject({ phase: "Deferred", reason: "TargetHeld" });
  expect(world.statusOf("two")).not.toHaveProperty("plan");
  const deferred = world.wakeups.at(-1);

  const made = world.objects.get(path ?? "");
  if (made === undefined) throw new Error("nothing was created");
  world.objects.set(path ?? "", { ...made, status: { succeeded: 1 } });
  world.wakeups.splice(1);
  await world.wake();
  expect(world.statusOf("one")?.phase).toBe("Succeeded");
  // The end of the first wakes the second at once.
  expect(world.wakeups.at(-1)?.data).toMatchObject({
    record: deferred?.data.record,
    due: world.now(),
  });
  await world.wake();
  expect(world.statusOf("two")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("a record that waits for its target looks itself in 40 to 60 s, and not more often because others wake it", async () => {
  const world = createWorld({ verify: { where: "object.status.succeeded == 1" } });
  await world.enter("one");
  await world.enter("two");
  const at = world.statusOf("two")?.wakeAt ?? "";
  const waitMs = Date.parse(at) - Date.parse(world.now());
  expect(waitMs).toBeGreaterThanOrEqual(40_000);
  expect(waitMs).toBeLessThanOrEqual(60_000);
  expect(world.statusOf("two")?.message).toMatch(/^waits until record rerun-[0-9a-f]{20}, /u);
  world.pass(5_000);
  await world.forgeWakeup({ due: world.now() });
  expect(world.statusOf("two")).toMatchObject({ phase: "Deferred", wakeAt: at });
});

it("of two records of a rule that have not begun the older one is superseded", async () => {
  const world = createWorld({ guards: { mode: "approval" } });
  await world.enter("one");
  expect(world.statusOf("one")?.phase).toBe("AwaitingApproval");
  await world.enter("two");
  const [first, second] = [...world.records.values()];
  if (first === undefined || second === undefined) throw new Error("two records are expected");
  const approval = { decision: "approve", by: "alice" } as const;
  world.records.set(second.metadata.name, { ...second, spec: { ...second.spec, approval } });
  await world.deliver({ onceKey: "two" });
  expect(world.statusOf("two")?.phase).toBe("Succeeded");
  expect(world.statusOf("one")).toMatchObject({ phase: "Refused", reason: "Superseded" });
});

it("labels and annotations of a template are taken from it, and not copied into the plan, whatever their size", async () => {
  const world = createWorld();
  const annotations = { big: "<".repeat(200_000) };
  world.put("cronjobs", toCronJob({ labels: { app: "backup" }, annotations }));
  await world.enter("one");
  expect(world.statusOf("one")?.phase).toBe("Succeeded");
  const made = [...world.objects.values()].find(({ metadata }) => metadata.uid.startsWith("made"));
  expect(made?.metadata).toMatchObject({ labels: { app: "backup" }, annotations });
  const { status } = [...world.records.values()][0] ?? {};
  expect(JSON.stringify(status).length).toBeLessThan(5_000);
});
