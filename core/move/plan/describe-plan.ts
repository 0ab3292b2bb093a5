import type { LeftReference } from "../../../events/moves/move.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { toPrintable } from "../../text/printable.ts";
import { nameMoved } from "../moved-object.ts";
import { groupObjects, type ObjectGroup } from "./group-objects.ts";
import { nameProblem, type Problem } from "../status/problem.ts";
import type { MovePlan } from "./to-plan.ts";

/** Lines of a list that are shown; the rest is counted. */
const MOST_LINES = 20;

/** The steps of a plan in their order, as text. */
export function describePlan(
  plan: MovePlan,
  { source, target }: { readonly source: string; readonly target: string },
): readonly string[] {
  const groups = groupObjects(plan.objects);
  const unpaused = groupObjects(plan.objects.filter(({ pause }) => pause === undefined));
  const head = `${count(plan.objects.length, "object")} on ${count(plan.levels, "level")} from ${source} to ${target}`;
  // Nothing was found that could be done.
  const first = [head, ...describeProblems(plan.problems), ...describeLeftOut(plan)];
  if (plan.objects.length === 0) return first;
  return [
    ...first,
    "",
    `1. wait  until no object has an annotation that blocks the move, and no Job of a CronJob runs${plan.blocked.length === 0 ? ": nothing blocks it at present" : ":"}`,
    ...list(plan.blocked.map(describeBlock)),
    "2. pause in the source, after the present values were stored; then look for blocks once more",
    ...listOrNone(
      plan.objects.filter(({ pause }) => pause).map(describePause),
      "nothing can be paused",
    ),
    `3. create in the target, owners first${plan.namespaces.length === 0 ? "" : `, after Namespace ${plan.namespaces.join(", ")}`}`,
    ...toTree(groups),
    ...describeUnpaused(unpaused),
    "4. verify that the target has each object as the source has it",
    "── from here on there is no way back ──",
    "5. delete in the source, dependents first, and wait until each is gone",
    ...toLevelLines(groups),
    ...list(plan.finalizers.map(describeFinalizer)),
    ...list(
      plan.remade.map(
        ({ resource, count: many }) =>
          `${many} ${resource} are deleted with them; controllers in the target make new ones`,
      ),
    ),
    ...list(
      plan.leftOwned.map(({ object, owner }) => `${object} stays, without its owner ${owner}`),
    ),
    "6. resume in the target: each pause becomes what it was in the source",
    ...describeDropped(plan),
    ...describeLeft(plan),
    ...describeReferrers(plan),
    ...describeManagers(plan),
  ];
}

/** All problems, with the ways out. */
function describeProblems(problems: readonly Problem[]): readonly string[] {
  if (problems.length === 0) return [];
  const lines = problems.map(({ holds, wayOut, ...named }) => {
    const held = `${nameProblem(named)}${holds === undefined ? "" : ` (${holds})`}`;
    return `${toPrintable(held)}\n     → ${toPrintable(wayOut)}`;
  });
  const head = `This move is refused, for ${count(problems.length, "reason")}:`;
  return ["", head, ...listPrintable(lines)];
}

function describeLeftOut({ leftOut }: MovePlan): readonly string[] {
  if (leftOut.length === 0) return [];
  const lines = leftOut.map(({ object, reason }) => `${object}: ${reason}`);
  return ["", "Selected, and left out:", ...list(lines)];
}

function describeBlock(block: MovePlan["blocked"][number]): string {
  const { object } = block;
  return "job" in block ? `${object}: ${block.job} runs` : `${object} has ${block.annotation}`;
}

function describePause(object: MovedObject): string {
  const { field, annotation } = object.pause ?? {};
  return `${nameMoved(object)}: ${field ?? `annotation ${annotation}`}`;
}

/** Nothing pauses these: for a while they are active on both sides. */
function describeUnpaused(groups: readonly ObjectGroup[]): readonly string[] {
  if (groups.length === 0) return [];
  const labels = joinLabels(groups.map(({ label }) => label));
  return [
    `   these have no pause of their own (--pause names one), so from here until 5 they are active in both clusters: ${labels}`,
  ];
}

function describeFinalizer({
  finalizer,
  count: many,
  isRemoved,
}: MovePlan["finalizers"][number]): string {
  const how = isRemoved
    ? "is taken off after the deletion was accepted"
    : "is left to its controller: the deletion waits for that (--remove-finalizer takes it off)";
  return `finalizer ${finalizer} of ${count(many, "object")} ${how}`;
}

function describeDropped({ dropped }: MovePlan): readonly string[] {
  if (dropped.length === 0) return [];
  return [
    "",
    "Values that somebody has chosen and that do not move, because each cluster sets its own:",
    ...list(dropped.map(({ object, field, value }) => `${object} ${field}: ${value}`)),
  ];
}

