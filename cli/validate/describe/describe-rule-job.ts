import * as v from "valibot";
import { applyJob, type ApplyJobParameters } from "../../../core/actions/applyJob/apply-job.ts";
import { createJob } from "../../../core/actions/createJob/create-job.ts";
import type { JobRuleParameters } from "../../../core/actions/job/to-job.ts";
import { describeValues } from "./describe-values.ts";
import type { RuleAction } from "../../../core/pipeline/pipeline.ts";

/** A sentence for an action whose Job is in the rule; undefined for any other action. */
export function describeRuleJob({ action, parameters }: RuleAction): string | undefined {
  if (action === "createJob") {
    const read = v.parse(createJob.schema, parameters);
    const { metadata } = read.job;
    const name = metadata?.name === undefined ? "named after the rule" : `named ${metadata.name}-…`;
    const owner = read.owner === "trigger" ? ", deleted with the object" : "";
    return `Creates a Job ${name} ${describePlace(read)}${owner}.${describeWritten(read)}`;
  }
  if (action !== "applyJob") return undefined;
  const read = v.parse(applyJob.schema, parameters);
  const name = `${read.job.metadata?.name ?? ""}${read.policy === "newName" ? "-<digest of its content>" : ""}`;
  return `Applies the Job ${name} ${describePlace(read)}: creates it if there is none, leaves it alone if it is unchanged, and ${describePolicy(read)}.${describeWritten(read)}`;
}

function describePlace({ job }: JobRuleParameters): string {
  const namespace = job.metadata?.namespace;
  return namespace === undefined ? "in the object's namespace" : `in ${namespace}`;
}

function describePolicy({ policy, running }: ApplyJobParameters): string {
  switch (policy) {
    case "skip":
      return "leaves it alone if it differs, too (policy: skip)";
    case "fail":
      return "is refused if it differs in what no Job can change (policy: fail)";
    case "newName":
      return "creates another one beside it for each other content (policy: newName)";
    case "recreate":
      return `deletes it and creates a new one if it differs in a field that no Job can change (policy: recreate), ${RUNNING[running]}`;
  }
}

const RUNNING: Readonly<Record<ApplyJobParameters["running"], string>> = {
  wait: "once it has ended (running: wait)",
  refuse: "but not while it is running (running: refuse)",
  replace: "even while it is running (running: replace)",
};

function describeWritten({ labels, env, args, requests, limits }: JobRuleParameters): string {
  const written = Object.entries({ labels, env, args, requests, limits })
    .filter(([, value]) => value !== undefined && Object.keys(value).length > 0)
    .map(([key, value]) => `${key} ${describeValues(value)}`);
  return written.length === 0 ? "" : ` It has ${written.join(", ")}.`;
}
