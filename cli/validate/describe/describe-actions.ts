import * as v from "valibot";
import { DEFAULT_RECEIVER } from "../../../events/alert.ts";
import { findNamedCluster } from "../../../core/actions/contract/cluster.ts";
import {
  createJobFromCronJobSchema,
  type CreateJobFromCronJobParameters,
} from "../../../core/actions/createJobFromCronJob/parameters.ts";
import { readField, readOwn } from "../../../core/json/read-json.ts";
import { describeChange } from "./describe-change.ts";
import type { RuleAction } from "../../../core/pipeline/pipeline.ts";
import { describeRuleJob } from "./describe-rule-job.ts";
import { describeValues } from "./describe-values.ts";

/** A sentence for each action, in their order. `alertsBy`: who gets the alerts that name no receiver. */
export function describeActions(
  actions: readonly RuleAction[],
  alertsBy: string = DEFAULT_RECEIVER,
): readonly string[] {
  return actions.map((action) => describeAction(action, alertsBy));
}

function describeAction(action: RuleAction, alertsBy: string): string {
  const named = findNamedCluster(action.parameters);
  const own = describeOwn(action, alertsBy);
  if (named === undefined) return own;
  const target = readField(action.parameters, ...named.path.slice(0, -1));
  const isTwin =
    named.path.length > 1 && named.path[0] !== "targets" && readOwn(target, "name") === undefined;
  return `${own} All of that is in the cluster ${named.name}${isTwin ? ", with the object of the same name and namespace there" : ""}.`;
}

function describeOwn({ action, parameters }: RuleAction, alertsBy: string): string {
  const job = describeRuleJob({ action, parameters });
  if (job !== undefined) return job;
  if (action === "createJobFromCronJob") {
    return describeJob(v.parse(createJobFromCronJobSchema, parameters));
  }
  if (action === "alert") {
    return describeAlert(parameters, alertsBy);
  }
  return describeChange({ action, parameters }) ?? `Does ${action}.`;
}

function describeAlert(
  { to, summary, ...others }: RuleAction["parameters"],
  alertsBy: string,
): string {
  const receivers = typeof to === "string" && to !== DEFAULT_RECEIVER ? to : alertsBy;
  const written = Object.entries(others).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const more = written.length === 0 ? "" : `, with ${written.join(", ")}`;
  return `Alerts ${receivers}: ${String(summary).trim()}${more}.`;
}

function describeJob({
  cronJob,
  concurrencyPolicy,
  within,
  suspend,
  owner,
  container,
  ...job
}: CreateJobFromCronJobParameters): string {
  const limits = [
    RUNS[concurrencyPolicy](
      within === undefined ? "as long as giveUpAfter says" : `at most ${within}`,
    ),
    suspend === "honour"
      ? "not while it is suspended"
      : "even if it is suspended (suspend: ignore)",
    OWNERS[owner],
  ];
  const written = Object.entries(job)
    .filter(([, value]) => value !== undefined && Object.keys(value).length > 0)
    .map(([key, value]) => `${key} ${describeValues(value)}`);
  const of = container === undefined ? "" : ` in its container ${container}`;
  const beyond = written.length === 0 ? "" : ` The Job has${of} ${written.join(", ")}.`;
  return `Creates a Job from ${describeCronJob(cronJob)}, ${limits.join(", ")}.${beyond}`;
}

const RUNS: Readonly<
  Record<CreateJobFromCronJobParameters["concurrencyPolicy"], (time: string) => string>
> = {
  honour: (time) =>
    `not while a run is active if its concurrencyPolicy is Forbid or Replace (it waits for that, ${time})`,
  wait: (time) => `not while a run is active: it waits, ${time} (concurrencyPolicy: wait)`,
  replace: () => "in place of its active runs, which are stopped (concurrencyPolicy: replace)",
  ignore: () => "even while a run is active (concurrencyPolicy: ignore)",
  refuse: () => "not while a run is active (concurrencyPolicy: refuse)",
};

const OWNERS: Readonly<Record<CreateJobFromCronJobParameters["owner"], string>> = {
  controller: "with the CronJob as its controller",
  plain: "deleted with the CronJob, but not controlled by it (owner: plain)",
  none: "independent of the CronJob (owner: none)",
};

function describeCronJob(cronJob: CreateJobFromCronJobParameters["cronJob"]): string {
  if (cronJob === "owner") return "the CronJob that owns the object";
  if (cronJob === "trigger") return "the CronJob itself";
  if (!("relation" in cronJob) && !("name" in cronJob)) {
    return "the CronJob itself, or the one that owns the object";
  }
  if (!("relation" in cronJob)) {
    const place =
      cronJob.namespace === undefined ? "in the object's namespace" : `in ${cronJob.namespace}`;
    return `the CronJob ${cronJob.name} ${place}`;
  }
  const { relation, kind, index } = cronJob;
  const which = index === undefined ? "" : `, number ${index + 1} of them`;
  return `the ${kind ?? "CronJob"} to which the object refers as ${relation}${which}`;
}