function describeLeft(plan: MovePlan): readonly string[] {
  const { left, droppedOwners } = plan;
  return [
    ...(droppedOwners.length === 0
      ? []
      : ["", "Owners that stay and lose these objects; the copies do without them:"]),
    ...list(droppedOwners.map(({ object, owner }) => `${object}: ${owner}`)),
    "",
    left.length === 0
      ? "None of them refers to an object that does not move."
      : "References to objects that do not move, which the target has to have:",
    ...list(left.map(describeReference)),
    ...describeUnowned(plan),
  ];
}

/** Cluster API makes these again with other contents, which cuts a Cluster off from its nodes. */
function describeUnowned({ unowned }: MovePlan): readonly string[] {
  if (unowned.length === 0) return [];
  const shown = unowned.slice(0, MOST_LINES).map(({ selection }) => selection);
  const selections = toPrintable(shown.join(" "));
  return [
    "Cluster API finds some of them by name or label, and in the target it makes new ones if they are not there. To move them, too, select them as well:",
    `   ${selections}${unowned.length > shown.length ? " ..." : ""}`,
  ];
}

function describeManagers({ managers }: MovePlan): readonly string[] {
  if (managers.length === 0) return [];
  return [
    "",
    "Made by other tools, whose marks move along. In the source, have the tool give the objects up before, or it makes them again. In the target, one that knows the mark and not the object may delete it:",
    ...list(
      managers.map(
        ({ name, mark, count: many, first }) =>
          `${name} (${mark}): ${count(many, "object")}, such as ${first}`,
      ),
    ),
  ];
}

/** The other direction: after the move these objects lead to nothing. */
function describeReferrers({ objects, referrers, unseen }: MovePlan): readonly string[] {
  // For an object in no namespace, the objects of the whole cluster are read.
  const isWide = objects.some(({ namespace }) => namespace === undefined);
  const where = isWide ? "" : " in these namespaces";
  return [
    referrers.length === 0
      ? `No object that stays${where} was found that refers to one of them.`
      : `References of objects that stay${where} to objects that move:`,
    ...list(referrers.map(describeReference)),
    ...(unseen.length === 0 ? [] : ["References of objects that stay were not looked for in:"]),
    ...list(unseen.map(({ resource, reason }) => `${resource}: ${reason}`)),
  ];
}

function describeReference({ object, field, refersTo }: LeftReference): string {
  return `${object} ${field}: ${refersTo}`;
}

/** Each group below its first owner; its other owners are named beside it. */
function toTree(groups: readonly ObjectGroup[]): readonly string[] {
  const labels = new Map(groups.map(({ id, label }) => [id, label]));
  const below = new Map<string | undefined, ObjectGroup[]>();
  for (const group of groups) {
    const [owner] = group.owners.filter((id) => id !== group.id);
    below.set(owner, [...(below.get(owner) ?? []), group]);
  }
  const lines: string[] = [];
  const seen = new Set<string>();
  const visit = (group: ObjectGroup, depth: number): void => {
    if (seen.has(group.id)) return;
    seen.add(group.id);
    const others = group.owners.slice(1).map((id) => labels.get(id) ?? id);
    const also = others.length === 0 ? "" : ` (also owned by ${others.join(", ")})`;
    lines.push(
      `   ${"   ".repeat(depth)}${depth === 0 ? "" : "└─ "}${toPrintable(`${group.label}${also}`)}`,
    );
    for (const child of below.get(group.id) ?? []) visit(child, depth + 1);
  };
  for (const group of below.get(undefined) ?? []) visit(group, 0);
  // Those that own each other in a circle.
  for (const group of groups) visit(group, 0);
  return lines;
}

/** The levels from the last to the first. */
function toLevelLines(groups: readonly ObjectGroup[]): readonly string[] {
  const levels = [...new Set(groups.map(({ level }) => level))].toSorted(
    (left, right) => right - left,
  );
  return levels.map((level) => {
    const labels = groups.filter((group) => group.level === level).map(({ label }) => label);
    return `   level ${level}: ${joinLabels(labels)}`;
  });
}

function joinLabels(labels: readonly string[]): string {
  const rest = labels.length - MOST_LINES;
  const shown = toPrintable(labels.slice(0, MOST_LINES).join(", "));
  return `${shown}${rest > 0 ? `, and ${rest} more` : ""}`;
}

/** A name may contain a line break, which must not make a line of the plan. */
function list(lines: readonly string[]): readonly string[] {
  return listPrintable(lines.map(toPrintable));
}

function listPrintable(lines: readonly string[]): readonly string[] {
  const rest = lines.length - MOST_LINES;
  const shown = lines.slice(0, MOST_LINES).map((line) => `   ${line}`);
  return rest > 0 ? [...shown, `   and ${rest} more (--output json has all)`] : shown;
}

function listOrNone(lines: readonly string[], none: string): readonly string[] {
  return list(lines.length === 0 ? [none] : lines);
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? "" : "s"}`;
}
