import { limitText } from "../../text/limit-text.ts";
import { toPrintable } from "../../text/printable.ts";
import { groupObjects, type ObjectGroup } from "./group-objects.ts";
import { nameProblem } from "../status/problem.ts";
import type { MovePlan } from "./to-plan.ts";

/** More groups than these no one can read in a picture: resources of a level are drawn as one node then. */
const MOST_NODES = 60;
const MOST_TEXTS = 20;
const MOST_CHARACTERS = 300;

/** The steps of a plan as a flowchart: https://mermaid.js.org/syntax/flowchart.html */
export function toMermaid(plan: MovePlan): string {
  const single = groupObjects(plan.objects);
  const groups = single.length > MOST_NODES ? groupObjects(plan.objects, 1) : single;
  const paused = groups.filter(({ objects }) => objects.some(({ pause }) => pause !== undefined));
  const lines = [
    "flowchart TD",
    ...toRefusal(plan.problems),
    '  wait["1 wait for blocks"]',
    ...subgraph("pause", "2 pause in the source", toNodes("p", paused)),
    ...subgraph("create", "3 create in the target, owners first", [
      ...toNodes("c", groups),
      ...toEdges("c", groups, "down"),
    ]),
    '  verify["4 verify both sides"]',
    '  noReturn{{"from here on there is no way back"}}',
    ...subgraph("delete", "5 delete in the source, dependents first", [
      ...toNodes("d", groups),
      ...toEdges("d", groups, "up"),
    ]),
    ...subgraph("resume", "6 resume in the target", toNodes("r", paused)),
    ...toNotes(plan),
    "  wait --> pause --> create --> verify --> noReturn --> delete --> resume",
  ];
  return `${lines.join("\n")}\n`;
}

/** All problems stand before the first step, so that a picture does not look like a plan that can be carried out. */
function toRefusal(problems: MovePlan["problems"]): readonly string[] {
  if (problems.length === 0) return [];
  const many = problems.length === 1 ? "1 reason" : `${problems.length} reasons`;
  const texts = problems.map((one) => `${nameProblem(one)}. Way out: ${one.wayOut}`);
  return [
    ...subgraph("refused", `REFUSED, for ${many}`, toTexts("x", texts)),
    "  style refused fill:#fdd,stroke:#c00",
    "  refused --> wait",
  ];
}

/** The facts that the steps do not show: finalizers, objects that go or stay, references. */
function toNotes(plan: MovePlan): readonly string[] {
  const texts = [
    ...plan.finalizers.map(({ finalizer, isRemoved }) =>
      isRemoved
        ? `finalizer ${finalizer} is taken off`
        : `finalizer ${finalizer} is left to its controller`,
    ),
    ...plan.remade.map(({ resource, count }) => `with their owners go ${count} ${resource}`),
    ...plan.leftOwned.map(({ object, owner }) => `${object} stays, without its owner ${owner}`),
    ...plan.droppedOwners.map(({ object, owner }) => `${object} moves without its owner ${owner}`),
    ...plan.dropped.map(
      ({ object, field, value }) => `${object} moves without its ${field}: ${value}`,
    ),
    ...plan.managers.map(
      ({ name, mark, count }) => `${name} (${mark}) has made ${count} of the objects`,
    ),
    ...plan.leftOut.map(({ object, reason }) => `${object} stays: ${reason}`),
    ...plan.left.map(({ object, field, refersTo }) => `${object} ${field}: ${refersTo} stays`),
    ...plan.referrers.map(
      ({ object, field, refersTo }) => `${object} stays, and its ${field} refers to ${refersTo}`,
    ),
    ...plan.unseen.map(({ resource }) => `references of ${resource} were not looked for`),
  ];
  if (texts.length === 0) return [];
  return [...subgraph("notes", "notes", toTexts("n", texts)), "  resume ~~~ notes"];
}

function toTexts(prefix: string, texts: readonly string[]): readonly string[] {
  const rest = texts.length - MOST_TEXTS;
  const shown = [
    ...texts.slice(0, MOST_TEXTS),
    ...(rest > 0 ? [`and ${rest} more (--output json has all)`] : []),
  ];
  return shown.map((text, at) => `${prefix}${at}["${escape(limitText(text, MOST_CHARACTERS))}"]`);
}

function subgraph(id: string, title: string, content: readonly string[]): readonly string[] {
  const inside = content.length === 0 ? [`${id}None["nothing"]`] : content;
  return [`  subgraph ${id}["${title}"]`, ...inside.map((line) => `    ${line}`), "  end"];
}

function toNodes(prefix: string, groups: readonly ObjectGroup[]): readonly string[] {
  return groups.map(({ id, label }) => `${prefix}${id}["${escape(label)}"]`);
}

/** `down`: from owners to dependents; `up`: the reverse. */
function toEdges(
  prefix: string,
  groups: readonly ObjectGroup[],
  direction: "down" | "up",
): readonly string[] {
  return groups.flatMap(({ id, owners }) =>
    owners
      .filter((owner) => owner !== id)
      .map((owner) =>
        direction === "down"
          ? `${prefix}${owner} --> ${prefix}${id}`
          : `${prefix}${id} --> ${prefix}${owner}`,
      ),
  );
}

/** A name may contain characters that end a label or a line: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters */
function escape(text: string): string {
  return toPrintable(text).replaceAll(/["#<>`\\]/g, (character) => `#${character.codePointAt(0)};`);
}
