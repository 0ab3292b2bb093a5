import type { KubernetesObject } from "../../../events/change.ts";
import { readField } from "../../json/read-json.ts";
import type { WriteOperation } from "../../operations/operation.ts";
import type { CatalogEntry } from "../../references/catalog.ts";
import { parseDuration } from "../../text/duration.ts";
import type { ActionAnswer, ActionState } from "../contract/action.ts";
import { RUN_FIELDS, toActiveRuns } from "./active-runs.ts";
import { toAddressBeside } from "../contract/cluster.ts";
import type { CronJobAddress } from "./cron-job-address.ts";
import type { CreateJobFromCronJobParameters } from "./parameters.ts";

type State = ActionState<CreateJobFromCronJobParameters>;

/** The decision about the active runs of the CronJob: the operations before the new run, or another answer. */
export type RunsAnswer =
  | { readonly outcome: "clear"; readonly before: readonly WriteOperation[] }
  | Extract<ActionAnswer, { readonly outcome: "read" | "wait" | "refused" }>;

/** In which case the wait for a run that was deleted is over. */
const ENDED =
  '!has(object.metadata.deletionTimestamp) && has(object.status.conditions) && object.status.conditions.exists(c, c.type in ["Complete", "Failed"] && c.status == "True")';
const REPLACED_WITHIN_MS = 60 * 60_000;

/** The active runs of the CronJob, by the rule's policy or else by its own. */
export function judgeRuns(
  state: State,
  cronJob: KubernetesObject,
  address: CronJobAddress,
  job: CatalogEntry,
): RunsAnswer {
  const policy = toPolicy(state, cronJob);
  if (policy === "ignore") return { outcome: "clear", before: [] };
  const jobs = toAddressBeside(job, address);
  const runs = state.observed.get("jobs");
  if (runs?.type !== "list") {
    return {
      outcome: "read",
      reads: [{ type: "list", as: "jobs", target: jobs, fields: RUN_FIELDS }],
    };
  }
  const active = toActiveRuns(runs.items, cronJob.metadata.uid);
  if (active.length === 0) return { outcome: "clear", before: [] };
  const { within } = state.parameters;
  const withinMs = within === undefined ? undefined : parseDuration(within);
  if (policy === "replace") {
    const before = active.flatMap(({ metadata: { name, uid } }) =>
      toReplacement({ ...jobs, name }, uid, withinMs ?? REPLACED_WITHIN_MS),
    );
    return { outcome: "clear", before };
  }
  const message = describeRuns(state, cronJob, active);
  if (policy === "refuse") return { outcome: "refused", code: "ConcurrentRun", message };
  const limit = withinMs === undefined ? {} : { withinMs };
  return { outcome: "wait", reason: "ConcurrentRun", message, ...limit };
}

function toPolicy(
  { parameters: { concurrencyPolicy } }: State,
  cronJob: KubernetesObject,
): "ignore" | "wait" | "replace" | "refuse" {
  if (concurrencyPolicy !== "honour") return concurrencyPolicy;
  const own = readField(cronJob, "spec", "concurrencyPolicy");
  // To stop a run of a CronJob with Replace takes the right to delete Jobs, so a rule has to ask for that.
  return own === "Forbid" || own === "Replace" ? "wait" : "ignore";
}

/**
 * Deletes a run and waits until its Pods are gone, too: they are deleted first (Foreground), so that no two runs are ever active. A run
 * that has ended by then keeps its logs.
 */
function toReplacement(
  target: Extract<WriteOperation, { readonly type: "delete" }>["target"],
  uid: string,
  withinMs: number,
): readonly WriteOperation[] {
  return [
    {
      type: "delete",
      name: "deleteRun",
      target,
      uid,
      propagationPolicy: "Foreground",
      unlessEnded: true,
    },
    { type: "verify", name: "awaitRun", expression: ENDED, gone: true, withinMs, target, uid },
  ];
}

function describeRuns(
  { parameters: { concurrencyPolicy } }: State,
  cronJob: KubernetesObject,
  active: readonly KubernetesObject[],
): string {
  const names = active.slice(0, 3).map((run) => run.metadata.name);
  const own = String(readField(cronJob, "spec", "concurrencyPolicy"));
  const why =
    concurrencyPolicy === "honour"
      ? `has concurrencyPolicy ${own} and`
      : `must not run twice by the rule (concurrencyPolicy: ${concurrencyPolicy}), and it has`;
  return `CronJob ${cronJob.metadata.name} ${why} ${active.length} active run(s), ${names.join(", ")}: set concurrencyPolicy: ignore in the rule to run it in parallel, or replace to stop them`;
}
