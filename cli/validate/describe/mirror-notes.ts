import { findNamedCluster } from "../../../core/actions/contract/cluster.ts";
import { holdsOthers, toCopyFate } from "../../../core/actions/mirror/copy-fate.ts";
import { isRemediation } from "../../../core/actions/registry.ts";
import { toCanonicalJson } from "../../../core/json/canonical-json.ts";
import { toActed } from "../../../core/pipeline/check/acted-resources.ts";
import { findMirrorRules, type MirrorRule } from "../../../core/pipeline/mirror-rule.ts";
import type { Pipeline, RuleAction } from "../../../core/pipeline/pipeline.ts";
import { findSourceNames } from "../../../core/pipeline/source-view.ts";
import { joinWords } from "./describe-selection.ts";

type Note = { readonly rule: string; readonly note: string };

/** Sentences about settings of a pipeline's mirrors that are valid and hardly meant. */
export function toMirrorNotes(pipeline: Pipeline): readonly Note[] {
  const mirrors = findMirrorRules(pipeline.rules);
  return mirrors.flatMap((one, index) => {
    const notes = [
      ...findSharedTargets(one),
      ...findLosses(one),
      ...findMadeByOthers(one),
      ...mirrors.slice(index + 1).flatMap((other) => findRivals(one, other, pipeline)),
      ...findActors(one, pipeline),
    ];
    return notes.map((note) => ({ rule: one.rule.id, note }));
  });
}

/** Sources whose objects would have the same place in a target that is none of them. */
function findSharedTargets({ rule, mirror }: MirrorRule): readonly string[] {
  const sources = rule.on.clusters ?? [];
  if (sources.length < 2) return [];
  const shared = mirror.to.filter((target) => !sources.includes(target));
  if (shared.length === 0) return [];
  return [
    `objects of the same namespace and name in ${joinWords(sources, "and")} want one place in ${joinWords(shared, "and")}: the first has it, and the others fail with MirroredFromElsewhere. Whoever may create objects in one of these clusters can take the places of another one's. Write a rule for each cluster, with namespaces or names that keep the places apart.`,
  ];
}

function findLosses({ rule, mirror }: MirrorRule): readonly string[] {
  const { resource } = rule.on;
  const when = [
    ...(toCopyFate(mirror, "gone") === "delete"
      ? ["its source is deleted (delete: propagate)"]
      : []),
    ...(toCopyFate(mirror, "left") === "delete"
      ? ["the rule no longer covers it (left: delete)"]
      : []),
  ];
  if (!holdsOthers(resource) || when.length === 0) return [];
  return [
    `with a copy everything in it is deleted, also what is only in the target: when ${when.join(" and when ")}. Without these keys copies of ${resource} stay.`,
  ];
}

/** Resources whose objects controllers make from others, and these. */
const MADE_FROM: Readonly<Record<string, string>> = {
  pods: "Deployments, Jobs and other workloads",
  "replicasets.apps": "Deployments",
  "controllerrevisions.apps": "StatefulSets and DaemonSets",
};

/** Resources whose copies do work, and the field by which they do not. */
const RUNNING: Readonly<Record<string, string>> = {
  "cronjobs.batch": "spec.suspend",
  "jobs.batch": "spec.suspend",
};

function findMadeByOthers({ rule, mirror }: MirrorRule): readonly string[] {
  const { resource } = rule.on;
  const origin = MADE_FROM[resource];
  const field = RUNNING[resource];
  const isSelected = /ownerReferences/.test(rule.where ?? "");
  return [
    ...(origin === undefined || isSelected
      ? []
      : [
          `${resource} that a controller makes from ${origin} are copied too, beside those that the target's controllers make: mirror ${origin}, or add where: "!has(object.metadata.ownerReferences)".`,
        ]),
    ...(field === undefined || Object.hasOwn(mirror.fields.set, field)
      ? []
      : [
          `the copies run in the target, too. With fields: { set: { ${field}: true } } they do not.`,
        ]),
  ];
}

/** Another rule that mirrors the same objects to the same place, or back. */
function findRivals(one: MirrorRule, other: MirrorRule, pipeline: Pipeline): readonly string[] {
  if (one.rule.on.resource !== other.rule.on.resource || !mayShare(one, other)) return [];
  const from = findSourceNames(one.rule, pipeline);
  const back = findSourceNames(other.rule, pipeline);
  const isBack =
    one.mirror.to.some((target) => back.includes(target)) &&
    other.mirror.to.some((target) => from.includes(target));
  const { id } = other.rule;
  if (isBack && one.mirror.conflict === "adopt" && other.mirror.conflict === "adopt") {
    return [
      `the rule ${id} mirrors back, and both adopt: if each cluster has an object of its own at a place, each may become the copy of the other (CopyOfCopy). Write one rule with both clusters in on.clusters and in to.`,
    ];
  }
  const isSame =
    one.mirror.to.some((target) => other.mirror.to.includes(target)) &&
    from.some((source) => back.includes(source)) &&
    toMapping(one) === toMapping(other);
  if (!isSame) return [];
  return [
    `the rule ${id} may mirror the same objects to the same places: the first of the two keeps such a copy, and the other one fails with MirroredByOtherRule.`,
  ];
}

function toMapping({ mirror: { namespaces, names } }: MirrorRule): string {
  return toCanonicalJson([namespaces, names]);
}

function isApart(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/** Whether two rules may cover the same objects: selectors that differ are taken at their word. */
function mayShare({ rule: { on: one, where } }: MirrorRule, { rule }: MirrorRule): boolean {
  const { on: other } = rule;
  const { namespaces = other.namespaces } = one;
  const share = namespaces?.some((name) => (other.namespaces ?? namespaces).includes(name)) ?? true;
  return (
    share &&
    !isApart(one.labelSelector, other.labelSelector) &&
    !isApart(one.fieldSelector, other.fieldSelector) &&
    !isApart(one.namespaceSelector, other.namespaceSelector) &&
    !isApart(where, rule.where)
  );
}

/** Rules that act on the copies, which the mirror makes equal to their sources again. */
function findActors({ rule: own, mirror }: MirrorRule, { rules }: Pipeline): readonly string[] {
  if (mirror.drift !== "repair") return [];
  return rules.flatMap(({ id, on, then, onFailure = [] }) =>
    [...then, ...onFailure].flatMap((written) => {
      const cluster = findNamedCluster(written.parameters)?.name;
      if (cluster === undefined || !mirror.to.includes(cluster)) return [];
      if (!isRemediation([written]) || isLeftOut(written, mirror)) return [];
      if (!toActed(written, on.resource).includes(own.on.resource)) return [];
      return [
        `the rule ${id} acts on ${own.on.resource} in ${cluster} (${written.action}), where this rule repairs what others change (drift: repair): of a copy that is refused (ManagedField), and with managed: act the mirror writes the source's values again. Set drift: report, or take the field from the copies with fields.remove.`,
      ];
    }),
  );
}

/** Whether the copies do without the field that the action changes. */
function isLeftOut({ action }: RuleAction, { fields }: MirrorRule["mirror"]): boolean {
  return action === "scale" && fields.remove.includes("spec.replicas");
}
