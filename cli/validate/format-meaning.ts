import { toClusterNotes, type NamedCluster } from "./cluster-notes.ts";
import { findUnusedClusters } from "../../core/pipeline/acting-clusters.ts";
import { describeAccess } from "../../core/pipeline/declared-access.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { describeReceiver } from "../../core/receivers/receiver.ts";
import { describeCredentials } from "./describe/describe-credentials.ts";
import { describeRouted } from "./describe/describe-routed.ts";
import { toPrintable } from "../../core/text/printable.ts";
import type { Route } from "../../core/pipeline/route.ts";
import { toReadProjection } from "../../core/pipeline/projection.ts";
import { planWatches } from "../../core/pipeline/watches.ts";
import type { FindType } from "../../core/schemas/builtin-types.ts";
import { describeRule } from "./describe/describe-rule.ts";
import { describeSelection } from "./describe/describe-selection.ts";
import { toMirrorNotes } from "./describe/mirror-notes.ts";
import { formatMoves } from "./describe/format-moves.ts";
import { formatRedactions } from "./describe/format-redactions.ts";

/** The types that the expressions were checked against: those that ship with Kubemend, or those that options have named. */
export type CheckedTypes = {
  readonly findType: FindType;
  readonly source: "builtin" | "named";
  /** Absent: no cluster was asked. */
  readonly cluster?: Pick<NamedCluster, "catalog" | "absentNamespaces"> | undefined;
};

/**
 * What a valid pipeline means at a time, in lines: its rules, its other watches, and what never leaves the cluster. Whatever the pipeline contains
 * stays within its line.
 */
export function formatMeaning(
  file: string,
  pipeline: Pipeline,
  { findType, source, cluster }: CheckedTypes,
  nowMs: number,
): readonly string[] {
  const watches = planWatches(pipeline);
  const bare = new Set(
    watches.flatMap((watch) => (toReadProjection(watch) === "metadata" ? watch.rules : [])),
  );
  const types =
    source === "builtin" ? "the schemas of Kubernetes 1.36" : "the schemas that were named";
  const notes = toMirrorNotes(pipeline);
  return [
    `${file} is a valid pipeline (digest ${pipeline.digest.slice(0, 12)}) for the cluster ${pipeline.cluster.name}.`,
    ...(cluster === undefined ? [] : toClusterNotes(pipeline, cluster)).map(
      ({ rule, message }) => `  Note: ${rule === undefined ? "" : `rule ${rule}: `}${message}`,
    ),
    ...findUnusedClusters(pipeline).map((note) => `  Note: ${note}`),
    ...pipeline.clusters.flatMap(({ name, access }) =>
      access.type === "own" ? [] : [`  cluster ${name}: by ${describeAccess(access)}`],
    ),
    ...pipeline.rules.flatMap((rule) => {
      const typesOf = findType(rule.on.resource) === undefined ? undefined : types;
      const alertsBy = describeRouted(pipeline, rule.id);
      const facts = {
        typesOf,
        metadataOnly: bare.has(rule),
        nowMs,
        alertsBy,
        isClusterNamed: cluster !== undefined,
      };
      const own = notes.filter((one) => one.rule === rule.id);
      const sentences = [...describeRule(rule, facts), ...own.map(({ note }) => `Note: ${note}`)];
      return ["", `  ${rule.id}`, ...sentences.map((sentence) => `      ${toOneLine(sentence)}`)];
    }),
    ...formatWatches(pipeline),
    ...formatReceivers(pipeline),
    ...formatMoves(pipeline),
    "",
    ...formatRedactions(pipeline, findType),
  ].map(toPrintable);
}

function formatReceivers({ receivers, route = [], rules }: Pipeline): readonly string[] {
  if (receivers === undefined) {
    const alerts = rules.some(({ then }) => then.some(({ action }) => action === "alert"));
    return alerts
      ? ["", "  Alerts are lines in the log of notify only, because the file has no receivers."]
      : [];
  }
  const lines = receivers.map(
    (receiver) =>
      `      ${receiver.name}: ${describeReceiver(receiver)}${describeCredentials(receiver)}`,
  );
  return ["", "  receivers", ...lines, ...formatRoutes(route)];
}

function formatRoutes(routes: readonly Route[]): readonly string[] {
  if (routes.length === 0) return [];
  const lines = routes.map(({ when, to, continue: goesOn }) => {
    const conditions = Object.entries(when ?? {}).map(
      ([key, value]) => `${key} ${describeCondition(value)}`,
    );
    const what = conditions.length === 0 ? "all others" : conditions.join(" and ");
    return `      ${what}: to ${to.join(", ")}${goesOn ? ", and the next routes are asked, too" : ""}`;
  });
  return ["", "  alerts whose rule names no receiver", ...lines];
}

function describeCondition(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(" or ");
  return Object.entries(value as object)
    .map(([name, text]) => `${name}=${String(text)}`)
    .join(", ");
}

function formatWatches({ watch }: Pipeline): readonly string[] {
  return watch.flatMap((entry) => {
    const isBare = entry.payload === "metadata";
    const states =
      entry.delivery === "every"
        ? "every state is sent (delivery: every)"
        : "only the newest of several unsent states is sent (delivery: latest)";
    return [
      "",
      "  watch",
      `      ${describeSelection(entry, isBare)}, and sent without any rule; ${states}.`,
    ];
  });
}

/** An expression may be written in several lines. */
function toOneLine(sentence: string): string {
  return sentence.replaceAll(/\s*\n\s*/g, " ");
}
