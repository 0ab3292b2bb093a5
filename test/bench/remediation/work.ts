import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { toFailedJobStatus } from "../../support/kubernetes/failed-job-status.ts";

/** The pipeline sees only objects of this namespace. */
export const WATCHED_NAMESPACE = "default";

export type Meta = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** An action that is measured, the objects that it is about, and how one of them comes to need it. */
export type Work = {
  readonly action: string;
  readonly resource: string;
  /** CEL: what the objects are like when they need it. */
  readonly where: string;
  readonly then: Readonly<Record<string, unknown>>;
  /** Creates what the objects have in common. Its answer is given to `toBody`. */
  readonly prepare: (
    client: KubernetesClient,
    prefix: string,
    namespace: string,
  ) => Promise<Meta | undefined>;
  readonly toBody: (
    metadata: Readonly<Record<string, unknown>>,
    shared: Meta | undefined,
  ) => Readonly<Record<string, unknown>>;
  /** Merged into the status of an object. */
  readonly broken: () => Readonly<Record<string, unknown>>;
  /** The types of the watch's events that show the effect. */
  readonly effect: "ADDED" | "MODIFIED";
};

const POD = { containers: [{ name: "main", image: "none" }] };

/** The collection of the objects in a namespace. */
export function toCollectionPath({ resource }: Work, namespace: string): string {
  const [plural, group] = resource.split(".");
  return `/apis/${group}/v1/namespaces/${namespace}/${plural}`;
}

export function toCronJobsPath(namespace: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/cronjobs`;
}

/** A failed Job of a CronJob, which is run again. */
export const JOB_WORK: Work = {
  action: "createJobFromCronJob",
  resource: "jobs.batch",
  where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
  then: { createJobFromCronJob: { cronJob: "owner" } },
  async prepare(client, prefix, namespace) {
    const template = { spec: { restartPolicy: "Never", ...POD } };
    const { metadata } = await client.request<{ readonly metadata: Meta }>({
      method: "POST",
      path: toCronJobsPath(namespace),
      body: {
        metadata: { name: prefix },
        spec: { schedule: "0 3 1 1 *", jobTemplate: { spec: { template } } },
      },
    });
    return metadata;
  },
  toBody: (metadata, owner) => ({
    metadata: {
      ...metadata,
      ownerReferences: [
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          name: owner?.name,
          uid: owner?.uid,
          controller: true,
        },
      ],
    },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", ...POD } } },
  }),
  broken: toFailedJobStatus,
  effect: "ADDED",
};

/** A Deployment whose rollout is stuck; what was changed by a remediation is not taken for another one. */
function toDeploymentWork(action: string, parameters: Readonly<Record<string, unknown>>): Work {
  return {
    action,
    resource: "deployments.apps",
    where:
      'object.status.conditions.exists(c, c.type == "Progressing" && c.status == "False") && (!has(object.metadata.annotations) || !("kubemend.dev/cause" in object.metadata.annotations))',
    then: { [action]: parameters },
    prepare: async () => undefined,
    toBody: (metadata) => ({
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: POD },
      },
    }),
    broken: () => ({
      conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
    }),
    effect: "MODIFIED",
  };
}

/** The work that is measured beside Jobs. */
export const OTHER_WORK: readonly Work[] = [
  toDeploymentWork("restartRollout", {}),
  toDeploymentWork("patch", {
    set: { "spec.template.spec.containers[name=main].image": "registry.example/web:2" },
  }),
];
