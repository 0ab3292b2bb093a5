import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { Gate } from "../world/gate.ts";
import type { Random } from "../random.ts";
import { CRON_JOB, POISON_CRON_JOB, type MendingPlaces } from "./places.ts";
import { untilDone } from "./until-done.ts";
import { toFailedJobStatus } from "../../support/kubernetes/failed-job-status.ts";

/** A Job that the API server has answered to have failed, so that its remediation is due. */
export type DueJob = {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
};

export type JobWriter = {
  /** Creates the CronJobs. */
  readonly prepare: () => Promise<void>;
  /** Creates a Job of a CronJob, as its controller does. Undefined if the API server does not answer, or refuses it. */
  readonly create: (namespace: string, cronJob?: string) => Promise<DueJob | undefined>;
  /** Writes what the Job controller writes when a Job has failed. */
  readonly fail: (job: DueJob) => Promise<void>;
  /** Lets Jobs fail, healthy and poisoned ones, until the signal is aborted. */
  readonly run: (gate: Gate, signal: AbortSignal) => Promise<void>;
  /** Failed, by the API server's answers, since the last rollback of etcd. */
  readonly due: () => readonly DueJob[];
  /** After an etcd rollback nobody knows which remediations were undone: none is due, and still none may be done twice. */
  readonly relearn: () => Promise<void>;
};

type Owner = { readonly metadata: { readonly name: string; readonly uid: string } };

const JOBS_MAX = 24;
const LONGEST_PAUSE_MS = 900;
const TIMEOUT_MS = 4_000;
const POD = { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] };
const TEMPLATE = { spec: POD };

export function createJobWriter(deps: {
  readonly client: KubernetesClient;
  readonly places: MendingPlaces;
  readonly random: Random;
}): JobWriter {
  const { client, places, random } = deps;
  const owners = new Map<string, Owner>();
  let due: DueJob[] = [];
  let made = 0;
  const prepareOne = async (namespace: string, name: string, metadata: object): Promise<void> => {
    const path = `/apis/batch/v1/namespaces/${namespace}/cronjobs`;
    const jobTemplate = { metadata, spec: { backoffLimit: 0, template: TEMPLATE } };
    const body = { metadata: { name }, spec: { schedule: "0 3 1 1 *", jobTemplate } };
    owners.set(`${namespace}/${name}`, await client.request<Owner>({ method: "POST", path, body }));
  };
  const create: JobWriter["create"] = async (namespace, cronJob = CRON_JOB) => {
    made += 1;
    const name = `${cronJob}-${made}`;
    const owner = owners.get(`${namespace}/${cronJob}`);
    if (owner === undefined) throw new Error(`there is no CronJob ${namespace}/${cronJob}`);
    const path = toJobsPath(namespace);
    const body = toJob(name, owner);
    try {
      const answer = await client.request<Owner>({
        method: "POST",
        path,
        body,
        timeoutMs: TIMEOUT_MS,
      });
      return { uid: answer.metadata.uid, namespace, name };
    } catch {
      return undefined;
    }
  };
  const fail: JobWriter["fail"] = async (job) => {
    try {
      await client.request({
        method: "PATCH",
        path: `${toJobsPath(job.namespace)}/${job.name}/status`,
        contentType: "application/merge-patch+json",
        body: { metadata: { uid: job.uid }, status: toFailedJobStatus() },
        timeoutMs: TIMEOUT_MS,
      });
      due.push(job);
    } catch {
      // Whether it has failed is not known: then its remediation is not due, and may be done.
    }
  };
  return {
    create,
    fail,
    due: () => due,
    async prepare() {
      await prepareOne(places.healthy, CRON_JOB, {});
      await prepareOne(places.troubled, CRON_JOB, {});
      await prepareOne(places.healthy, POISON_CRON_JOB, toLargeMetadata());
    },
    async run(gate, signal) {
      while (!signal.aborted && made < JOBS_MAX) {
        const namespace = random.pick([places.healthy, places.troubled]);
        const isPoison = namespace === places.healthy && random.chance(0.2);
        await gate.through(async () => {
          const job = await create(namespace, isPoison ? POISON_CRON_JOB : CRON_JOB);
          if (job !== undefined) await fail(job);
        });
        await sleep(random.between(100, LONGEST_PAUSE_MS));
      }
    },
    async relearn() {
      due = [];
      // Names that were given before the rollback may be free again, or not.
      await untilDone(async () => {
        await client.request({ method: "GET", path: toJobsPath(places.healthy) });
      });
    },
  };
}

export function toJobsPath(namespace: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs`;
}

function toJob(name: string, { metadata }: Owner): object {
  const owner = { apiVersion: "batch/v1", kind: "CronJob", controller: true };
  const ownerReferences = [{ ...owner, name: metadata.name, uid: metadata.uid }];
  return { metadata: { name, ownerReferences }, spec: { backoffLimit: 0, template: TEMPLATE } };
}

function toLargeMetadata(): object {
  const labels = Array.from({ length: 1_500 }, (_, index) => [
    `example.com/label-${index}`,
    "v".repeat(63),
  ]);
  return {
    labels: Object.fromEntries(labels) as object,
    annotations: { "example.com/large": "x".repeat(200_000) },
  };
}
