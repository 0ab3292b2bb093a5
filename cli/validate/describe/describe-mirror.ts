import type {
  MarkChanges,
  MirrorParameters,
} from "../../../core/actions/mirror/mirror-parameters.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { joinWords } from "./describe-selection.ts";
import { describeValues } from "./describe-values.ts";
import { describeRightsToGrant } from "./rights-to-grant.ts";

/** Everything that a mirror means, in full sentences and with the defaults that apply. */
export function describeMirror(rule: Rule, mirror: MirrorParameters): readonly string[] {
  return [
    ...describeCovered(rule),
    `Keeps a copy of each equal in ${joinWords(mirror.to, "and")}${describeDryRun(rule)}.`,
    ...describePlace(mirror),
    ...describeMarks("labels", mirror.labels),
    ...describeMarks("annotations", mirror.annotations),
    ...describeFields(mirror),
    ...describeImages(mirror),
    ...(mirror.status ? ["Copies get the status of their sources, too (status: true)."] : []),
    describeEnd(mirror),
    CONFLICTS[mirror.conflict],
    DRIFT[mirror.drift],
    `Compares all of them every ${mirror.compareEvery}, and after the rule has changed or a cluster was away.`,
    ...describeRightsToGrant([rule.on.resource]),
  ];
}

function describeCovered({ where }: Rule): readonly string[] {
  const test =
    where === undefined ? "each of them" : `those for which this is true: ${where.trim()}`;
  return [
    `Mirrors ${test}, except copies from other clusters and what belongs to its own cluster only.`,
  ];
}

function describeDryRun({ mode }: Rule): string {
  return mode === "dryRun" ? ", but writes nothing: it only reports (mode: dryRun)" : "";
}

function describePlace({ namespaces, names }: MirrorParameters): readonly string[] {
  const mapped = Object.entries(namespaces).map(([from, to]) => `${from} in ${to}`);
  const { prefix, suffix } = names;
  const parts = [
    ...(prefix === undefined ? [] : [`begin with ${prefix}`]),
    ...(suffix === undefined ? [] : [`end with ${suffix}`]),
  ];
  return [
    ...(mapped.length === 0
      ? []
      : [`Copies are in other namespaces: those of ${joinWords(mapped, "and")}.`]),
    ...(parts.length === 0 ? [] : [`The names of copies ${parts.join(" and ")}.`]),
  ];
}

function describeMarks(what: string, { set, remove }: MarkChanges): readonly string[] {
  const isSet = Object.keys(set).length > 0;
  return [
    ...(isSet ? [`Copies have the ${what} ${describeValues(set)}.`] : []),
    ...(remove.length === 0 ? [] : [`Copies do not have the ${what} ${joinWords(remove, "and")}.`]),
  ];
}

function describeFields({ fields: { set, remove } }: MirrorParameters): readonly string[] {
  return [
    ...(Object.keys(set).length === 0 ? [] : [`Copies have ${describeValues(set)}.`]),
    ...(remove.length === 0 ? [] : [`Copies do not have ${joinWords(remove, "and")}.`]),
  ];
}

function describeImages({ images }: MirrorParameters): readonly string[] {
  const mapped = images.map(({ from, to }) => `${from} become ${to}`);
  return mapped.length === 0 ? [] : [`Images that begin with ${joinWords(mapped, "and")}.`];
}

function describeEnd({ delete: fate, left }: MirrorParameters): string {
  const ofLeft = left ?? (fate === "keep" ? "keep" : "delete");
  const deleted = fate === "keep" ? "stays (delete: keep)" : "is deleted (delete: propagate)";
  const covered = ofLeft === "keep" ? "stays (left: keep)" : "is deleted (left: delete)";
  return `A copy ${deleted} when its source is deleted, and ${covered} when the rule no longer covers it.`;
}

const CONFLICTS: Readonly<Record<MirrorParameters["conflict"], string>> = {
  fail: "An object of a copy's name that Kubemend did not put there is left as it is, and a record says so (conflict: fail).",
  adopt:
    "An object of a copy's name that Kubemend did not put there becomes the copy (conflict: adopt).",
  skip: "An object of a copy's name that Kubemend did not put there is left as it is, without a word (conflict: skip).",
};

const DRIFT: Readonly<Record<MirrorParameters["drift"], string>> = {
  repair: "A copy that somebody has changed is repaired (drift: repair).",
  report: "A copy that somebody has changed is only reported (drift: report).",
};
