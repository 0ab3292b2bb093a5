/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import type { RecordStatus } from "../../../../events/remediation.ts";
import type { GuardEntry } from "../../../../events/rule-guard.ts";
import type { MessageVerdict } from "../../../../adapters/lambda/message-verdict.ts";
import type { Selected } from "../../../../core/guards/hold.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { FAILED_JOB_TRIGGER } from "../../../support/failed-job.ts";
import { BY_CRON_JOB, CRON_JOB, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createGuardServer, type GuardServer } from "../../../support/functions/guard-server.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

/** Runs a failed Job's CronJob again. Its remediation is in progress until `succeed` or `fail` says how the new Job ended. */
const RULE = {
  where: "object.status.failed > 0",
  once: { key: "object.metadata.labels.episode" },
  then: [
    { createJobFromCronJob: { concurrencyPolicy: "ignore" } },
    { alert: { to: "team", summary: "'failed: ' + object.metadata.name" } },
  ],
  verify: { where: "object.status.succeeded == 1", within: "10m" },
};

/** Jobs that fail, in a world with guards. */
export type FailedJobs = RequestWorld & {
  readonly server: GuardServer;
  /** The Job of this name fails, and a request says so. */
  readonly fail: (name: string, episode?: string) => Promise<MessageVerdict>;
  /** The same, reported with the requests of others at once. */
  readonly failAll: (names: readonly string[]) => Promise<readonly MessageVerdict[]>;
  readonly statusOf: (name: string, episode?: string) => RecordStatus;
  /** The remediations that are in progress end so. */
  readonly endAll: (how: "succeeded" | "failed") => Promise<void>;
  /** The next run is killed when its admission is written: it saves nothing more. */
  readonly dieAfterAdmission: () => void;
  readonly entries: () => readonly GuardEntry[];
};

export function createFailedJobs(
  guards: Json = {},
  rule: Json = {},
  mayAlertHeld?: (of: string) => boolean,
  selected?: () => Selected,
): FailedJobs {
  const server = createGuardServer();
  const whole = { ...RULE, ...rule, guards };
  const world = createRequestWorld(whole, toJob("backup-1", "one"), {
    guards: server,
    ...(mayAlertHeld === undefined ? {} : { mayAlertHeld }),
    ...(selected === undefined ? {} : { selected }),
  });
  world.put("cronjobs", CRON_JOB);
  const request = (name: string, episode: string) =>
    world.deliver({
      onceKey: episode,
      trigger: { ...FAILED_JOB_TRIGGER, name, uid: `${name}-uid` },
    });
  return Object.assign(world, {
    server,
    async fail(name: string, episode = "one") {
      world.put("jobs", toJob(name, episode));
      return request(name, episode);
    },
    async failAll(names: readonly string[]) {
      for (const name of names) world.put("jobs", toJob(name, "one"));
      return Promise.all(names.map((name) => request(name, "one")));
    },
    statusOf(name: string, episode = "one"): RecordStatus {
      const found = [...world.records.values()].find(
        ({ spec }) => spec.trigger.name === name && spec.onceKey.includes(episode),
      );
      if (found?.status === undefined) throw new Error(`${name} has no record`);
      return found.status;
    },
    async endAll(how: "succeeded" | "failed") {
      for (const [path, object] of world.objects) {
        const isMade = object.metadata.uid.startsWith("made-");
        if (!isMade || object["status"] !== undefined) continue;
        const conditions = [{ type: "Failed", status: "True" }];
        const status = how === "succeeded" ? { succeeded: 1 } : { failed: 1, conditions };
        world.objects.set(path, { ...object, status });
      }
      if (how === "failed") world.pass(10 * 60_000);
      const open = [...world.records.values()].filter(
        ({ status }) => status?.reason === "Verifying",
      );
      await Promise.all(
        open.map(({ metadata: { name, namespace, uid } }) =>
          world.wakeAs({ record: { name, namespace, uid }, due: world.now(), changed: true }),
        ),
      );
    },
    dieAfterAdmission() {
      server.onWritten = ({ status }) => {
        if (status?.entries?.some(({ admittedAt }) => admittedAt !== undefined) !== true) return;
        server.onWritten = undefined;
        throw new KubemendError("Unreachable", "killed", { retryable: true });
      };
    },
    entries: () => server.guards.get("rerun")?.status?.entries ?? [],
  });
}

function toJob(name: string, episode: string) {
  return toBackupJob({
    metadata: { name, uid: `${name}-uid`, labels: { episode }, ownerReferences: [BY_CRON_JOB] },
    status: { failed: 1 },
  });
}
