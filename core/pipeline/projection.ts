import { findBodyRead } from "./body-reads.ts";
import { isEvents } from "../references/is-events.ts";
import type { Payload, Pipeline, PipelineIssue, Watch } from "./pipeline.ts";
import { planWatches } from "./watches.ts";

/**
 * How much of each object a watch reads: as written; else all of it where an entry of `watch` asks for the objects, where a
 * rule reads more than metadata, and of Events, which are about another object; else metadata.
 */
export function toProjection(watch: Watch): Payload {
  if (watch.payload !== undefined) return watch.payload;
  if (watch.explicit || isEvents(watch.resource)) return "full";
  return watch.rules.every((rule) => findBodyRead(rule) === undefined) ? "metadata" : "full";
}

/** A rule whose watch is told to read metadata must not read more: what is missing would look as if it were not there. */
export function findPayloadIssues(
  pipeline: Pick<Pipeline, "rules" | "watch">,
): readonly PipelineIssue[] {
  const issues = planWatches(pipeline)
    .filter(({ payload }) => payload === "metadata")
    .flatMap((watch) => findBodyReads(pipeline, watch));
  // A watch a namespace, and the rule is bound to each.
  const unique = new Map(issues.map((issue) => [JSON.stringify(issue.path), issue]));
  return [...unique.values(), ...findContradictions(pipeline)];
}

function findBodyReads(pipeline: Pick<Pipeline, "rules">, watch: Watch): readonly PipelineIssue[] {
  return watch.rules.flatMap((rule) => {
    const read = findBodyRead(rule);
    if (read === undefined) return [];
    return [
      {
        path: ["rules", pipeline.rules.indexOf(rule), ...read.path],
        message: `reads ${read.what}, and the watch of ${watch.resource} has payload: metadata`,
        hint: "read only apiVersion, kind and metadata; or take payload: metadata out of the entry of watch",
      },
    ];
  });
}

/** Two entries may select the same objects. */
function findContradictions({ watch }: Pick<Pipeline, "watch">): readonly PipelineIssue[] {
  const metadata = new Set(keysOf(watch.filter(({ payload }) => payload === "metadata")));
  return watch.flatMap((entry, index) => {
    if (entry.payload !== "full" || !keysOf([entry]).some((key) => metadata.has(key))) return [];
    const message = `another entry asks for the same ${entry.resource} with payload: metadata`;
    return [{ path: ["watch", index, "payload"], message, hint: "one payload for one selection" }];
  });
}

function keysOf(entries: Pipeline["watch"]): readonly string[] {
  return planWatches({ rules: [], watch: entries }).map(({ key }) => key);
}
