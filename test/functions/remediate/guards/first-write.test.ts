/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { FAILED_JOB_TRIGGER } from "../../../support/failed-job.ts";
import { BY_CRON_JOB, CRON_JOB, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createGuardServer } from "../../../support/functions/guard-server.ts";
import { createRequestWorld } from "../../../support/functions/request-world.ts";
import { createFailedJobs } from "./failed-jobs.ts";

const MINUTE_MS = 60_000;
const TRIGGER = { ...FAILED_JOB_TRIGGER, name: "a", uid: "a-uid" };
const RULE = {
  where: "object.status.failed > 0",
  once: { key: "object.metadata.labels.episode" },
};

const toFailed = (episode: string) =>
  toBackupJob({
    metadata: {
      name: "a",
      uid: "a-uid",
      labels: { episode },
      ownerReferences: [BY_CRON_JOB],
    },
    status: { failed: 1 },
  });

/** A Job is to be replaced, and the API server never takes the new one; then the CronJob is suspended. */
function createRefusedReplacement() {
  const server = createGuardServer();
  const trigger = toFailed("one");
  const active = toBackupJob({
    metadata: { name: "running", uid: "running-uid", ownerReferences: [BY_CRON_JOB] },
    status: { active: 1 },
  });
  const patched: string[] = [];
  const serve = ({ method, path }: KubernetesRequest): unknown => {
    if (path.endsWith("/namespaces/data/jobs")) {
      if (method === "GET") return { items: [trigger, active] };
      throw new KubemendError("Invalid", "denied by a policy", { retryable: false });
    }
    if (method !== "PATCH") return undefined;
    patched.push(path);
    return { ...CRON_JOB, spec: { suspend: true } };
  };
  const rule = {
    ...RULE,
    then: [{ createJobFromCronJob: { concurrencyPolicy: "replace" } }],
    onFailure: [{ suspend: { target: { relation: "controller" } } }],
  };
  const world = createRequestWorld(rule, trigger, { guards: server, serve });
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", trigger);
  world.put("jobs", active);
  return Object.assign(world, { server, patched });
}

const only = ({ records }: { readonly records: ReadonlyMap<string, object> }) =>
  [...records.values()][0];

it("onFailure writes nothing while all rules are paused, although its first action was refused before guards were asked", async () => {
  const world = createRefusedReplacement();
  world.server.pause("all", { reason: "emergency" });
  await world.deliver({ onceKey: "one", trigger: TRIGGER });
  expect(world.patched).toEqual([]);
  expect(only(world)).toMatchObject({ status: { phase: "Deferred", reason: "Paused" } });
});

it("what onFailure starts is counted, although its first action was refused before guards were asked", async () => {
  const world = createRefusedReplacement();
  await world.deliver({ onceKey: "one", trigger: TRIGGER });
  expect(world.patched).toHaveLength(1);
  const { entries = [] } = world.server.guards.get("rerun")?.status ?? {};
  expect(entries).toEqual([expect.objectContaining({ admittedAt: world.now() })]);
});

it("a run that could not list the rivals of its target does so when it continues", async () => {
  let isDown = false;
  const serve = ({ method, path, query }: KubernetesRequest): undefined => {
    const isOfTarget = String(query?.["labelSelector"]).includes("target");
    if (!isDown || method !== "GET" || !path.endsWith("/remediations") || !isOfTarget) return;
    isDown = false;
    throw new KubemendError("Unreachable", "503", { retryable: true });
  };
  const rule = {
    ...RULE,
    then: [{ createJobFromCronJob: { concurrencyPolicy: "ignore" } }],
    verify: { where: "object.status.succeeded == 1", within: "30m" },
    guards: { cooldown: "off" },
  };
  const world = createRequestWorld(rule, toFailed("one"), { guards: createGuardServer(), serve });
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", toFailed("one"));
  await world.deliver({ onceKey: "one", trigger: TRIGGER });
  world.put("jobs", toFailed("two"));
  isDown = true;
  await world.deliver({ onceKey: "two", trigger: TRIGGER });
  world.pass(MINUTE_MS);
  await world.wakeDue();
  const second = [...world.records.values()].find(({ spec }) => spec.onceKey.includes("two"));
  expect(second?.status).toMatchObject({ phase: "Deferred", reason: "TargetHeld" });
  expect(world.requests.filter((line) => line === "POST jobs")).toHaveLength(1);
});

it("a pause holds back a remediation whose first write has failed so far", async () => {
  const jobs = createFailedJobs();
  jobs.failing = new KubemendError("Unavailable", "a webhook is down", { retryable: true });
  await jobs.fail("a");
  expect(jobs.statusOf("a").reason).toBe("Retrying");
  jobs.server.pause("all", { reason: "stop" });
  jobs.failing = undefined;
  jobs.requests.length = 0;
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Paused" });
  expect(jobs.requests).not.toContain("POST jobs");
});

it("a pause does not hold back a remediation whose first write was carried out, although its answer was lost", async () => {
  const jobs = createFailedJobs();
  const lost = new KubemendError("Unreachable", "the answer was lost", { retryable: true });
  const saveBefore = jobs.objects.set.bind(jobs.objects);
  jobs.objects.set = (path, object) => {
    saveBefore(path, object);
    if (object.metadata.uid.startsWith("made-")) throw lost;
    return jobs.objects;
  };
  await jobs.fail("a");
  expect(jobs.statusOf("a").reason).toBe("Retrying");
  jobs.objects.set = saveBefore;
  jobs.server.pause("all", { reason: "stop" });
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("a").reason).toBe("Verifying");
});

it("onFailure of a rule that is paused waits, if the first write was given up before anything was written", async () => {
  const jobs = createFailedJobs(
    {},
    { onFailure: [{ suspend: { target: { relation: "controller" } } }], giveUpAfter: "1m" },
  );
  jobs.failing = new KubemendError("Unavailable", "a webhook is down", { retryable: true });
  jobs.onRequest = (line) => {
    if (line === "POST jobs") jobs.server.pause("all", { reason: "stop" });
  };
  await jobs.fail("a");
  jobs.server.pause("all", undefined);
  jobs.pass(2 * MINUTE_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Paused" });
  expect(jobs.requests).not.toContain("PATCH backup");
});
