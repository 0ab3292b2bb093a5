import { describeError, KubemendError } from "../../core/errors.ts";
import type { Result } from "../../core/result.ts";
import { toCanonicalJson } from "../../core/json/canonical-json.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import type { LocatedIssue, PipelineFile } from "../../adapters/pipeline-file.ts";
import type { PipelineFileChanges } from "../../adapters/pipeline-file-changes.ts";
import type { Clock } from "../runtime/clock.ts";
import { formatIssues } from "../../adapters/pipeline-issues.ts";
import type { AbsentWatch, PlannedWatch } from "./planned-watch.ts";
import { runTogether } from "../runtime/run-together.ts";

/** How often the file is read. A mounted ConfigMap takes up to a minute to be updated anyway. */
const LOOK_EVERY_MS = 5_000;

/** A pipeline on a cluster, ready to run. */
export type PlannedPipeline = {
  readonly digest: string;
  readonly watches: readonly PlannedWatch[];
  /** Watches whose resource is not served now. */
  readonly absent?: readonly AbsentWatch[];
  /** For planning again. */
  readonly pipeline?: Pipeline;
  /** The resources, with their version, for which the same pipeline was planned again. */
  readonly nowServed?: readonly string[];
};

export type ReloadReport = {
  /** Another pipeline is in use from now on. */
  readonly reloaded: (digest: string) => void;
  /** The same pipeline has been planned again, because the cluster now serves these resources, in these versions. */
  readonly replanned: (digest: string, resources: readonly string[]) => void;
  /** The pipeline file has changed and cannot be used: the previous pipeline stays in use. */
  readonly reloadRefused: (message: string) => void;
};

export type ReloadDeps = {
  readonly path: string;
  readonly changes: PipelineFileChanges;
  /** Plans a pipeline on the cluster. Throws if the cluster does not serve what it needs. */
  readonly planPipeline: (pipeline: Pipeline, signal: AbortSignal) => Promise<PlannedPipeline>;
  /** Keys of the watches whose resource is not served now. */
  readonly absentKeys?: () => ReadonlySet<string>;
  readonly clock: Pick<Clock, "sleep">;
  readonly report: ReloadReport;
};

/**
 * Runs a planned pipeline until the pipeline file contains another valid pipeline, then that one: what is in flight is finished
 * first, and each run begins at its checkpoints. A file that is invalid, or needs what the cluster does not serve, is refused, and the
 * present pipeline keeps running. While a resource is absent the cluster is asked again; if the resource is served now, or in another
 * version, the pipeline is planned again too. Ends when it is stopped, or with what `run` throws.
 */
export async function runWithReload(
  deps: ReloadDeps,
  first: PlannedPipeline,
  run: (plan: PlannedPipeline, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let current = first;
  while (!signal.aborted) {
    const over = new AbortController();
    const plan = current;
    await runTogether(
      [
        (stop) => run(plan, stop),
        async (stop) => {
          current = (await waitForAnother(deps, plan, stop)) ?? plan;
          over.abort();
        },
      ],
      AbortSignal.any([signal, over.signal]),
    );
    if (current === plan) continue;
    if (current.digest === plan.digest) {
      deps.report.replanned(current.digest, current.nowServed ?? []);
    } else deps.report.reloaded(current.digest);
  }
}

async function waitForAnother(
  deps: ReloadDeps,
  plan: PlannedPipeline,
  signal: AbortSignal,
): Promise<PlannedPipeline | undefined> {
  let wanted: Pipeline | undefined;
  let refusal = "";
  while (!signal.aborted) {
    await deps.clock.sleep(LOOK_EVERY_MS, signal);
    try {
      const file = signal.aborted ? undefined : await deps.changes.read();
      if (file !== undefined) {
        wanted = undefined;
        refusal = "";
        wanted = toWanted(deps.path, file, plan);
      }
      // Asked each time: what the cluster does not serve now it may serve later.
      if (wanted !== undefined) return await deps.planPipeline(wanted, signal);
      const more = await planMore(deps, plan, signal);
      if (more !== undefined) return more;
    } catch (error) {
      if (signal.aborted) return undefined;
      const message = describeError(error);
      if (message !== refusal) deps.report.reloadRefused(message);
      refusal = message;
    }
  }
  return undefined;
}

/** The same pipeline with the resources that are served now; undefined if none was added. No running watch is removed. */
async function planMore(
  deps: ReloadDeps,
  plan: PlannedPipeline,
  signal: AbortSignal,
): Promise<PlannedPipeline | undefined> {
  const absent = deps.absentKeys?.() ?? new Set();
  if (absent.size === 0 || plan.pipeline === undefined || signal.aborted) return undefined;
  const now = await deps.planPipeline(plan.pipeline, signal);
  const before = new Map(plan.watches.map((watch) => [watch.key, watch]));
  const added = now.watches.filter(
    (watch) => absent.has(watch.key) && !isSameResource(watch, before.get(watch.key)),
  );
  if (added.length === 0) return undefined;
  for (const watch of added) before.set(watch.key, watch);
  return {
    ...now,
    watches: [...before.values()],
    absent: now.absent?.filter(({ key }) => !before.has(key)) ?? [],
    nowServed: [...new Set(added.map(describeServed))],
  };
}

function describeServed({ name, target }: PlannedWatch): string {
  return `${name} (${target.resource.version})`;
}

function isSameResource(a: PlannedWatch, b: PlannedWatch | undefined): boolean {
  return toCanonicalJson(a.target.resource) === toCanonicalJson(b?.target.resource ?? null);
}

/** Undefined if it means the same as the running one: comments and the order of keys do not count. */
function toWanted(
  path: string,
  file: Result<PipelineFile, readonly LocatedIssue[]>,
  plan: PlannedPipeline,
): Pipeline | undefined {
  if (!file.ok) {
    const message = formatIssues(path, file.error);
    throw new KubemendError("InvalidPipeline", message, { retryable: false });
  }
  const { pipeline } = file.value;
  return pipeline.digest === plan.digest ? undefined : pipeline;
}
