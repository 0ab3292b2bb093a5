import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";
import type { CheckedWatch } from "../check/checked.ts";
import type { Team } from "../check/truth.ts";
import { ROUND_LABEL } from "./own-objects.ts";

export type PlannedPipeline = {
  readonly text: string;
  readonly watches: readonly CheckedWatch[];
  /** The watches of the rules that were given. */
  readonly ruleWatches: readonly string[];
};

/** The rule whose messages say whether the team of an object has changed. */
export const COMPARED_RULE = "team-changed";

/**
 * The pipeline of a round: one resource in several watches, with and without selectors, in one
 * namespace and in all. A rule of its own compares states. The text is JSON, which is YAML.
 */
export function planPipeline(
  namespace: string,
  rules: readonly object[] = [],
  clusters: readonly object[] = [],
): PlannedPipeline {
  const resource = "configmaps";
  const ofRound = { resource, labelSelector: `${ROUND_LABEL}=${namespace}` };
  const entries: readonly ({ readonly entry: object } & Omit<CheckedWatch, "key">)[] = [
    // It is the watch of the rule that compares, too, and so it comes before those of the other entries.
    { entry: ofRound, selects: () => true, compared: true },
    { entry: { resource, namespaces: [namespace] }, selects: () => true },
    {
      entry: { resource, namespaces: [namespace], labelSelector: "team=red" },
      selects: isOneOf("red"),
    },
    {
      entry: { resource, labelSelector: `${ROUND_LABEL}=${namespace},team in (red, blue)` },
      selects: isOneOf("red", "blue"),
    },
    {
      entry: { resource: "things.chaos.kubemend.dev", namespaces: [namespace] },
      resource: "things",
      selects: () => true,
    },
  ];
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "chaos" },
    ...(clusters.length === 0 ? {} : { clusters }),
    watch: entries.map(({ entry }) => entry),
    rules: [...rules, toComparedRule(ofRound)],
  };
  const parsed = parsePipeline(document);
  if (!parsed.ok) throw new Error(`the round's pipeline is wrong: ${JSON.stringify(parsed.error)}`);
  const planned = planWatches(parsed.value);
  // The watches of the rules come first.
  const offset = planned.length - entries.length;
  const watches = entries.map(({ entry: _entry, ...checked }, index) => {
    const key = planned[offset + index]?.key;
    if (key === undefined)
      throw new Error("the watches of the round's pipeline do not match its entries");
    return { key, ...checked };
  });
  const ruleWatches = planned.slice(0, offset).map(({ key }) => key);
  return { text: JSON.stringify(document), watches, ruleWatches };
}

function toComparedRule(on: object): object {
  const changed = { fields: ["metadata.labels.team"], unknown: "skip" };
  const alert = { to: "nobody", summary: '"the team has changed"' };
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  return { id: COMPARED_RULE, on: { ...on, changed }, then: [{ alert }] };
}

function isOneOf(...teams: readonly Team[]): CheckedWatch["selects"] {
  return (team) => teams.includes(team);
}
