import type { Json } from "./remediation-world.ts";

/** An action that writes Jobs, the Jobs before it, and what is true of the Jobs of its name afterwards. */
export type JobActionCase = {
  readonly what: string;
  /** The name of the case in the table of requests; absent: it is not in that table. */
  readonly variant?: string;
  readonly action: "createJob" | "applyJob";
  /** `name`: of the Job. */
  readonly parameters: (name: string) => Json;
  /** The Job that exists before; absent = none. */
  readonly before?: Json;
  /** The status of that Job. */
  readonly status?: Json;
  /** How many Jobs are created. */
  readonly creates: 0 | 1;
  /** Whether the Job that existed before is there afterwards. */
  readonly keeps: boolean;
  readonly expected: Json;
  /** Rights that its rule needs for other cases of the same policy. */
  readonly unused?: readonly string[];
};

const toSpec = (image: string, more: Json = {}): Json => ({
  template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } },
  ...more,
});
const NEW = toSpec("registry.example/migrate:2");
const OLD = toSpec("registry.example/migrate:1");
const TIME = "2026-03-01T10:00:00Z";
/** As the API server accepts it. */
const COMPLETE = {
  startTime: TIME,
  completionTime: TIME,
  succeeded: 1,
  conditions: [
    { type: "SuccessCriteriaMet", status: "True", lastTransitionTime: TIME },
    { type: "Complete", status: "True", lastTransitionTime: TIME },
  ],
};
const hasImage = (image: string): Json => ({
  spec: { template: { spec: { containers: [{ image }] } } },
});
const IS_NEW = hasImage("registry.example/migrate:2");
const apply =
  (policy: string, more: Json = {}, spec: Json = NEW) =>
  (name: string): Json => ({
    job: { metadata: { name, labels: { app: "web" } }, spec },
    policy,
    ...more,
  });

export const JOB_ACTION_CASES: readonly JobActionCase[] = [
  {
    what: "createJob",
    variant: "createJob",
    action: "createJob",
    parameters: (name) => ({
      job: { metadata: { name }, spec: NEW },
      env: { OF: { cel: "object.metadata.name" } },
    }),
    creates: 1,
    keeps: false,
    expected: IS_NEW,
    unused: ["get jobs.batch"],
  },
  {
    what: "createJob that is deleted with its trigger",
    action: "createJob",
    parameters: (name) => ({ job: { metadata: { name }, spec: NEW }, owner: "trigger" }),
    creates: 1,
    keeps: false,
    expected: { ...IS_NEW, metadata: { ownerReferences: [{ kind: "ConfigMap" }] } },
    unused: ["get jobs.batch"],
  },
  {
    what: "applyJob of a Job that does not exist",
    variant: "applyJob",
    action: "applyJob",
    parameters: apply("skip"),
    creates: 1,
    keeps: false,
    expected: IS_NEW,
  },
  {
    what: "applyJob that skips",
    action: "applyJob",
    parameters: apply("skip"),
    before: OLD,
    creates: 0,
    keeps: true,
    expected: hasImage("registry.example/migrate:1"),
    unused: ["create jobs.batch"],
  },
  {
    what: "applyJob of an unchanged Job that is running",
    variant: "applyJob of an unchanged Job",
    action: "applyJob",
    parameters: apply("recreate", { running: "replace" }, { ...NEW, backoffLimit: 6 }),
    before: NEW,
    creates: 0,
    keeps: true,
    expected: IS_NEW,
    unused: ["delete jobs.batch", "list pods.", "patch jobs.batch"],
  },
  {
    what: "applyJob of a Job that can be changed in place",
    action: "applyJob",
    parameters: apply("fail", {}, { ...NEW, ttlSecondsAfterFinished: 9000 }),
    before: NEW,
    creates: 0,
    keeps: true,
    expected: {
      ...IS_NEW,
      spec: { ttlSecondsAfterFinished: 9000 },
    },
  },
  {
    what: "applyJob under a new name",
    action: "applyJob",
    parameters: apply("newName"),
    before: OLD,
    creates: 1,
    keeps: true,
    expected: IS_NEW,
    unused: ["patch jobs.batch"],
  },
  {
    what: "applyJob that replaces a Job that has ended",
    action: "applyJob",
    parameters: apply("recreate"),
    before: OLD,
    status: COMPLETE,
    creates: 1,
    keeps: false,
    expected: IS_NEW,
    unused: ["patch jobs.batch"],
  },
  {
    what: "applyJob that replaces a running Job",
    action: "applyJob",
    parameters: apply("recreate", { running: "replace" }),
    before: OLD,
    creates: 1,
    keeps: false,
    expected: IS_NEW,
    unused: ["patch jobs.batch"],
  },
];
