import { isEnded } from "../../core/records/phase.ts";
import { readJobEnd } from "../../core/operations/job-end.ts";
import type { RemediationRecord } from "../../events/remediation.ts";
import { isKubemendError } from "../../core/errors.ts";
import type { Scenario, ScenarioContext } from "./scenario.ts";

/** The ConfigMap, Jobs and rules of sandbox/pipeline.yaml. */
const RELEASE = "release";
const SKIPPED = { job: "setup", rule: "apply-setup-job" };
const REPLACED = { job: "migrate", rule: "apply-migration-job" };

type Job = {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly env?: readonly Env[] }] };
    };
  };
};
type Env = { readonly name: string; readonly value?: string };

async function readJob(context: ScenarioContext, name: string): Promise<Job | undefined> {
  const path = `/apis/batch/v1/namespaces/${context.namespace}/jobs/${name}`;
  try {
    return await context.kubernetes.request<Job>({ method: "GET", path });
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
}

function versionOf({ spec }: Job): string | undefined {
  return spec.template.spec.containers[0].env?.find(({ name }) => name === "VERSION")?.value;
}

/** Waits until a Job exists for this version, and has completed. */
function completes(
  context: ScenarioContext,
  step: string,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<Job> {
  return context.step(step, async () => {
    const job = await readJob(context, name);
    const isDone = job !== undefined && readJobEnd(job)?.type === "Complete";
    return isDone && versionOf(job) === version ? job : undefined;
  });
}

async function countEnded(context: ScenarioContext, rule: string): Promise<number> {
  const { items } = await context.kubernetes.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations",
  });
  const own = items.filter(
    ({ spec, status }) => spec.rule.id === rule && isEnded(status?.phase ?? "Pending"),
  );
  return own.length;
}

/** Waits until the rule has dealt with so many changes, and returns the Job if it is the very same. */
function isSame(
  context: ScenarioContext,
  step: string,
  {
    job,
    rule,
    changes,
    before,
  }: typeof SKIPPED & { readonly changes: number; readonly before: Job },
): Promise<Job> {
  return context.step(
    step,
    async () => {
      if ((await countEnded(context, rule)) < changes) return undefined;
      const now = await readJob(context, job);
      const { uid, resourceVersion } = before.metadata;
      const isUntouched =
        now?.metadata.uid === uid && now.metadata.resourceVersion === resourceVersion;
      return isUntouched ? now : undefined;
    },
    { detail: ({ metadata }) => `resourceVersion ${metadata.resourceVersion}` },
  );
}

async function setRelease(context: ScenarioContext, data: object): Promise<void> {
  const path = `/api/v1/namespaces/${context.namespace}/configmaps/${RELEASE}`;
  const contentType = "application/merge-patch+json";
  await context.kubernetes.request({ method: "PATCH", path, body: { data }, contentType });
}

/** (d) An upgrade brings another Pod template for Jobs that exist, which the API server refuses to change. */
export const upgradeJobs: Scenario = {
  id: "d",
  title: "an upgrade changes the template of two Jobs: one is skipped, the other recreated",
  async run(context) {
    await context.change("ConfigMap release says version 1", () =>
      context.kubernetes.request({
        method: "POST",
        path: `/api/v1/namespaces/${context.namespace}/configmaps`,
        body: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: RELEASE },
          data: { version: "1" },
        },
      }),
    );
    const setup = await completes(context, "Job setup is created, and completes", {
      name: SKIPPED.job,
      version: "1",
    });
    const migrate = await completes(context, "Job migrate is created, and completes", {
      name: REPLACED.job,
      version: "1",
    });
    await context.change("ConfigMap release changes, but not its version", () =>
      setRelease(context, { note: "nothing new" }),
    );
    await isSame(context, "recreate: Job migrate is unchanged, and not touched", {
      ...REPLACED,
      changes: 2,
      before: migrate,
    });
    await context.change("the upgrade: ConfigMap release says version 2", () =>
      setRelease(context, { version: "2" }),
    );
    await isSame(context, "skip: Job setup is left as it is", {
      ...SKIPPED,
      changes: 3,
      before: setup,
    });
    await completes(context, "recreate: Job migrate is replaced, and completes", {
      name: REPLACED.job,
      version: "2",
    });
    await context.step("its record has ended", async () =>
      (await countEnded(context, REPLACED.rule)) >= 3 ? true : undefined,
    );
  },
};
