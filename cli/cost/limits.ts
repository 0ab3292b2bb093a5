import type { Load } from "./load.ts";
import { STACK } from "./stack.ts";

/** A limit of AWS or of Kubemend, how much of it is used, and the way past it. */
export type Limit = {
  readonly what: string;
  readonly used: number;
  readonly limit: number;
  readonly unit: string;
  readonly wayPast: string;
};

/** The default quotas of an account. @see https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
const QUOTAS = {
  /** In the larger regions: 70,000 in us-east-1, us-west-2 and eu-west-1, and less elsewhere. */
  fifoRequestsPerSecond: 70_000,
  fifoInFlight: 120_000,
  lambdaConcurrency: 1_000,
  iamRoles: 1_000,
  stacks: 2_000,
  /** 100 in some smaller regions, af-south-1 and eu-south-1 among them. */
  scheduleRules: 300,
} as const;

/** What one relay delivers, as measured with full objects of 3.7 KB on two cores (docs/decisions/0013-relay-speed.md). */
const RELAY_CHANGES_PER_SECOND = 6_000;
/** A function runs for about a sixth of each minute for the sweep. */
const SWEEP_CONCURRENCY = 11 / 60;

/** All limits, the one that is met first at the beginning. */
export function findLimits(load: Load): readonly Limit[] {
  const { clusters, changesPerSecond, batch, invocationMs } = load;
  const batches = changesPerSecond / batch;
  const busy = (batches * invocationMs) / 1000;
  const limits: readonly Limit[] = [
    {
      what: "changes of one relay",
      used: changesPerSecond,
      limit: RELAY_CHANGES_PER_SECOND,
      unit: "changes/s in a cluster",
      wayPast:
        "narrow the watches by namespaces and selectors, or run a second relay with a stack of its own",
    },
    {
      what: "requests to changes.fifo",
      used: batches,
      limit: QUOTAS.fifoRequestsPerSecond,
      unit: "requests/s in a cluster",
      wayPast: "smaller regions allow less: ask AWS for more, or narrow the watches",
    },
    {
      what: "maximumConcurrency of normalize",
      used: busy,
      limit: STACK.normalizeConcurrency,
      unit: "functions at once in a cluster",
      wayPast: "raise maximumConcurrency of changes.fifo in serverless.yml",
    },
    {
      what: "messages in flight on changes.fifo",
      used: busy * batch,
      limit: QUOTAS.fifoInFlight,
      unit: "messages in a cluster",
      wayPast: "normalize does not keep up: raise its concurrency or its memory",
    },
    {
      what: "concurrency of Lambda",
      used: clusters * (busy + SWEEP_CONCURRENCY),
      limit: QUOTAS.lambdaConcurrency,
      unit: "functions at once in an account and region",
      wayPast: "ask AWS for a higher quota, which is usual, or spread the clusters over accounts",
    },
    {
      what: "IAM roles",
      used: clusters * STACK.roles,
      limit: QUOTAS.iamRoles,
      unit: "roles in an account",
      wayPast: "ask AWS for up to 5,000, or spread the clusters over accounts",
    },
    {
      what: "rules of EventBridge",
      used: clusters,
      limit: QUOTAS.scheduleRules,
      unit: "rules in an account and region",
      wayPast:
        "some smaller regions allow 100: ask AWS for more, or spread the clusters over accounts",
    },
    {
      what: "CloudFormation stacks",
      used: clusters,
      limit: QUOTAS.stacks,
      unit: "stacks in an account and region",
      wayPast: "ask AWS for more, or spread the clusters over accounts",
    },
  ];
  return limits.toSorted((a, b) => b.used / b.limit - a.used / a.limit);
}
