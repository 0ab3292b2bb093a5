import { findBodyRead } from "./body-reads.ts";
import { isEvents } from "../references/is-events.ts";
import type { Payload, Pipeline, PipelineIssue, Watch } from "./pipeline.ts";
import { planWatches } from "./watches.ts";

/**
 * How much of each object the messages of a watch carry: as written; else all of it if an entry of `watch` requests the objects, if a rule
 * reads more than metadata, and for Events, because what they are about is in the body; else metadata.
 */
export function toProjection(watch: Watch): Payload {
  if (watch.payload !== undefined) return watch.payload;
  if (watch.explicit || isEvents(watch.resource)) return "full";
  return watch.rules.every((rule) => findBodyRead(rule) === undefined) ? "metadata" : "full";
}

/**
 * How much of each object the relay must read: all of it if the messages carry it, or if a rule compares fields of the body. Comparing is
 * not reading: the compared fields stay in the cluster.
 */
export function toReadProjection(watch: Watch, carried: Payload = toProjection(watch)): Payload {
  if (carried === "full") return "full";
  const compared = watch.rules.flatMap(({ on }) => on.changed?.fields ?? []);
  return compared.every(([first]) => first === "metadata") ? "metadata" : "full";
}

/** Rules that read more than metadata on a watch with `payload: metadata`: the missing fields would look as if they were not set. */
export function findPayloadIssues(
  pipeline: Pick<Pipeline, "rules" | "watch">,
): readonly PipelineIssue[] {
  const issues = planWatches(pipeline)
    .filter(({ payload }) => payload === "metadata")
    .flatMap((watch) => findBodyReads(pipeline, watch));
  // A rule with several namespaces is bound to several watches.
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
        message: `reads ${read.what}, but the watch of ${watch.resource} has payload: metadata`,
        hint: "read only apiVersion, kind and metadata, or remove payload: metadata from the entry of watch",
      },
    ];
  });
}

/** Entries that select the same objects with different payloads. */
function findContradictions({ watch }: Pick<Pipeline, "watch">): readonly PipelineIssue[] {
  const metadata = new Set(keysOf(watch.filter(({ payload }) => payload === "metadata")));
  return watch.flatMap((entry, index) => {
    if (entry.payload !== "full" || !keysOf([entry]).some((key) => metadata.has(key))) return [];
    const message = `another entry selects the same ${entry.resource} with payload: metadata`;
    return [
      { path: ["watch", index, "payload"], message, hint: "use one payload for one selection" },
    ];
  });
}

function keysOf(entries: Pipeline["watch"]): readonly string[] {
  return planWatches({ rules: [], watch: entries }).map(({ key }) => key);
}
