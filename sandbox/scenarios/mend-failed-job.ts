import type { Scenario, ScenarioContext } from "./scenario.ts";
import { showMessage } from "./show-message.ts";

type Job = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};
type OwnerReference = {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
};

const jobSpec = (command: readonly string[]): object => ({
  backoffLimit: 0,
  template: {
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "backup", image: "sandbox/backup", command }],
    },
  },
});

async function createCronJob(
  context: ScenarioContext,
  name: string,
): Promise<{ readonly uid: string }> {
  const cronJob = await context.kubernetes.request<{ metadata: { uid: string } }>({
    method: "POST",
    path: `/apis/batch/v1/namespaces/${context.namespace}/cronjobs`,
    body: {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name },
      spec: { schedule: "0 3 1 1 *", jobTemplate: { spec: jobSpec(["sh", "-c", "exit 0"]) } },
    },
  });
  return { uid: cronJob.metadata.uid };
}

async function createFailingJob(
  context: ScenarioContext,
  name: string,
  owner: { readonly name: string; readonly uid: string },
): Promise<void> {
  await context.kubernetes.request({
    method: "POST",
    path: `/apis/batch/v1/namespaces/${context.namespace}/jobs`,
    body: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", controller: true, ...owner }],
      },
      spec: jobSpec(["sh", "-c", "exit 1"]),
    },
  });
}

const hasCondition = (job: Job, type: string): boolean =>
  job.status?.conditions?.some((c) => c.type === type && c.status === "True") ?? false;

async function listJobs(context: ScenarioContext): Promise<readonly Job[]> {
  const list = await context.kubernetes.request<{ items: readonly Job[] }>({
    method: "GET",
    path: `/apis/batch/v1/namespaces/${context.namespace}/jobs`,
  });
  return list.items;
}

/** A Job that Kubemend created for this CronJob. */
async function findMended(context: ScenarioContext, cronJob: string): Promise<Job | undefined> {
  const jobs = await listJobs(context);
  return jobs.find(
    (job) =>
      job.metadata.annotations?.["kubemend.dev/cause"] !== undefined &&
      job.metadata.ownerReferences?.some((owner) => owner.name === cronJob),
  );
}

/** (a) The main scenario: a CronJob's Job fails, and Kubemend runs the CronJob once more, with a complete owner reference. */
export const mendFailedJob: Scenario = {
  id: "a",
  title: "a CronJob's Job fails: Kubemend runs the CronJob once more",
  async run(context) {
    const owner = { name: "backup", ...(await createCronJob(context, "backup")) };
    await context.change("Job backup-1 is created, and will fail", () =>
      createFailingJob(context, "backup-1", owner),
    );
    await context.step("Job backup-1 has failed", async () => {
      const jobs = await listJobs(context);
      return jobs.find((job) => job.metadata.name === "backup-1" && hasCondition(job, "Failed"));
    });
    const mended = await context.step(
      "a new Job is created from CronJob backup",
      () => findMended(context, "backup"),
      { detail: (job) => job.metadata.name },
    );
    await context.step(
      "its ownerReference is complete",
      async () => {
        const reference = mended.metadata.ownerReferences?.[0];
        return reference?.apiVersion === "batch/v1" && reference.uid === owner.uid
          ? reference
          : undefined;
      },
      {
        timeoutMs: 1,
        detail: (reference) => `${reference.apiVersion} ${reference.kind}/${reference.name}`,
      },
    );
    await context.step("the new Job completes", async () => {
      const job = await findMended(context, "backup");
      return job && hasCondition(job, "Complete") ? job : undefined;
    });
    const alert = await context.step("the alert is delivered", async () =>
      context.alerts().find(({ rule }) => rule.id === "rerun-failed-job"),
    );
    await showMessage(context, alert);
    await mendMany(context);
  },
};

/** Nine more at once, so that the summary's percentiles mean something. */
async function mendMany(context: ScenarioContext): Promise<void> {
  const names = Array.from({ length: 9 }, (_, index) => `report-${index + 1}`);
  await context.change("Jobs of nine more CronJobs are created, and will fail", async () => {
    await Promise.all(
      names.map(async (name) => {
        const owner = { name, ...(await createCronJob(context, name)) };
        await createFailingJob(context, `${name}-1`, owner);
      }),
    );
  });
  await context.step("all nine CronJobs have run once more", async () => {
    const jobs = await listJobs(context);
    const mended = jobs.filter(
      (job) =>
        job.metadata.annotations?.["kubemend.dev/cause"] !== undefined &&
        hasCondition(job, "Complete") &&
        names.includes(job.metadata.ownerReferences?.[0]?.name ?? ""),
    );
    return mended.length >= names.length ? mended : undefined;
  });
}
